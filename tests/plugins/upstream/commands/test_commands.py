"""`toolpost upstream`, through the whole command line, on a person's own configuration file."""

from __future__ import annotations

import json
import logging
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from toolpost import Folders
from toolpost.cli import toolpost
from toolpost.connect.clients import CLIENTS
from toolpost.middleware.injection.approval import pins_of

Run = Callable[..., Result]
MINE = """# mine
[server]
grace = 1.0   # short

[plugins.upstream]   # of others
# keep this
files = []

[plugins.status]   # after
"""
# A server of the older era, as small as one can be, without any package.
SMALL = """
import json, sys
SELF = {"name": "small", "version": "1"}
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    method, answer = message["method"], None
    if method == "initialize":
        answer = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": SELF}
    elif method == "tools/list":
        answer = {"tools": [{"name": "hi", "inputSchema": {"type": "object"}}]}
    body = {"result": answer} if answer else {"error": {"code": -32601, "message": "unknown"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **body}), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    return path


def invoked(*words: str) -> Result:
    """As a process of its own would: commands of plugins are asked for anew."""
    toolpost.commands.pop("upstream", None)
    return CliRunner().invoke(toolpost, words)


@pytest.fixture
def run(path: Path) -> Run:
    return lambda *words: invoked("--config", str(path), "upstream", *words)


@pytest.fixture
def small(tmp_path: Path) -> list[str]:
    script = tmp_path / "small.py"
    script.write_text(SMALL)
    return [sys.executable, str(script)]


def written(path: Path) -> dict[str, Any]:
    return dict(tomllib.loads(path.read_text())["plugins"]["upstream"].get("servers", {}))


def done(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output


def refused(result: Result) -> str:
    assert result.exit_code == 2, result.output
    return result.stderr


def test_a_command_is_added_and_no_comment_is_lost(run: Run, path: Path) -> None:
    assert "server it is in" in done(run("add", "it", "--", "npx", "-y", "pkg", "--flag"))
    assert written(path) == {"it": {"command": "npx", "args": ["-y", "pkg", "--flag"]}}
    lines = path.read_text().splitlines()
    assert [line for line in MINE.splitlines() if line and line not in lines] == []
    assert list(tomllib.loads(path.read_text())["plugins"]) == ["upstream", "status"]


def test_an_address_is_added_with_its_headers(run: Run, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_IT", "sesame")
    words = ("--header", "Authorization=Bearer ${TOKEN_OF_IT}", "--header", "X-A: b", "--transport", "sse")
    output = done(run("add", "it", "https://a.example/mcp", *words))
    headers = {"Authorization": "Bearer ${TOKEN_OF_IT}", "X-A": "b"}
    assert written(path) == {"it": {"url": "https://a.example/mcp", "headers": headers, "transport": "sse"}}
    assert "sesame" not in output + path.read_text()
    assert "note" not in output


def test_a_variable_is_passed_on_by_its_name(run: Run, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEY_OF_IT", "sesame")
    done(run("add", "it", "--env", "KEY_OF_IT", "--env", "LEVEL=3", "--", "x"))
    assert written(path)["it"]["env"] == {"KEY_OF_IT": "${KEY_OF_IT}", "LEVEL": "3"}


def test_a_dollar_that_is_no_variable_stays_one(run: Run, path: Path) -> None:
    done(run("add", "it", "--", "sh", "-c", "echo $$ ${X##y} $HOME"))
    assert json.loads(done(run("list", "--json")))["servers"][0]["at"] == "sh -c 'echo $$ ${X##y} $HOME'"


def test_a_secret_that_is_written_down_is_said(run: Run, path: Path) -> None:
    output = run("add", "it", "--env", "API_KEY=hunter2hunter2", "--", "x")
    assert "env API_KEY stands in" in output.stderr
    assert "hunter2" not in output.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("it",), "give an address, or `--` and a command"),
        (("a b", "--", "x"), "a b"),
        (("it", "--env", "NOT_SET_AT_ALL", "--", "x"), "variable NOT_SET_AT_ALL is not set"),
        (("it", "--env", "a b=c", "--", "x"), "--env"),
        (("it", "--header", "A=b", "--", "x"), "--header says nothing"),
        (("it", "https://a.example", "--env", "A=b"), "--env says nothing"),
        (("it", "https://a.example", "--header", "hunter2"), "write NAME=VALUE"),
        (("it", "https://a.example", "--transport", "stdio"), "needs `command`"),
        (("it", "--oauth", "--", "x"), "--oauth says nothing"),
    ],
)
def test_what_makes_no_server_is_refused_and_nothing_is_written(
    run: Run, path: Path, words: tuple[str, ...], said: str
) -> None:
    error = refused(run("add", *words))
    assert said in error
    assert "hunter2" not in error
    assert path.read_text() == MINE


def test_a_name_that_is_taken_is_refused_or_replaced(run: Run, path: Path) -> None:
    done(run("add", "it", "--", "x", "1"))
    assert "--replace" in refused(run("add", "it", "--", "y"))
    done(run("add", "it", "--replace", "--", "y"))
    assert written(path) == {"it": {"command": "y"}}


def test_a_name_that_is_a_prefix_is_refused(run: Run, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"mcpServers": {"b": {"command": "x"}}}')
    path.write_text(MINE.replace("files = []", f'files = ["{other}"]\nservers.a = {{ command = "y", prefix = "b" }}'))
    assert "as its prefix" in refused(run("add", "b", "--", "x"))
    assert "left out" in done(run("import", str(other)))
    assert "has that prefix; rename one" in run("list").stderr


@pytest.mark.parametrize("servers", ["servers = {}", 'servers = { a = { command = "y" } }', 'servers.a.command = "y"'])
def test_servers_in_a_line_are_added_to(run: Run, path: Path, servers: str) -> None:
    path.write_text(MINE.replace("files = []", f"{servers}   # in a line"))
    done(run("add", "it", "--env", "A=b", "--", "x"))
    assert written(path)["it"] == {"command": "x", "env": {"A": "b"}}
    assert "in a line" in path.read_text() or servers == "servers = {}"
    done(run("remove", "it"))
    assert "it" not in written(path)


def test_a_server_is_removed_and_the_file_is_as_it_was(run: Run, path: Path) -> None:
    done(run("add", "it", "--env", "A=b", "--", "x"))
    assert "out of" in done(run("remove", "it"))
    assert path.read_text().split() == MINE.split()
    assert "there is no server 'it'" in refused(run("remove", "it"))


def test_with_a_server_the_pins_of_its_tools_go_and_no_others(
    run: Run, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLPOST_HOME", str(tmp_path / "home"))
    done(run("add", "a", "--", "x"))
    done(run("add", "a_b", "--", "x"))
    pins = pins_of(Folders.of_user(path))
    keys = [("upstream", "a_one"), ("upstream", "a_b_one"), ("upstream", "other_one"), ("shop", "a_one")]
    for key in keys:
        pins.pin(key, "d", "{}")
    pins.save()
    assert "what its tools said is forgotten (1)" in done(run("remove", "a"))
    left = pins_of(Folders.of_user(path))
    assert [key for key in keys if left.get(key)] == keys[1:]
    assert "(1)" in done(run("remove", "a_b"))


def test_a_server_of_a_file_is_removed_there(run: Run, path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"mcpServers": {"theirs": {"command": "x"}, "bad": {}}}')
    path.write_text(MINE.replace("files = []", f'files = ["{other}"]'))
    assert "other.json" in refused(run("remove", "theirs"))
    listed = run("list")
    assert "other.json: server 'theirs'" in listed.stdout
    assert "note:" in listed.stderr


def test_the_shipped_configuration_is_copied_first(tmp_path: Path) -> None:
    result = invoked("upstream", "add", "it", "--", "x")
    own = tmp_path / "home" / "config" / "config.toml"
    assert result.exit_code == 0, result.output
    assert written(own) == {"it": {"command": "x"}}
    assert "came with toolpost and stays" in result.stderr


def test_nothing_secret_is_listed(run: Run, path: Path) -> None:
    done(
        run(
            "add",
            "a",
            "--",
            "x",
            "--api-key",
            "hunter2hunter2",
            "--token=hunter2hunter2",
            "KEY=sk-4Qz8Rk1vTn6Wm3Xp7Ys2Bd5F",
        )
    )
    done(run("add", "b", "https://u:hunter2hunter2@a.example/mcp?key=hunter2hunter2", "--header", "X=hunter2hunter2"))
    for words in ((), ("--json",)):
        output = done(run("list", *words))
        assert "hunter2" not in output
        assert "sk-4Qz8" not in output


@pytest.mark.parametrize(
    "words",
    [
        ("mcp-remote", "https://a.example/mcp/short-k1hunter2"),
        ("x", "--header", "Authorization: Bearer hunter2"),
        ("x", "--header=Authorization: Bearer hunter2"),
        ("x", "-H", "X-Any: hunter2"),
        ("x", "-p", "hunter2"),
        ("x", "--password", "hunter2"),
        ("sh", "-c", "TOKEN=hunter2 foo"),
        ("sh", "-c", "export API_KEY='hunter2 hunter2'; curl -H 'Authorization: Bearer hunter2' x"),
        ("x", "postgres://u:hunter2@db/shop"),
        ("x", "--dsn=postgres://u:hunter2@db/shop"),
        ("x", "--to=https://u:hunter2@a.example/?k=hunter2"),
        ("x", "Bearer hunter2"),
        ("x", '{"apiKey": "hunter2"}'),
    ],
)
def test_no_secret_of_a_command_line_is_listed(run: Run, words: tuple[str, ...]) -> None:
    done(run("add", "a", "--", *words))
    for command in (("list",), ("list", "--json")):
        assert "hunter2" not in done(run(*command))


def test_an_ordinary_command_line_is_listed_as_it_is(run: Run) -> None:
    words = ("docker", "run", "-i", "--rm", "-p", "8080:80", "-v", "/srv/a1/b2:/data", "mcp/fetch:1.2", "--port=80")
    done(run("add", "a", "--", *words))
    assert json.loads(done(run("list", "--json")))["servers"][0]["at"] == " ".join(words)
    done(run("add", "b", "https://a.example/v1/mcp"))
    assert json.loads(done(run("list", "--json")))["servers"][1]["at"] == "https://a.example/v1/mcp"


def test_what_a_server_says_of_its_own_secret_is_not_shown(run: Run, small: list[str]) -> None:
    script = (
        "import os, sys; print('one', file=sys.stderr); "
        "sys.stdin.readline(); sys.exit('no such key ' + os.environ['K'])"
    )
    done(run("add", "a", "--env", "K=hunter2hunter2", "--", sys.executable, "-c", script))
    for command in (("check",), ("check", "--json")):
        output = run(*command).output
        assert "no such key ***" in output
        assert "one / no such key" in output
        assert "of your environment it sees PATH" in output
        assert "hunter2" not in output
    refusing = SMALL.replace('if method == "initialize"', 'if method == "nothing"').replace(
        '"unknown"', 'sys.argv[1] + __import__("os").environ["K"]'
    )
    done(run("add", "b", "--env", "K=hunter2hunter2", "--", sys.executable, "-c", refusing, "bad key "))
    output = run("check", "b", "--json").output
    assert "bad key ***" in output
    assert "hunter2" not in output


def test_an_empty_list_says_what_to_do(run: Run) -> None:
    assert "`toolpost upstream add` or `import`" in done(run("list"))


def test_servers_are_tried_and_the_status_says_if_one_fails(run: Run, small: list[str]) -> None:
    done(run("add", "good", "--", *small))
    found = json.loads(done(run("check", "--json")))
    assert found["good"] is True
    row = found["servers"][0]
    assert (row["state"], row["era"], row["server"], row["tools"]) == ("up", "handshake", "small 1", 1)
    done(run("add", "gone", "--", "/no/such/program"))
    both = run("check")
    assert both.exit_code == 1
    assert "gone: it " in both.stderr
    assert "is the command installed?" in both.stderr
    assert done(run("check", "good")).splitlines()[1].split()[:2] == ["good", "up"]
    # What it says is not said twice, and only as long as it runs.
    assert logging.getLogger("toolpost.upstream").level == logging.NOTSET


def test_an_address_where_nobody_is_says_so(run: Run) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done(run("add", "away", f"http://127.0.0.1:{port}/mcp"))
    result = run("check", "away")
    assert result.exit_code == 1
    assert "is it running, and is the url right?" in result.stderr


CLAUDE = {
    "mcpServers": {
        "mem": {"command": "x", "args": ["${HOME}", "$$"], "env": {"API_TOKEN": "hunter2hunter2", "LEVEL": "1"}},
        "My Files": {"command": "y", "disabled": True, "timeout": 1500, "alwaysAllow": ["a"]},
        "toolpost": {"command": "/v/bin/toolpost", "args": ["serve"]},
        "web": {"type": "http", "url": "https://a.example/mcp", "headers": {"Authorization": "Bearer hunter2hunter2"}},
        "bad": {"args": []},
        "unset": {"command": "x", "env": {"A": "${NOT_SET_AT_ALL}"}},
    }
}


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    path = tmp_path / "claude.json"
    path.write_text(json.dumps(CLAUDE))
    return path


def test_a_dry_run_says_all_and_writes_nothing(run: Run, path: Path, claude: Path) -> None:
    output = done(run("import", str(claude), "--dry-run"))
    assert "+ mem: x" in output
    assert "env API_TOKEN stands in the file as it is" in output
    assert "+ My-Files: y, disabled" in output
    assert "'alwaysAllow' is not used here" in output
    assert "- toolpost: left out: this is toolpost itself" in output
    assert "- bad: left out: give `command`" in output
    assert "- unset: left out: variable NOT_SET_AT_ALL is not set" in output
    assert "3 of 6 servers would be written" in output
    assert "hunter2" not in output
    assert path.read_text() == MINE


def test_a_file_is_taken_over(run: Run, path: Path, claude: Path) -> None:
    assert "still has them" in done(run("import", str(claude)))
    assert written(path) == {
        "mem": {"command": "x", "args": ["${HOME}", "$$$$"], "env": {"API_TOKEN": "hunter2hunter2", "LEVEL": "1"}},
        "My-Files": {"command": "y", "enabled": False, "call_timeout": 2},
        "web": {"url": "https://a.example/mcp", "headers": {"Authorization": "Bearer hunter2hunter2"}},
    }
    # It is what toolpost reads again, and twice is once.
    assert len(json.loads(done(run("list", "--json")))["servers"]) == 3
    assert "there is a server of that name" in done(run("import", str(claude)))


def test_what_is_taken_over_is_taken_out_and_nothing_else_changes(run: Run, path: Path, claude: Path) -> None:
    before = json.dumps({"theme": "dark", **CLAUDE, "last": [1, 2]}, indent=4).replace('"dark"', '"dark" /* mine */')
    claude.write_text(before)
    claude.chmod(0o640)
    assert "and taken out of" in done(run("import", str(claude), "--take-out", "--dry-run"))
    assert claude.read_text() == before
    output = done(run("import", str(claude), "--take-out"))
    kept = claude.with_name("claude.json.before-import")
    assert str(kept) in output
    assert kept.read_text() == before
    assert set(written(path)) == {"mem", "My-Files", "web"}
    after = claude.read_text()
    assert "/* mine */" in after
    left = json.loads(after.replace("/* mine */", ""))
    assert left["mcpServers"] == {name: CLAUDE["mcpServers"][name] for name in ("toolpost", "bad", "unset")}
    assert (left["theme"], left["last"], list(left)) == ("dark", [1, 2], ["theme", "mcpServers", "last"])
    assert claude.stat().st_mode & 0o777 == kept.stat().st_mode & 0o777 == 0o640


def test_what_was_kept_is_kept_however_often(run: Run, claude: Path) -> None:
    done(run("import", str(claude), "--take-out", "--only", "mem"))
    done(run("import", str(claude), "--take-out", "--only", "web"))
    assert json.loads(claude.with_name("claude.json.before-import").read_text()) == CLAUDE
    assert "mem" not in claude.with_name("claude.json.before-import.2").read_text()


def test_a_file_that_cannot_be_changed_alone_changes_nothing_at_all(run: Run, path: Path, claude: Path) -> None:
    claude.write_text(json.dumps({"mcp": {"servers": {"a": {"command": "x"}}}}))
    assert "by hand" in refused(run("import", str(claude), "--take-out"))
    claude.write_text('{"mcpServers": {"a": {"command": "x"}}, "mcpServers": {"b": {"command": "y"}}}')
    assert "by hand" in refused(run("import", str(claude), "--take-out"))
    assert path.read_text() == MINE
    assert [*claude.parent.glob("*.before-import")] == []


def test_secrets_are_moved_to_variables_that_are_set(
    run: Run, path: Path, claude: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = done(run("import", str(claude), "--variables", "--dry-run"))
    assert "left out: variable API_TOKEN is not set" in output
    assert f"what it is to hold stands in {claude}" in output
    monkeypatch.setenv("API_TOKEN", "t")
    monkeypatch.setenv("WEB_AUTHORIZATION", "w")
    done(run("import", str(claude), "--variables", "--only", "mem", "--only", "web"))
    assert written(path)["mem"]["env"] == {"API_TOKEN": "${API_TOKEN}", "LEVEL": "1"}
    assert written(path)["web"]["headers"] == {"Authorization": "Bearer ${WEB_AUTHORIZATION}"}
    assert "hunter2" not in path.read_text()


def test_the_file_of_claude_desktop_is_the_default(
    run: Run, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    theirs = CLIENTS["claude-desktop"].user()
    assert str(theirs) in refused(run("import"))
    theirs.parent.mkdir(parents=True)
    theirs.write_text('{"mcpServers": {"it": {"command": "x"}}}')
    done(run("import"))
    assert written(path) == {"it": {"command": "x"}}


def test_a_name_that_the_file_has_not_is_said(run: Run, claude: Path) -> None:
    assert "did you mean 'mem'?" in refused(run("import", str(claude), "--only", "men"))


def test_who_needs_no_login_is_told(run: Run) -> None:
    done(run("add", "a", "--", "x"))
    done(run("add", "b", "https://a.example/mcp"))
    done(run("add", "c", "--oauth", "https://a.example/mcp"))
    assert "a server that is started has no login" in refused(run("login", "a"))
    assert 'set auth = "oauth"' in refused(run("login", "b"))
    assert "there is no login to c" in done(run("logout", "c"))
