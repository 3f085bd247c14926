from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from toolpost.cli import toolpost
from toolpost.connect.clients import CLIENTS
from toolpost.connect.jsonc import parse_jsonc

COMMAND = shutil.which("toolpost", path=str(Path(sys.executable).parent))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("XDG_CONFIG_HOME", "TOOLPOST_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "me"


def connect(*words: str) -> Result:
    return CliRunner().invoke(toolpost, ["connect", *words])


def written(path: Path, group: str = "mcpServers") -> Any:
    return parse_jsonc(path.read_text()).plain[group]["toolpost"]


@pytest.mark.parametrize(
    ("words", "place", "group", "kind"),
    [
        (["claude-code"], "me/.claude.json", "mcpServers", "stdio"),
        (["claude-code", "--project"], "work/.mcp.json", "mcpServers", "stdio"),
        (["cursor"], "me/.cursor/mcp.json", "mcpServers", None),
        (["cursor", "--project"], "work/.cursor/mcp.json", "mcpServers", None),
        (["vscode"], "me/.config/Code/User/mcp.json", "servers", "stdio"),
        (["vscode", "--project"], "work/.vscode/mcp.json", "servers", "stdio"),
        (["windsurf"], "me/.codeium/windsurf/mcp_config.json", "mcpServers", None),
    ],
)
def test_each_client_has_its_file_and_its_form(home: Path, words: list[str], place: str, group: str, kind: str | None):
    result = connect(*words)
    path = home.parent / place
    assert result.output.startswith(f"toolpost is in {path}; "), result.output
    entry = written(path, group)
    assert (entry.get("type"), entry["command"], entry["args"]) == (kind, COMMAND, ["serve"])
    assert "toolpost is already in" in connect(*words).output
    assert f"toolpost is out of {path}, which it had made" in connect(*words, "--remove").output
    assert [*path.parent.glob(f"{path.name}*")] == []


@pytest.mark.parametrize("text", ["", "{}", '{"mcpServers": {}}'])
def test_a_file_that_was_there_stays_though_it_is_empty(home: Path, text: str):
    path = home / ".cursor/mcp.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    connect("cursor")
    assert "which it had made" not in connect("cursor", "--remove").output
    assert parse_jsonc(path.read_text()).plain == {"mcpServers": {}}


def test_a_file_that_another_wrote_into_since_stays(home: Path):
    connect("cursor")
    path = home / ".cursor/mcp.json"
    servers = {**written(path, "mcpServers"), "other": {"command": "x"}}
    path.write_text(json.dumps({"mcpServers": {"toolpost": servers, "other": {"command": "x"}}}))
    connect("cursor", "--remove")
    assert parse_jsonc(path.read_text()).plain == {"mcpServers": {"other": {"command": "x"}}}


@pytest.mark.parametrize(
    ("client", "entry"),
    [
        ("claude-code", {"type": "http", "url": "URL", "headers": {"Authorization": "Bearer ${KEY}"}}),
        ("cursor", {"url": "URL", "headers": {"Authorization": "Bearer ${env:KEY}"}}),
        ("vscode", {"type": "http", "url": "URL", "headers": {"Authorization": "Bearer ${env:KEY}"}}),
        ("windsurf", {"serverUrl": "URL", "headers": {"Authorization": "Bearer ${env:KEY}"}}),
        ("json", {"type": "http", "url": "URL", "headers": {"Authorization": "Bearer ${KEY}"}}),
    ],
)
def test_a_server_that_runs_is_named_by_its_address(home: Path, client: str, entry: dict[str, Any]):
    url = "https://tools.example.com/mcp"
    shown = json.loads(connect(client, "--print", "--http", url, "--token-env", "KEY").stdout)
    expected = {key: url if value == "URL" else value for key, value in entry.items()}
    assert next(iter(shown.values()))["toolpost"] == expected


def test_without_a_token_there_is_no_header(home: Path):
    connect("cursor", "--http", "http://127.0.0.1:8765/mcp")
    assert written(home / ".cursor/mcp.json") == {"url": "http://127.0.0.1:8765/mcp"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["claude-desktop", "--http", "http://127.0.0.1:8765/mcp"], "under connectors"),
        (["claude-desktop", "--project"], "Claude Desktop has no file for a project"),
        (["windsurf", "--project"], "Windsurf has no file for a project"),
        (["cursor", "--http", "127.0.0.1:8765"], "is no address"),
        (["cursor", "--token-env", "KEY"], "goes with --http"),
        (["cursor", "--http", "http://x/mcp", "--token-env", "tp_secret-token"], "the name of a variable"),
    ],
)
def test_what_a_client_cannot_do_is_said(home: Path, words: list[str], why: str):
    result = connect(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert why in result.stderr
    assert "tp_secret" not in result.stderr
    assert not home.exists()


def test_comments_of_vs_code_stay(home: Path):
    path = home.parent / "work/.vscode/mcp.json"
    path.parent.mkdir()
    path.write_text('{\n  // ours\n  "servers": {\n    "a": {}, // the first\n  }\n}\n')
    connect("vscode", "--project")
    text = path.read_text()
    assert text.startswith('{\n  // ours\n  "servers": {\n    "a": {}, // the first\n    "toolpost": {\n      "type"')
    assert path.with_name("mcp.json.backup").read_text().count("toolpost") == 0
    connect("vscode", "--project", "--remove")
    assert "// the first\n  }\n}\n" in path.read_text()


def test_the_state_that_claude_code_keeps_beside_its_servers_stays(home: Path):
    home.mkdir()
    state = {"numStartups": 3, "projects": {"/a": {"mcpServers": {"toolpost": {"command": "theirs"}}}}, "x": [1e300]}
    (home / ".claude.json").write_text(json.dumps(state))
    connect("claude-code")
    after = json.loads((home / ".claude.json").read_text())
    del after["mcpServers"]
    assert after == state


def test_a_dry_run_shows_the_lines_that_change_and_writes_nothing(home: Path):
    path = home / ".cursor/mcp.json"
    path.parent.mkdir(parents=True)
    before = '{\n  "mcpServers": {\n    "other": {\n      "env": {\n        "KEY": "sk-1"\n      }\n    }\n  }\n}\n'
    path.write_text(before)
    result = connect("cursor", "--dry-run")
    assert '+    "toolpost": {' in result.stderr
    assert "sk-1" not in result.output
    assert path.read_text() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["mcp.json"]


def test_claude_code_has_a_command_of_its_own_for_it(home: Path):
    result = connect("claude-code", "--print")
    assert result.stderr == f"or: claude mcp add --scope user toolpost -- {COMMAND} serve\n"
    result = connect("claude-code", "--project", "--print", "--http", "http://x/mcp", "--token-env", "KEY")
    assert "claude mcp add --scope project --transport http toolpost http://x/mcp --header" in result.stderr


def test_generic_json_is_only_printed(home: Path):
    assert json.loads(connect("json").stdout)["mcpServers"]["toolpost"]["args"] == ["serve"]
    assert not home.exists()


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", ".config/Code/User/mcp.json"),
        ("darwin", "Library/Application Support/Code/User/mcp.json"),
        ("win32", "AppData/Roaming/Code/User/mcp.json"),
    ],
)
def test_vs_codes_own_file_lies_where_the_platform_has_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, place: str
):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("APPDATA", raising=False)
    assert CLIENTS["vscode"].file(in_project=False) == home / place


def test_a_folder_of_claude_codes_own_is_heeded(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / "other"))
    connect("claude-code")
    assert written(home / "other/.claude.json")["args"] == ["serve"]
