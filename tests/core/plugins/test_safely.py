"""Safe mode, and who keeps a name that a bundled plugin has."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from toolpost import Folders, Host
from toolpost.config.load import load
from toolpost.plugins.assemble import assemble
from toolpost.plugins.find import installed
from toolpost.plugins.safely import in_safe_mode
from toolpost.plugins.skipped import reasons, remember

Install = Callable[..., None]
PLAIN = "class W:\n    '''Nothing.'''\n"


def started(text: str) -> Host:
    Path("c.toml").write_text(text)
    return assemble(load(Path("c.toml"), {}))


@pytest.mark.parametrize(("value", "on"), [("1", True), ("true", True), ("", False), ("0", False), ("No", False)])
def test_a_variable_says_whether(value: str, on: bool):
    assert in_safe_mode({"TOOLPOST_SAFE_MODE": value}) is on


def test_in_safe_mode_only_what_came_with_toolpost_starts(
    install: Install, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, folders: Folders
):
    install("w", "raise SystemExit", w="w:W")
    monkeypatch.setenv("TOOLPOST_SAFE_MODE", "1")
    host = started("[plugins.w]\nrequired = true\n[plugins.gone]\n[plugins.trace]")
    assert [name for name, _ in host.layers] == ["trace"]
    assert list(host.registry.broken) == ["w", "gone"]
    assert "safe mode" in host.registry.broken["w"]
    assert "w" not in sys.modules
    assert "safe mode: these plugins do not start: w, gone" in caplog.messages
    assert reasons(folders) == {}


def test_a_bundled_plugin_keeps_its_name_and_the_other_is_named(install: Install, caplog: pytest.LogCaptureFixture):
    install("a_thief", "raise SystemExit", trace="a_thief:W")
    assert [claim.facts.name for claim in installed()["trace"]] == ["toolpost", "a_thief"]
    host = started("[plugins.trace]")
    assert [name for name, _ in host.layers] == ["trace"]
    assert any("plugin 'trace' of a_thief 1.0 is left out: toolpost " in message for message in caplog.messages)


def test_what_a_start_left_out_is_remembered_until_it_stands(install: Install, folders: Folders):
    install("w", "raise OSError('no disk')", w="w:W")
    started("[plugins.w]")
    assert reasons(folders) == {"w": ("1.0", "OSError: no disk (w.py:1)")}
    sys.modules.pop("w", None)
    (Path(sys.path[0]) / "w.py").write_text(PLAIN)
    started("[plugins.w]")
    assert reasons(folders) == {}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 1}', "\x00", "null"])
def test_a_memory_that_is_broken_is_empty_and_mended(folders: Folders, text: str):
    folders.data.mkdir(parents=True)
    (folders.data / "skipped.json").write_text(text)
    assert reasons(folders) == {}
    remember(folders, {"w": "why"}, {"w": "1.0"})
    assert reasons(folders) == {"w": ("1.0", "why")}


def test_a_folder_that_cannot_be_written_does_not_keep_toolpost_from_starting(tmp_path: Path):
    (tmp_path / "file").touch()
    remember(Folders(tmp_path / "file"), {"w": "why"}, {})


LATER = """
from contextlib import asynccontextmanager
from toolpost import hookimpl

class W:
    @hookimpl
    @asynccontextmanager
    async def lifespan(self):
        raise OSError("no port")
        yield
"""


@pytest.mark.anyio
async def test_what_fails_as_it_opens_is_remembered_as_well(install: Install, folders: Folders):
    install("w", LATER, w="w:W")
    async with started("[plugins.w]"):
        assert reasons(folders) == {"w": ("1.0", "OSError: no port (w.py:9)")}
