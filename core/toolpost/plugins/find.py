"""Finds the installed plugins through their entry points, without importing any."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from importlib_metadata import EntryPoint, entry_points

from toolpost.hookspecs import GROUP


@dataclass(frozen=True)
class Found:
    """An installed plugin, as its distribution's metadata names it."""

    name: str
    entry_point: EntryPoint

    @property
    def distribution(self) -> str:
        """The distribution that brought it, with its version."""
        dist = self.entry_point.dist
        return f"{dist.name} {dist.version}" if dist else "an unknown distribution"

    @property
    def summary(self) -> str:
        """What the plugin's module says of itself in its first line, else its distribution."""
        dist = self.entry_point.dist
        return _first_line(self.entry_point.module) or (str(dist.metadata.get("Summary") or "") if dist else "")


def installed() -> dict[str, list[Found]]:
    """The installed plugins by name; a name that several distributions claim has all of them."""
    found: dict[str, list[Found]] = {}
    for entry_point in entry_points(group=GROUP):
        found.setdefault(entry_point.name, []).append(Found(entry_point.name, entry_point))
    return dict(sorted(found.items()))


def _first_line(module: str) -> str:
    """The first line of a module's docstring, read as text: nothing is imported."""
    top, *rest = module.split(".")
    spec = PathFinder.find_spec(top)
    if spec is None or spec.origin is None:
        return ""
    origin = Path(spec.origin)
    place = origin.parent.joinpath(*rest)
    source = next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), origin)
    try:
        return (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").partition("\n")[0]
    except (OSError, SyntaxError, ValueError):
        return ""
