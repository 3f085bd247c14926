"""What a plugin that stands contributes, and where its manifest says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from toolpost.hookspecs import GROUP
from toolpost.host import Host
from toolpost.packages.adding import added_by
from toolpost.packages.manifest import Contribution, manifest_of
from toolpost.packages.settings import settings_of
from toolpost.plugins.find import Found, installed
from toolpost.plugins.reading import HOOKS
from toolpost.plugins.registry import Registry
from toolpost.primitives import Prompt, Resource
from toolpost.tools.tool import Tool

HINTS = ("read_only", "destructive", "idempotent", "open_world", "billable", "cacheable")


def contribution(plugin: object, registry: Registry, found: Found, given: Iterable[str]) -> Contribution:
    """All that the only plugin of a registry offers; `given` are the fields that the host fills."""
    return {
        "summary": found.summary,
        "tools": [_tool(tool) for _, tool in registry.tools()],
        "resources": [_resource(resource) for _, resource in registry.resources()],
        "prompts": [_prompt(prompt) for _, prompt in registry.prompts()],
        "commands": [*added_by(registry)],
        "hooks": _hooks(type(plugin)),
        "settings": [*settings_of(type(plugin), set(given))],
        "needs": sorted(set(given)),
    }


def lies(host: Host) -> Iterator[str]:
    """A sentence for each plugin whose manifest says other than what it offers; what it offers is what counts."""
    offered = _offered(host.registry)
    for name, claims in installed().items():
        said = manifest_of(claims[0]) if name in host.registry.versions and name not in host.registry.broken else None
        if said is not None and (wrong := [*_differences(name, said, offered.get(name, {}))]):
            yield (
                f"the manifest of plugin {name!r} ({claims[0].distribution}) does not say what it offers: "
                f"{'; '.join(wrong)}; its author can mend that with `toolpost plugins manifest`"
            )


def _offered(registry: Registry) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """What stands, by plugin and kind."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for kind, listed in (
        ("tools", [(owner, _tool(tool)) for owner, tool in registry.tools()]),
        ("resources", [(owner, _resource(one)) for owner, one in registry.resources()]),
        ("prompts", [(owner, _prompt(one)) for owner, one in registry.prompts()]),
        ("layers", [(owner, {}) for owner, _ in registry.layers()]),
    ):
        for owner, item in listed:
            found.setdefault(owner, {}).setdefault(kind, []).append(item)
    return found


def _differences(name: str, said: Contribution, true: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    for kind, key in (("tools", "name"), ("resources", "uri"), ("prompts", "name")):
        # A tool whose name another plugin wants is called `plugin_name` by the host.
        told, offered = (
            {str(item.get(key)).removeprefix(f"{name}_"): item for item in listed}
            for listed in (said[kind], true.get(kind, []))
        )
        yield from _between(kind[:-1], key, told, offered)
    if ("middleware" in said["hooks"]) < ("layers" in true):
        yield "its layer is left out"


def _between(kind: str, key: str, told: Mapping[str, Any], offered: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*told, *offered}):
        if name not in told:
            yield f"{kind} {name!r} is left out"
        elif name not in offered:
            yield f"{kind} {name!r} is not there"
        elif other := [part for part in offered[name] if part != key and told[name].get(part) != offered[name][part]]:
            yield f"{kind} {name!r} has another {' and '.join(other)}"


def _tool(tool: Tool) -> dict[str, Any]:
    # What is None is not known, and what costs nothing need not be said.
    hints = {hint: value for hint in HINTS if (value := getattr(tool, hint)) is not None}
    said = {hint: value for hint, value in hints.items() if value or hint not in ("billable", "cacheable")}
    return {"name": tool.name, "description": tool.words, "annotations": said}


def _resource(resource: Resource) -> dict[str, Any]:
    return {"uri": resource.uri, "name": resource.name, "description": resource.tool.words}


def _prompt(prompt: Prompt) -> dict[str, Any]:
    arguments = [*prompt.tool.input_schema.get("properties", {})]
    return {"name": prompt.name, "description": prompt.tool.words, "arguments": arguments}


def _hooks(cls: type) -> list[str]:
    return [hook for hook in HOOKS if hasattr(getattr(cls, hook, None), f"{GROUP}_impl")]
