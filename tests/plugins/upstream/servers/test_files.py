from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.config.environment import Variables
from toolpost.connect.clients import CLIENTS
from toolpost_upstream.commands.importing import imports
from toolpost_upstream.servers.foreign import Gathered, gathered, plain_name
from toolpost_upstream.servers.gathering import gather
from toolpost_upstream.servers.server import Server
from toolpost_upstream.servers.variables import escaped


def written(folder: Path, content: Any, name: str = "servers.json") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def of(folder: Path, entries: dict[str, Any], group: str = "mcpServers") -> Gathered:
    return gathered({}, [written(folder, {group: entries})])


def only(folder: Path, entry: Any, name: str = "it") -> Server:
    found = of(folder, {name: entry})
    assert found.notes == ()
    return found.servers[0]


def note(folder: Path, entry: Any, name: str = "it") -> str:
    found = of(folder, {name: entry})
    assert found.servers == ()
    return found.notes[0]


def test_claude_desktops_entry_is_started(tmp_path: Path) -> None:
    server = only(tmp_path, {"command": "npx", "args": ["-y", "@x/fs", "/tmp"], "env": {"A": "b"}})
    assert (server.transport, server.command, server.args) == ("stdio", "npx", ("-y", "@x/fs", "/tmp"))
    assert dict(server.env) == {"A": "b"}
    assert "servers.json" in server.origin
    assert "'it'" in server.origin


@pytest.mark.parametrize(
    ("entry", "transport"),
    [
        ({"url": "https://a.example/mcp"}, "http"),
        ({"url": "https://a.example/sse"}, "sse"),
        ({"type": "http", "url": "https://a.example/sse"}, "http"),
        ({"type": "streamable-http", "url": "https://a.example/mcp"}, "http"),
        ({"type": "streamableHttp", "url": "https://a.example/mcp"}, "http"),
        ({"type": "sse", "url": "https://a.example/mcp"}, "sse"),
        ({"serverUrl": "https://a.example/mcp"}, "http"),
        ({"type": "stdio", "command": "x"}, "stdio"),
        ({"transport": "sse", "url": "https://a.example/"}, "sse"),
    ],
)
def test_the_kinds_of_all_programs_are_understood(tmp_path: Path, entry: dict[str, Any], transport: str) -> None:
    assert only(tmp_path, entry).transport == transport


def test_vs_codes_file_has_comments_inputs_and_a_mark_at_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", "sesame")
    text = """\ufeff{
        // what VS Code asks once
        "inputs": [
            {"id": "api-key", "type": "promptString"},
            {"id": "region", "type": "promptString", "default": "eu"},
        ],
        "servers": {
            "it": {
                "type": "http", /* over there */
                "url": "https://${input:region}.example/mcp",
                "headers": {"Authorization": "Bearer ${input:api-key}"},
            },
        },
    }"""
    found = gathered({}, [written(tmp_path, text, ".vscode/mcp.json")])
    assert found.notes == ()
    assert found.servers[0].url == "https://eu.example/mcp"
    assert found.servers[0].headers["Authorization"].get_secret_value() == "Bearer sesame"


def test_an_input_that_nobody_answers_is_named_with_its_variable(tmp_path: Path) -> None:
    said = note(tmp_path, {"command": "x", "env": {"A": "${input:api-key}"}})
    assert "set variable API_KEY" in said


def test_variables_are_filled_in_all_spellings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERE", "yes")
    entry = {
        "command": "x",
        "args": ["${HERE}", "${env:HERE}", "${NOT_HERE:-no}", "$HERE", "${HERE%%s}", "a${userHome}"],
    }
    assert only(tmp_path, entry).args == ("yes", "yes", "no", "$HERE", "${HERE%%s}", f"a{Path.home()}")


