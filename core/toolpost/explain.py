"""What the layers would do with a call, told without making it."""

from __future__ import annotations

from typing import Any

from toolpost.config.load import Config
from toolpost.config.show import settings_of
from toolpost.errors import ToolError
from toolpost.host import Host
from toolpost.onion import applies
from toolpost.plugins.find import private_fields
from toolpost.tools.call import Middleware, ToolCall


def account(host: Host, config: Config, call: ToolCall) -> dict[str, Any]:
    """The layers around a call's tool, outermost first, with their settings and intentions."""
    return {
        "tool": call.tool.name,
        "plugin": host.registry.owners.get(call.tool.name, ""),
        "layers": [_layer(name, layer, config, call) for name, layer in reversed(host.layers)],
    }


def _layer(name: str, layer: Middleware, config: Config, call: ToolCall) -> dict[str, Any]:
    table = config.plugins.get(name)
    return {
        "name": name,
        "applies": applies(layer, call.tool),
        "would": _would(layer, call),
        "settings": settings_of(table.settings, private_fields(name)) if table else [],
    }


def _would(layer: Middleware, call: ToolCall) -> str:
    """What a layer says of itself, if it can; a bound method's object may say it for it."""
    says = getattr(layer, "explain", None) or getattr(getattr(layer, "__self__", None), "explain", None)
    if says is None:
        return "does not say what it would do"
    try:
        return str(says(call))
    except ToolError as error:
        return f"would refuse: {error}"
    except Exception as error:
        return f"cannot say what it would do: {type(error).__name__}"
