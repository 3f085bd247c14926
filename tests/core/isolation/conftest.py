"""Hosts of the hostile plugins, which are run apart."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from toolpost import Host
from toolpost.config.load import load
from toolpost.plugins.assemble import assemble

HOSTILE = Path(__file__).parents[2] / "surfaces" / "hostile"
LAYERS = "[plugins.validation]\n[plugins.timeout]\nseconds = {seconds}\n"
Assembled = Callable[..., Host]


@pytest.fixture
def assembled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, anyio_backend: str) -> Assembled:
    """The host of a configuration: a plugin, how it runs, and more lines of its table."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(HOSTILE)])

    def make(plugin: str, isolation: str = "process", *lines: str, seconds: float = 30.0) -> Host:
        table = [f"[plugins.{plugin}]", f'isolation = "{isolation}"' if isolation else "", *lines]
        server = f'[server]\nbackend = "{anyio_backend}"\n'
        path = tmp_path / "config.toml"
        path.write_text(server + LAYERS.format(seconds=seconds) + "\n".join(table))
        return assemble(load(path))

    return make
