"""Imports never run up: what stands on which floor of the core, and what plugins may see of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import toolpost

ROOT = Path(__file__).parents[2]
CORE, PLUGINS = ROOT / "core" / "toolpost", ROOT / "plugins"

# Bottom up. What stands on one floor may import from it and from those below.
FLOORS = (
    (
        "nearest",
        "canonical",
        "cancellation",
        "deferred",
        "descriptors",
        "folders",
        "lazily",
        "lettered",
        "waking",
        "watch",
    )
    + ("whole",),
    ("errors",),
    ("tools", "config"),
    ("artefacts", "crash", "gauges", "generations", "lifespans", "loops", "onion", "primitives", "routes"),
    ("hookspecs", "store"),
    ("adopt", "changes", "explain", "host", "isolation", "logs", "middleware", "offers", "overview", "plugins")
    + ("reader", "standing", "succession"),
    ("reload", "stdio", "server", "http"),
    ("doctor",),
    ("checks", "connect", "packages", "scaffold", "testing"),
    ("bundling", "cli", "kit", "__main__"),
)
# A plugin's commands belong to the command line, and are imported when one of them is called.
COMMANDS = ".commands"


def modules() -> Iterator[str]:
    for path in sorted(CORE.rglob("*.py")):
        name = ".".join(path.relative_to(CORE).with_suffix("").parts).removesuffix("__init__").removesuffix(".")
        if name:
            yield name


def source(name: str) -> Path:
    path = CORE.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def imported(path: Path, package: str = "toolpost") -> Iterator[str]:
    """The modules of a package that a file imports, wherever in it, as they stand below the package."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ImportFrom(module=str(module)) if module.startswith(f"{package}."):
                yield module.removeprefix(f"{package}.")
            case ast.Import(names=names):
                found = (alias.name for alias in names if alias.name.startswith(f"{package}."))
                yield from (name.removeprefix(f"{package}.") for name in found)


def floor(name: str) -> int:
    room = "cli" if name.endswith(COMMANDS) else name.partition(".")[0]
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_every_room_has_a_floor():
    assert {name.partition(".")[0] for name in modules()} == {room for rooms in FLOORS for room in rooms}


@pytest.mark.parametrize("name", list(modules()))
def test_no_import_runs_up(name: str):
    below = [other for other in imported(source(name)) if not other.endswith(COMMANDS)]
    assert [other for other in below if floor(other) > floor(name)] == []


@pytest.mark.parametrize("path", sorted(PLUGINS.glob("*/toolpost_*/**/*.py")), ids=lambda path: path.stem)
def test_a_plugin_imports_from_toolpost_itself_or_from_its_kit(path: Path):
    assert [name for name in imported(path) if name != "kit"] == []


def test_what_plugins_import_is_offered():
    wanted = {
        alias.name
        for path in PLUGINS.glob("*/toolpost_*/**/*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "toolpost"
        for alias in node.names
    }
    assert wanted - {"kit"} <= set(toolpost.__all__)
