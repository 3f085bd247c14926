"""Commands that open nothing, and tools that are there only when a server is connected."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from serving import command, environment
from terminals import Terminal

# Writes down that it was started, and has one tool.
SERVER = """
import json, pathlib, sys
pathlib.Path(__file__).with_name(f"{sys.argv[1]}.started").touch()
for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    schema = {"type": "object", "properties": {"path": {"type": "string"}}}
    answer = {
        "initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "s"}},
        "tools/list": {"tools": [{"name": "write", "description": "Write a file.", "inputSchema": schema}]},
        "tools/call": {"content": [{"type": "text", "text": "it is written"}]},
    }.get(message["method"])
    body = {"result": answer} if answer else {"error": {"code": -32601, "message": "unknown"}}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], **body}), flush=True)
"""
DISABLED = """
[tools]
disabled = ["clock_write"]
"""


class House:
    """A configuration with two servers of others, and commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script = folder / "server.py"
        self.script.write_text(SERVER)

    def config(self, before: str = "", after: str = "") -> str:
        servers = "".join(
            f"[plugins.upstream.servers.{name}]\ncommand = {json.dumps(sys.executable)}\n"
            f"args = [{json.dumps(str(self.script))}, {json.dumps(name)}]\n"
            for name in ("files", "clock")
        )
        layers = "[plugins.injection]\n[plugins.watchdog]\nseconds = 0.01\n[plugins.cache]\n[plugins.upstream]\n"
        return f"{before}{layers}{servers}{after}"

    def run(self, *words: str, before: str = "", after: str = "") -> subprocess.CompletedProcess[str]:
        surroundings = environment(self.folder, self.config(before, after))
        return subprocess.run(
            command(*words), env=surroundings, cwd=self.folder, capture_output=True, text=True, timeout=60
        )

    @property
    def started(self) -> set[str]:
        return {path.stem for path in self.folder.glob("*.started")}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_list_says_which_tools_are_not_in_it(house: House):
    listed = house.run("tools", "list")
    assert "cache_stats" in listed.stdout
    assert "files_write" not in listed.stdout
    assert listed.stderr == "and tools from 2 sources of upstream (files_*, clock_*): `toolpost tools list --connect`\n"
    assert house.started == set()


def test_a_list_has_all_of_them_when_it_may_connect(house: House):
    listed = house.run("tools", "list", "--connect", "--json", before=DISABLED)
    states = {tool["name"]: tool["state"] for tool in json.loads(listed.stdout)}
    assert (states["files_write"], states["clock_write"]) == ("enabled", "disabled")
    assert listed.stderr == ""


def test_a_tool_of_a_server_is_shown_and_only_that_server_started(house: House):
    shown = house.run("tools", "show", "files_write")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "files_write  (upstream, enabled)" in shown.stdout
    assert "path: string" in shown.stdout
    assert house.started == {"files"}


def test_a_tool_of_a_server_is_explained_with_the_line_of_its_rule(house: House):
    rule = '[plugins.policy]\n[[plugins.policy.rules]]\ndo = "deny"\ntools = ["files_*"]\n'
    explained = house.run("explain", "files_write", "path=x", before=rule)
    assert explained.returncode == 0, explained.stderr
    assert f"policy: would refuse: rule 1 denies it [{house.folder}/config.toml:2]" in explained.stdout


def test_a_tool_of_a_server_is_disabled(house: House):
    assert house.run("tools", "disable", "files_write").returncode == 0
    assert 'disabled = ["files_write"]' in (house.folder / "config.toml").read_text()


def test_a_name_that_no_server_has_is_unknown_after_a_look(house: House):
    shown = house.run("tools", "show", "files_wirte")
    assert shown.returncode == 2
    said = "there is no tool 'files_wirte' (plugin 'upstream' was asked, too); did you mean 'files_write'?"
    assert shown.stderr == f"toolpost: {said}\n"


def test_a_call_starts_only_what_it_needs(house: House):
    assert house.run("call", "cache_stats").returncode == 0
    assert house.started == set()
    called = house.run("call", "clock_write", "path=x")
    assert (called.returncode, called.stderr) == (0, "")
    assert "it is written" in called.stdout
    assert house.started == {"clock"}


def test_a_name_that_nobody_knows_is_looked_for_everywhere(house: House):
    called = house.run("call", "fiels_write")
    assert (called.returncode, house.started) == (2, {"files", "clock"})
    assert "did you mean 'files_write'?" in called.stderr


def test_a_rule_about_a_tool_that_is_still_to_come_is_noted_with_its_line(house: House):
    rules = '[plugins.policy]\n[[plugins.policy.rules]]\ndo = "deny"\ntools = ["model", "files_write"]\n'
    limits = '[plugins.limits]\n[[plugins.limits.rules]]\nrate = "1/minute"\ntools = ["model"]\n'
    checked = house.run("config", "check", before=rules + limits)
    assert checked.returncode == 0, checked.stderr
    place = f"{house.folder}/config.toml:2: [plugins.policy]"
    said = "rule 1: no tool is called 'files_write' yet; plugin 'upstream' may bring it when toolpost runs"
    assert checked.stderr == f"note: {place}: {said}\n"
    doctor = house.run("doctor", before=rules + limits)
    assert doctor.returncode == 0, doctor.stdout
    assert f"note  {place}: {said}" in doctor.stdout
    assert house.started == set()


def test_a_mistake_in_a_rule_is_still_one_and_named_by_its_line(house: House):
    rules = '[plugins.policy]\n[[plugins.policy.rules]]\ndo = "allow"\ntools = ["model"]\n'
    rules += '[[plugins.policy.rules]]\ndo = "deny"\ntools = ["cache_stas"]\n'
    checked = house.run("config", "check", before=rules)
    assert checked.returncode == 2
    said = "[plugins.policy]: rule 2: no tool is called 'cache_stas'; did you mean 'cache_stats'?"
    assert checked.stderr == f"toolpost: {house.folder}/config.toml:5: {said}\n"


def test_a_rule_that_only_tools_to_come_reach_is_not_called_unreached(house: House):
    rules = '[plugins.policy]\n[[plugins.policy.rules]]\ndo = "allow"\ntools = ["cache_*"]\n'
    rules += '[[plugins.policy.rules]]\ndo = "deny"\n'
    assert house.run("config", "check", before=rules).returncode == 0


def test_a_person_reads_an_answer_without_the_marks_that_a_program_gets(house: House, monkeypatch: pytest.MonkeyPatch):
    for name, value in environment(house.folder, house.config()).items():
        monkeypatch.setenv(name, value)
    terminal = Terminal("call", "files_write", whole=True)
    assert terminal.end()[0] == 0
    assert terminal.shown == "it is written\r\n"
    piped = house.run("call", "files_write")
    assert piped.stdout.startswith("<untrusted-")