def test_the_folder_of_a_project_is_known(tmp_path: Path) -> None:
    entry = {"command": "x", "args": ["${workspaceFolder}", "${workspaceFolderBasename}"], "cwd": "sub"}
    server = gathered({}, [written(tmp_path, {"mcpServers": {"it": entry}}, "shop/.cursor/mcp.json")]).servers[0]
    assert server.args == (str(tmp_path / "shop"), "shop")
    assert server.cwd == str(tmp_path / "shop/sub")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"command": "x", "env": {"A": "${NOT_SET_ANYWHERE}"}}, "variable NOT_SET_ANYWHERE is not set; export it"),
        ({"command": "x", "args": ["${command:pick}"]}, "known to another program alone"),
        ({"command": "x", "args": "-y pkg"}, "args is no list"),
        ({"command": "x", "env": ["A=b"]}, "env is no object"),
        ({"command": "x", "env": {"A": {}}}, "env has a value that is no text"),
        ({"command": "x", "envFile": "nowhere.env"}, "is not there"),
        ({"type": "websocket", "url": "ws://a"}, "type 'websocket' is unknown; allowed: stdio"),
        ({"url": "not an address"}, "url is no address"),
        ({}, "`command`"),
        ("npx", "it is no object"),
        (None, "it is no object"),
    ],
)
def test_a_wrong_entry_is_named_with_the_way_out(tmp_path: Path, entry: Any, said: str) -> None:
    found = note(tmp_path, entry)
    assert said in found
    assert "servers.json: server 'it'" in found


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"command": "x", "envFile": "~nosuchuser/x"}, "is not there"),
        ({"command": "x", "envFile": "a" * 5000}, "cannot be read"),
        ({"command": "x", "envFile": "/"}, "is not there"),
        ({"command": "x", "envFile": ["a"]}, "envFile has a value that is no text"),
        ({"command": "x", "timeout": 10**400}, "timeout is longer than a day"),
        ({"command": "x", "timeout": float("inf")}, "timeout is longer than a day"),
        ({"command": [[1]]}, "command has a value that is no text"),
        ({"command": "x", "cwd": {"a": 1}}, "cwd has a value that is no text"),
        ({"command": "x", "args": ["\ud800"]}, "half a character"),
        ({"command": "x\0"}, "zero byte"),
        ({"url": ["https://a.example"]}, "url is no text"),
        ({"url": 5}, "url is no text"),
    ],
)
def test_an_odd_entry_is_named_and_stops_nothing(tmp_path: Path, entry: Any, said: str) -> None:
    found = of(tmp_path, {"odd": entry, "good": {"command": "x"}})
    assert [server.name for server in found.servers] == ["good"]
    assert said in found.notes[0]
    path = Path(written(tmp_path, {"mcpServers": {"odd": entry}}))
    (one,) = imports(path, {}, tmp_path / "config.toml", variables=False, replace=False)
    assert one.raw is None
    assert said in one.notes[0]


def test_a_home_that_is_nobodys_stays_as_it_is(tmp_path: Path) -> None:
    assert only(tmp_path, {"command": "~nosuchuser/bin/x"}).command == "~nosuchuser/bin/x"
    assert only(tmp_path, {"command": "x", "cwd": "~nosuchuser"}).cwd.endswith("~nosuchuser")
    assert "cannot be read" in gathered({}, ["~nosuchuser/servers.json"]).notes[0]


def test_an_entry_nested_without_end_is_named(tmp_path: Path) -> None:
    deep = '{"mcpServers": {"odd": {"command": "x", "y": ' + "[" * 700 + "]" * 700 + '}, "good": {"command": "x"}}}'
    found = gathered({}, [written(tmp_path, deep)])
    assert found.servers[-1].name == "good"


@pytest.mark.parametrize("text", ["$${HOME}", "$$$", "$HOME ${A:-b}", "a$", "$$$${X}$$"])
def test_a_text_that_is_escaped_is_read_again_as_it_is(text: str) -> None:
    filled = Variables({"HOME": "no", "A": "no", "X": "no"}).fill({"x": escaped(text)}, "it")
    assert filled["x"] == text


def test_one_wrong_entry_does_not_stop_the_others(tmp_path: Path) -> None:
    found = of(tmp_path, {"a": {"command": "x"}, "b": {"command": 3, "args": 4}, "c": {"command": "y"}})
    assert [server.name for server in found.servers] == ["a", "c"]
    assert len(found.notes) == 1


def test_keys_of_other_programs_are_named_and_not_used(tmp_path: Path) -> None:
    found = of(tmp_path, {"it": {"command": "x", "alwaysAllow": ["a"], "gallery": True}})
    assert found.servers[0].command == "x"
    assert "'alwaysAllow', 'gallery' of another program is not used" in found.notes[0]


def test_switches_lists_and_times_of_other_programs_count(tmp_path: Path) -> None:
    entry = {"command": "x", "disabled": True, "timeout": 60_000, "excludeTools": ["rm"], "includeTools": ["r*"]}
    server = only(tmp_path, entry)
    assert (server.enabled, server.call_timeout, server.except_, server.only) == (False, 60.0, ("rm",), ("r*",))
    assert only(tmp_path, {"command": "x", "timeout": 45}).call_timeout == 45.0


def test_numbers_and_booleans_are_texts_to_a_server(tmp_path: Path) -> None:
    server = only(tmp_path, {"command": "x", "args": ["--port", 80], "env": {"DEBUG": True, "N": 3, "NONE": None}})
    assert server.args == ("--port", "80")
    assert dict(server.env) == {"DEBUG": "true", "N": "3"}


def test_a_file_of_variables_is_read_below_those_given(tmp_path: Path) -> None:
    (tmp_path / "it.env").write_text("A=1\nB=2\n")
    server = only(tmp_path, {"command": "x", "envFile": "${workspaceFolder}/it.env", "env": {"B": "3"}})
    assert dict(server.env) == {"A": "1", "B": "3"}


