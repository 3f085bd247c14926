"""Whether a manifest is the one that would be written now, as `toolpost plugins manifest --check` asks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from toolpost.checks.finding import Finding, error
from toolpost.errors import PluginError
from toolpost.packages.describe import describe
from toolpost.packages.manifest import Contribution, written
from toolpost.packages.subject import Subject


def of_manifest(subject: Subject, environ: Mapping[str, str]) -> Iterator[Finding]:
    """What in a manifest is no longer so; where there is none, or the plugins need settings to stand, nothing is."""
    with suppress(PluginError, OSError, ValueError):
        place = subject.place
        if not place.is_file():
            return
        said, true = place.read_text("utf-8"), describe(subject, environ=environ)
        if said != written(true):
            what = "; ".join(_differences(json.loads(said), true)) or "it is written in another form"
            yield error("manifest", place.name, what, "write it anew with `toolpost plugins manifest`")


def _differences(said: Any, true: Mapping[str, Contribution]) -> Iterator[str]:
    told = said.get("plugins") if isinstance(said, dict) else None
    plugins: dict[str, Any] = told if isinstance(told, dict) else {}
    yield from (f"plugin {name!r} is not there" for name in plugins if name not in true)
    for name, offered in true.items():
        known = plugins.get(name)
        if not isinstance(known, dict):
            yield f"plugin {name!r} is left out"
            continue
        other = [part for part in offered if known.get(part) != offered[part]]
        yield from (f"of plugin {name!r} it has other {part}{_which(known.get(part), offered[part])}" for part in other)


def _which(said: Any, true: Any) -> str:
    """The names of what differs, where it is a list of things with names."""
    before, now = _named(said), _named(true)
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    return f" ({', '.join(names)})" if names else ""


def _named(items: Any) -> dict[str, Any]:
    listed = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return {str(item.get("uri") or item.get("name")): item for item in listed}
