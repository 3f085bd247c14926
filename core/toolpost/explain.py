"""What the layers would do with a call, told without making it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from toolpost.adopt import class_of
from toolpost.config.fields import Setting
from toolpost.config.load import Config
from toolpost.config.places import place_of
from toolpost.config.show import settings_of
from toolpost.errors import ToolError
from toolpost.host import Host
from toolpost.onion import applies
from toolpost.plugins.find import installed, private_fields
from toolpost.plugins.patience import bounded
from toolpost.plugins.unlisted import unlisted
from toolpost.tools.call import Middleware, ToolCall
from toolpost.tools.intention import Intention
from toolpost.tools.tool import Tool

NATURE = ("read_only", "destructive", "idempotent", "open_world", "billable", "cacheable", "timeout", "provider")
# What a layer says of a call that it would not let through; those with more to say answer an `Intention`.
REFUSAL = "would refuse"
PLAIN = (str, bool, int, float, list, dict)


def account(host: Host, config: Config, call: ToolCall) -> dict[str, Any]:
    """The layers around a call's tool, outermost first, with their settings and intentions.

    Each is asked about the call as those outside it would hand it on. Those
    behind one that would end the call are asked too, and are not `reached`.
    """
    layers: list[dict[str, Any]] = []
    reached = True
    for name, layer in reversed(host.layers):
        stands = applies(layer, call.tool)
        says = _would(layer, call) if stands else Intention("does not stand around this")
        layers.append(
            {
                "name": name,
                "applies": stands,
                "reached": reached,
                "would": says.text,
                **_of_table(config, name, says),
            }
        )
        reached = reached and not says.ends
        call = says.call or call
    return {**_head(host, call), "layers": layers, "reached": reached}


def _head(host: Host, call: ToolCall) -> dict[str, Any]:
    tool, context = call.tool, call.context
    return {
        "tool": tool.name,
        "kind": tool.kind,
        "plugin": tool.plugin,
        "version": tool.version,
        "nature": {name: value for name in NATURE if (value := getattr(tool, name)) not in (None, False)},
        "principal": context.principal,
        "surface": context.surface,
        "shown": host.offers.shows(tool, context.principal),
    }


def _would(layer: Middleware, call: ToolCall) -> Intention:
    """What a layer says of itself, if it can; a bound method's object may say it for it."""
    says = getattr(layer, "explain", None) or getattr(getattr(layer, "__self__", None), "explain", None)
    if says is None:
        return Intention("does not say what it would do")
    try:
        with bounded("explaining"):
            said = says(call)
            return said if isinstance(said, Intention) else Intention(str(said), ends=str(said).startswith(REFUSAL))
    except ToolError as error:
        return Intention(f"{REFUSAL}: {error}", ends=True)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Intention(f"cannot say what it would do: {type(error).__name__}")


def _of_table(config: Config, name: str, says: Intention) -> dict[str, Any]:
    """What the configuration has to do with it: where it decides, and all settings with their origins."""
    table = config.plugins.get(name)
    if table is None:
        return {"settings": []}
    cause = {"because": place_of(table, says.cause)} if says.cause else {}
    private = private_fields(name)
    defaults = dict(_defaults(name))
    settings = {**table.settings, **{key: setting for key, setting in defaults.items() if key not in table.settings}}
    said = settings_of(settings, private)
    for item in said:
        default = defaults.get(item["key"])
        item["is_default"] = default is not None and settings[item["key"]].value == default.value
    fails = {"fails": "open"} if name in config.guards.fail_open else {}
    return {**cause, **fails, "settings": said}


def _defaults(name: str) -> Iterator[tuple[str, Setting]]:
    """The settings that the configuration leaves to the plugin."""
    claims = installed().get(name)
    cls = class_of(claims[0].entry_point.load()) if claims else None
    for field in fields(cls) if is_dataclass(cls) else ():
        value = field.default_factory() if field.default_factory is not MISSING else field.default
        if field.init and field.repr and isinstance(value, PLAIN):
            yield field.name, Setting(value, "default")


def target(host: Host, name: str, kind: str = "tool") -> tuple[Tool, dict[str, str]] | None:
    """The tool behind the name of a tool or prompt, or a resource's address with what that gives it; None if none."""
    if kind == "resource":
        matches = ((item.tool, found) for item in host.resources if (found := item.match(name)) is not None)
        return next(((tool, dict(given)) for tool, given in matches), None)
    if kind == "prompt":
        return (host.prompts[name].tool, {}) if name in host.prompts else None
    if name in host.tools:
        return host.tools[name], {}
    return next(((tool, {}) for tool in unlisted(host.registry) if tool.name == name), None)
