"""Finds the installed plugins through their entry points, without importing any."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from importlib_metadata import EntryPoint, distributions, entry_points

from toolpost.hookspecs import GROUP

SECRET_FIELD = re.compile(r"^[ \t]+(\w+)\s*:[^=\n]*\bSecret(?:Str|Bytes)?\b", re.MULTILINE)


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
    def version(self) -> str:
        """The version of that distribution; empty if it is unknown."""
        dist = self.entry_point.dist
        return str(dist.version) if dist else ""

    @property
    def module(self) -> str:
        """The module that holds it; empty where the entry point is written wrongly."""
        return (self.entry_point.value or "").partition(":")[0].strip()

    @property
    def summary(self) -> str:
        """What the plugin's module says of itself in its first line, else its distribution."""
        dist = self.entry_point.dist
        return _first_line(self.module) or (str(dist.metadata.get("Summary") or "") if dist else "")

    @property
    def private(self) -> frozenset[str]:
        """The fields that are annotated as secrets anywhere in the plugin's package, read as text."""
        source = _source(self.module.partition(".")[0])
        if source is None:
            return frozenset()
        files = source.parent.rglob("*.py") if source.name == "__init__.py" else [source]
        return frozenset(name for file in files for name in SECRET_FIELD.findall(_read(file)))


def installed() -> dict[str, list[Found]]:
    """The installed plugins by name; a name that several distributions claim has all of them."""
    found: dict[str, list[Found]] = {}
    for entry_point in _entry_points():
        found.setdefault(entry_point.name, []).append(Found(entry_point.name, entry_point))
    return dict(sorted(found.items()))


def brought_by(name: str) -> str:
    """The distributions of a plugin, in brackets for a sentence."""
    claims = installed().get(name, [])
    return f" ({' and '.join(claim.distribution for claim in claims)})" if claims else ""


def private_fields(name: str) -> frozenset[str]:
    """The secret fields of a plugin by name."""
    return frozenset[str]().union(*(claim.private for claim in installed().get(name, [])))


def _entry_points() -> Iterable[EntryPoint]:
    try:
        return entry_points(group=GROUP)
    except Exception:  # some distribution's metadata is broken, and the others' is not
        return _readable({dist.name: dist for dist in reversed([*distributions()])}.values())


def _readable(dists: Iterable[Any]) -> Iterator[EntryPoint]:
    for dist in dists:
        with suppress(Exception):
            yield from dist.entry_points.select(group=GROUP)


def _first_line(module: str) -> str:
    """The first line of a module's docstring, read as text: nothing is imported."""
    source = _source(module)
    try:
        return (ast.get_docstring(ast.parse(_read(source))) or "").partition("\n")[0] if source else ""
    except (SyntaxError, ValueError, RecursionError):
        return ""


def _source(module: str) -> Path | None:
    """The file of a module, found without importing the packages around it."""
    top, *rest = module.split(".")
    spec = PathFinder.find_spec(top)
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    place = origin.parent.joinpath(*rest)
    candidates = (place.with_suffix(".py"), place / "__init__.py") if rest else (origin,)
    return next((path for path in candidates if path.suffix == ".py" and path.is_file()), None)


def _read(source: Path) -> str:
    try:
        return source.read_text("utf-8")
    except (OSError, ValueError):
        return ""
