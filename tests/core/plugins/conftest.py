"""Distributions that exist for one test: metadata and modules on the path, as an installer leaves them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

Install = Callable[..., None]
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nSummary: About {name}.\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """`install("weather", source, weather="weather:Weather")` makes a distribution with a module and entry points."""
    site = tmp_path / "site"
    site.mkdir()
    modules: set[str] = set()

    def make(name: str, source: str, entry_points: str | None = None, **plugins: str) -> None:
        metadata = site / f"{name}-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(METADATA.format(name=name))
        lines = [f"{plugin} = {value}" for plugin, value in plugins.items()]
        (metadata / "entry_points.txt").write_text(entry_points or "\n".join(["[toolpost]", *lines, ""]))
        (site / f"{name}.py").write_text(dedent(source))
        modules.add(name)
        monkeypatch.syspath_prepend(site)

    yield make
    for module in modules:
        sys.modules.pop(module, None)
