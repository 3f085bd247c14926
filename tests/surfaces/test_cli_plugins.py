from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from toolpost import Folders
from toolpost.cli import toolpost
from toolpost.config.locate import shipped_file

SAMPLES = Path(__file__).parents[1] / "core/plugins/samples"
CONFIG = """\
# mine
[plugins.workbench]  # tools
api_key = "canary"

[plugins.exploding]
enabled = false

[plugins.gone]
enabled = false
"""
IMPORTED = """
import atexit, sys
from toolpost.__main__ import main
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
main()
"""
Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.syspath_prepend(SAMPLES)
    Path("config.toml").write_text(CONFIG)
    return lambda *words: CliRunner().invoke(toolpost, list(words))


def states(result: Result) -> dict[str, str]:
    return {item["name"]: item["state"] for item in json.loads(result.stdout)}


def listed() -> dict[str, Any]:
    return tomllib.loads(Path("config.toml").read_text())["plugins"]


def test_the_list_has_configured_installed_and_missing_plugins(run: Run):
    found = states(run("plugins", "list", "--json"))
    assert list(found)[:3] == ["workbench", "exploding", "gone"]
    assert (found["workbench"], found["exploding"], found["gone"]) == ("enabled", "disabled", "missing")
    assert found["pii"] == "available"


def test_a_plugin_is_shown_with_where_it_is_from(run: Run):
    assert json.loads(run("plugins", "show", "workbench", "--json").stdout) == {
        "name": "workbench",
        "state": "enabled",
        "reason": "",
        "distribution": "workbench 1.0",
        "entry_point": "workbench:Workbench",
        "summary": "Tools to try the command line with.",
        "contributes": None,
        "settings": [{"key": "api_key", "value": "(hidden)", "origin": f"{Path.cwd()}/config.toml:3"}],
    }
    assert "distribution  workbench 1.0" in run("plugins", "show", "workbench").stdout


def test_no_plugin_is_imported_to_list_show_enable_or_disable():
    for words in (["list"], ["show", "chat"], ["disable", "chat"], ["enable", "chat"]):
        command = [sys.executable, "-c", IMPORTED, "plugins", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        imported = done.stderr.split()
        assert "toolpost.cli.plugins" in imported
        assert not [name for name in imported if name.startswith(("toolpost_", "toolpost.middleware", "mcp", "openai"))]


def test_a_plugin_that_cannot_be_imported_can_be_switched(run: Run):
    assert run("plugins", "enable", "exploding").exit_code == 0
    assert listed()["exploding"]["enabled"] is True
    assert states(run("plugins", "list", "--json"))["exploding"] == "enabled"
    assert run("plugins", "disable", "exploding").exit_code == 0


def test_disabling_keeps_the_file_as_it_is_but_for_that(run: Run):
    result = run("plugins", "disable", "workbench")
    assert result.stdout == f"plugin workbench is disabled in {Path.cwd()}/config.toml\n"
    added = 'api_key = "canary"\nenabled = false\n'
    assert Path("config.toml").read_text() == CONFIG.replace('api_key = "canary"\n', added)


def test_an_installed_plugin_that_is_not_listed_comes_last(run: Run):
    run("plugins", "enable", "pii")
    assert Path("config.toml").read_text() == f"{CONFIG}\n[plugins.pii]\n"


def test_switching_says_what_is_so_for_programs(run: Run):
    file = f"{Path.cwd()}/config.toml"
    facts = {"name": "workbench", "file": file, "copied_from": None}
    for action, state, changed in (
        ("disable", "disabled", True),
        ("disable", "disabled", False),
        ("enable", "enabled", True),
    ):
        said = json.loads(run("plugins", action, "workbench", "--json").stdout)
        assert said == {**facts, "state": state, "changed": changed}


def test_what_already_is_so_is_not_written_again(run: Run):
    assert "plugin workbench is already enabled in" in run("plugins", "enable", "workbench").stdout
    assert Path("config.toml").read_text() == CONFIG


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["enable", "workbensh"], "plugin 'workbensh' is not installed; did you mean 'workbench'?"),
        (["enable", "gone"], "plugin 'gone' is not installed; "),
        (["disable", "workbensh"], "there is no plugin 'workbensh'; did you mean 'workbench'?"),
        (["show", "workbensh"], "there is no plugin 'workbensh'; did you mean 'workbench'?"),
    ],
)
def test_an_unknown_plugin_is_named_with_the_nearest(run: Run, words: list[str], said: str):
    result = run("plugins", *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert Path("config.toml").read_text() == CONFIG


def test_a_variable_that_stands_above_the_file_is_told(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOOLPOST__WORKBENCH__ENABLED", "true")
    assert "TOOLPOST__WORKBENCH__ENABLED says otherwise" in run("plugins", "disable", "workbench").stderr


def test_the_shipped_file_is_copied_first_and_the_command_says_so(run: Run, folders: Folders):
    Path("config.toml").unlink()
    own = folders.config / "config.toml"
    result = run("plugins", "disable", "chat")
    assert f"{shipped_file()} came with toolpost and stays as it is; your own is {own} from now on" in result.stdout
    assert states(run("plugins", "list", "--json"))["chat"] == "disabled"
    assert json.loads(run("plugins", "enable", "chat", "--json").stdout)["file"] == str(own)


def test_tools_are_hidden_and_shown_in_the_file(run: Run):
    assert run("tools", "disable", "echo").exit_code == 0
    assert tomllib.loads(Path("config.toml").read_text())["tools"] == {"disabled": ["echo"]}
    assert states(run("tools", "list", "--json"))["echo"] == "disabled"
    assert json.loads(run("tools", "disable", "echo", "--json").stdout)["changed"] is False
    assert run("tools", "enable", "echo").exit_code == 0
    assert states(run("tools", "list", "--json"))["echo"] == "enabled"
    assert tomllib.loads(Path("config.toml").read_text())["tools"] == {"disabled": []}


def test_a_hidden_tool_of_a_plugin_that_is_gone_can_be_forgotten(run: Run):
    Path("config.toml").write_text(f"[tools]\ndisabled = ['old']\n{CONFIG}")
    assert run("tools", "enable", "old").exit_code == 0


def test_a_tool_is_shown_with_its_arguments(run: Run):
    said = run("tools", "show", "echo").stdout
    assert "echo  (workbench, enabled)\n\nSay it back.\n" in said
    assert "  text: string, required\n      What to say.\n" in said
    assert "  times: integer, default 1\n" in said
    item = json.loads(run("tools", "show", "echo", "--json").stdout)
    assert (item["name"], item["plugin"], item["inputSchema"]["required"]) == ("echo", "workbench", ["text"])


@pytest.mark.parametrize("action", ["show", "enable", "disable"])
def test_an_unknown_tool_is_named_with_the_nearest(run: Run, action: str):
    result = run("tools", action, "ecco")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith("toolpost: there is no tool 'ecco'; did you mean 'echo'?\n")


def test_what_a_plugin_prints_does_not_break_json(run: Run):
    sys.modules.pop("workbench", None)
    assert "echo" in states(run("tools", "list", "--json"))