def test_a_person_may_log_in_where_no_key_is_given(tmp_path: Path) -> None:
    assert only(tmp_path, {"url": "https://a.example/mcp"}).auth == "oauth"
    assert only(tmp_path, {"url": "https://a.example/mcp", "headers": {"X-Api-Key": "k"}}).auth == "none"
    registered = {"url": "https://a.example/mcp", "oauth": {"clientId": "c", "callbackPort": 4000}}
    assert (only(tmp_path, registered).oauth.client_id, only(tmp_path, registered).oauth.redirect_port) == ("c", 4000)


@pytest.mark.parametrize(
    "entry",
    [
        {"command": "toolpost", "args": ["serve"]},
        {"command": "/opt/v/bin/toolpost", "args": ["--config", "/x/config.toml", "serve"]},
        {"command": "C:\\v\\Scripts\\toolpost.exe", "args": ["serve"]},
        {"command": "/usr/bin/python3", "args": ["-m", "toolpost", "serve"]},
        {"command": "uvx", "args": ["--from", "toolpost[bundle]==0.1.0", "toolpost", "serve"]},
        {"command": "sh", "args": ["-c", "exec 'toolpost' serve"]},
        {"command": "/My Files/toolpost", "args": ["serve"]},
    ],
)
def test_toolpost_itself_is_left_out(tmp_path: Path, entry: dict[str, Any]) -> None:
    assert "call itself for ever" in note(tmp_path, entry)


def test_the_entry_that_connect_writes_is_left_out(tmp_path: Path) -> None:
    from toolpost.cli.connect import server_entry

    for client in ("claude-desktop", "claude-code"):
        assert "call itself for ever" in note(tmp_path, CLIENTS[client].started(server_entry(None)))
    called = CLIENTS["cursor"].called("http://127.0.0.1:8765/mcp", None)
    assert "call itself for ever" in note(tmp_path, called, "toolpost")


def test_what_only_lies_in_a_folder_of_that_name_is_taken(tmp_path: Path) -> None:
    assert only(tmp_path, {"command": "/home/toolpost/bin/other", "args": ["serve"]}).args == ("serve",)


def test_of_two_of_a_name_the_first_counts(tmp_path: Path) -> None:
    one = written(tmp_path, {"mcpServers": {"it": {"command": "x"}}}, "one.json")
    two = written(tmp_path, {"mcpServers": {"it": {"command": "y"}, "It!": {"command": "z"}}}, "two.json")
    found = gathered({}, [one, two])
    assert [(server.name, server.command) for server in found.servers] == [("it", "x"), ("It", "z")]
    assert "left out" in found.notes[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ('{"mcpServers": }', "cannot be read as JSON"),
        ("[]", "has no servers"),
        ('{"mcpServers": 3}', "has no servers"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_a_file_that_says_nothing_is_a_note(tmp_path: Path, content: str, said: str) -> None:
    found = gathered({}, [written(tmp_path, content)])
    assert found.servers == ()
    assert said in found.notes[0]
    assert "servers.json" in found.notes[0]


def test_a_file_that_is_not_there_stops_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    there = written(tmp_path, {"mcpServers": {"it": {"command": "x"}}})
    with caplog.at_level(logging.WARNING, "toolpost.upstream"):
        servers = gather({}, [str(tmp_path / "away.json"), there])
    assert [server.name for server in servers] == ["it"]
    assert "away.json: cannot be read: no such file or directory" in caplog.text


def test_a_program_stands_for_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path, {"mcpServers": {"it": {"command": "x"}}}, ".cursor/mcp.json")
    assert gather({}, ["cursor"])[0].command == "x"


def test_no_value_stands_in_a_note(tmp_path: Path) -> None:
    secret = "hunter2hunter2"
    entries = {
        "a": {"command": "x", "env": {"KEY": [secret]}},
        "b": {"url": f"ftp://u:{secret}@a.example"},
        "c": {"url": "https://a.example", "headers": {"Authorization": f"{secret}\n"}},
        "d": {"command": "x", "args": {secret: 1}},
        "e": {"command": "x", "timeout": f"{secret}", "alwaysAllow": [secret], "env": {"K": f"{secret}${{NOT_THERE}}"}},
    }
    found = of(tmp_path, entries)
    assert secret not in " ".join(found.notes)
    assert secret not in repr(found)


@given(st.text(max_size=80))
def test_any_name_becomes_one_that_tools_can_carry(name: str) -> None:
    import re

    from toolpost_upstream.servers.settings import NAME

    assert re.fullmatch(NAME, plain_name(name))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["command", "args", "env", "url", "headers", "type", "timeout", "oauth", "x"]),
                inner,
                max_size=5,
            )
        ),
        max_leaves=12,
    )
)
def test_no_entry_ends_the_reading_of_a_file(entry: Any) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        found = of(Path(folder), {"it": entry, "good": {"command": "x"}})
    assert found.servers[-1].name == "good"
