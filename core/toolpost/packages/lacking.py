"""What a plugin would stand on, and what stands on it: known before it is enabled or disabled, without an import."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from toolpost.plugins.fields import Wanted, asked_of, has_all, wanted
from toolpost.plugins.find import Found

Plugins = Mapping[str, list[Found]]


def lacking(name: str, path: Path, enabled: Collection[str], found: Plugins) -> Iterator[str]:
    """A sentence for each thing without which toolpost would not start once this plugin is enabled."""
    said = _said(name, path)
    for field in _wanted(found[name][0]):
        needed = _plugin(field, found)
        if sentence := _unfulfilled(name, field, enabled, found):
            yield sentence
        elif needed is not None and needed not in enabled:
            way_out = f"run `toolpost plugins enable {needed}`"
            yield f"plugin {name!r} needs plugin {needed!r}, which is not enabled; {way_out}"
        elif not field.module and field.field not in said:
            yield f"plugin {name!r} needs the setting {field.field!r}; write it below [plugins.{name}] in {path}"


def standing_on(name: str, enabled: Collection[str], found: Plugins) -> list[str]:
    """The enabled plugins that cannot be without this one."""
    others = [other for other in enabled if other != name and found.get(other)]
    return [other for other in others if name in (_plugin(field, found) for field in _wanted(found[other][0]))]


def _wanted(claim: Found) -> list[Wanted]:
    return wanted(*_place(claim))


def _plugin(field: Wanted, found: Plugins) -> str | None:
    """The plugin whose class a field names; a package may offer what a module in it defines."""
    for name, claims in found.items():
        package, _, cls = (claims[0].entry_point.value or "").partition(":")
        same = package.partition(".")[0] == field.module.partition(".")[0]
        if field.module and same and cls.strip() == field.cls:
            return name
    return None


def _unfulfilled(name: str, field: Wanted, enabled: Collection[str], found: Plugins) -> str:
    """A sentence on a protocol that surely no enabled plugin fulfils; empty where one does, or nobody knows."""
    members = asked_of(field.module, field.cls) if field.module else None
    if members is None:
        return ""
    fits = {other: has_all(*_place(claims[0]), members) for other, claims in found.items() if other != name}
    if any(fits[other] is not False for other in enabled if other in fits):
        return ""
    could = next((other for other, fit in fits.items() if fit), None)
    way_out = f"run `toolpost plugins enable {could}`" if could else "install such a plugin"
    return f"plugin {name!r} needs a plugin that is a {field.cls} for {field.field!r}, and none is enabled; {way_out}"


def _place(claim: Found) -> tuple[str, str]:
    return claim.module, (claim.entry_point.value or "").partition(":")[2].strip()


def _said(name: str, path: Path) -> Collection[str]:
    """The keys that are set of a plugin, in the file or above it."""
    from toolpost.config.environment import Variables, overrides
    from toolpost.config.load import parse

    plugins = {name: {}, **parse(path)[1].get("plugins", {})}
    above = overrides(Variables.of(os.environ, path.parent, lenient=True), plugins)
    return {*plugins[name], *above.get(name, {})}
