from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from toolpost.cli import toolpost
from toolpost.cli.connect import claude_desktop_file

Run = Callable[..., Result]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("TOOLPOST_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "xdg/Claude").mkdir(parents=True)
    return tmp_path / "xdg/Claude/claude_desktop_config.json"


def connect(*words: str, before: tuple[str, ...] = ()) -> Result:
    return CliRunner().invoke(toolpost, [*before, "connect", "claude-desktop", *words])


def entry(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["mcpServers"]["toolpost"]
    return found


def test_the_entry_is_an_absolute_command_that_serves(file: Path):
    result = connect()
    assert result.output == f"toolpost is in {file}; restart Claude Desktop\n"
    written = entry(file)
    assert written["args"] == ["serve"]
    assert Path(written["command"]) == Path(shutil.which("toolpost", path=str(Path(sys.executable).parent)) or "")
    assert Path(written["command"]).is_absolute()
    assert "env" not in written


def test_everything_else_stays_in_its_order_and_a_copy_is_kept(file: Path):
    before = '{\n\t"z": {"b": 1, "a": [1.0, null]},\n\t"mcpServers": {"other": {"command": "é \\ud83d"}},\n\t"a": ""\n}'
    file.write_text(before)
    assert connect().exit_code == 0
    after = json.loads(file.read_text())
    assert list(after) == ["z", "mcpServers", "a"]
    assert list(after["mcpServers"]) == ["other", "toolpost"]
    del after["mcpServers"]["toolpost"]
    assert after == json.loads(before)
    assert file.read_text().startswith('{\n\t"z": {\n\t\t"b"')
    assert file.with_name(f"{file.name}.backup").read_text() == before


def test_connecting_twice_keeps_the_first_copy(file: Path):
    file.write_text("{}")
    connect()
    assert "toolpost is already in" in connect().output
    assert file.with_name(f"{file.name}.backup").read_text() == "{}"


def test_it_can_be_taken_out_again(file: Path):
    file.write_text('{"mcpServers": {"other": {}}, "x": 1}')
    connect()
    assert "toolpost is out of" in connect("--remove").output
    assert json.loads(file.read_text()) == {"mcpServers": {"other": {}}, "x": 1}
    assert "toolpost is not in" in connect("--remove").output


def test_print_writes_nothing(file: Path):
    assert json.loads(connect("--print").stdout)["mcpServers"]["toolpost"]["args"] == ["serve"]
    assert not file.exists()


def test_another_file_may_be_named(file: Path, tmp_path: Path):
    other = tmp_path / "other.json"
    connect("--file", str(other))
    assert entry(other)["args"] == ["serve"]
    assert not file.exists()


@pytest.mark.parametrize(
    "content",
    [
        b'{"a": 1, // a comment\n}',
        b'{"a": 1,}',
        b'{"mcpServers": [] }',
        b'{"mcpServers": null}',
        b"[]",
        b"3",
        b'{"a": 1, "a": 2}',
        b'{"a": "\xff"}',
        b'{"mcpServers": {',
        b"[" * 100_000,
    ],
    ids=range(10),
)
def test_a_file_that_is_not_understood_is_left_alone(file: Path, content: bytes):
    file.write_bytes(content)
    for words in ([], ["--remove"]):
        result = connect(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"toolpost: {file}: ")
        assert len(result.stderr.splitlines()) == 1
    assert file.read_bytes() == content
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize("content", [b"", b"\n", b"{}"])
def test_an_empty_file_is_filled(file: Path, content: bytes):
    file.write_bytes(content)
    assert connect().exit_code == 0
    assert entry(file)["args"] == ["serve"]


def test_a_byte_order_mark_stays(file: Path):
    file.write_bytes(b'\xef\xbb\xbf{"x": 1}')
    assert connect().exit_code == 0
    assert file.read_bytes().startswith(b"\xef\xbb\xbf{")


def test_a_file_keeps_its_mode(file: Path):
    file.write_text("{}")
    file.chmod(0o600)
    connect()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_configuration_that_the_client_would_not_find_is_named(file: Path):
    Path("config.toml").write_text("[plugins.trace]\n")
    connect()
    assert entry(file)["args"] == ["--config", f"{Path.cwd()}/config.toml", "serve"]


def test_a_configuration_given_by_hand_is_named_by_its_whole_path(file: Path):
    Path("work.toml").write_text("[plugins.trace]\n")
    connect(before=("--config", "work.toml"))
    assert entry(file)["args"] == ["--config", f"{Path.cwd()}/work.toml", "serve"]


def test_a_home_of_toolpost_goes_along(file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOOLPOST_HOME", "/my/toolpost")
    connect()
    assert entry(file)["env"] == {"TOOLPOST_HOME": "/my/toolpost"}


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", "{home}/.config/Claude/claude_desktop_config.json"),
        ("darwin", "{home}/Library/Application Support/Claude/claude_desktop_config.json"),
        ("win32", "{home}/AppData/Roaming/Claude/claude_desktop_config.json"),
    ],
)
def test_each_platform_has_its_place(monkeypatch: pytest.MonkeyPatch, platform: str, place: str):
    monkeypatch.setattr(sys, "platform", platform)
    for name in ("XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert str(claude_desktop_file()) == place.format(home=Path.home())
