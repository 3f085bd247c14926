"""`toolpost explain` as an operator types it: tools, resources and prompts, for anyone, through anything."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner, Result

from toolpost.cli import toolpost

DESK = """
from toolpost import Prompt, Resource, Tool, hookimpl

class Desk:
    @hookimpl
    def tools(self):
        return [Tool(self.write, destructive=True, timeout=7)]

    @hookimpl
    def resources(self):
        return [Resource("desk://{drawer}", self.drawer)]

    @hookimpl
    def prompts(self):
        return [Prompt(self.tidy)]

    async def write(self, text: str) -> str:
        "Write."
        raise SystemExit("it was called")

    async def drawer(self, drawer: str) -> str:
        "Open."
        raise SystemExit("it was called")

    async def tidy(self, text: str) -> str:
        "Tidy up."
        raise SystemExit("it was called")
"""
CONFIG = """
[plugins.policy]
[[plugins.policy.rules]]
do = "deny"
tools = ["write"]
surfaces = ["http"]
[[plugins.policy.rules]]
do = "confirm"
principals = ["ann"]
[plugins.pii]
[plugins.validation]
[plugins.desk]
"""


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "site" / "desk-1.5.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: desk\nVersion: 1.5\n")
    (info / "entry_points.txt").write_text("[toolpost]\ndesk = desk_plugin:Desk\n")
    (tmp_path / "site" / "desk_plugin.py").write_text(dedent(DESK))
    monkeypatch.syspath_prepend(tmp_path / "site")
    Path("config.toml").write_text(CONFIG.lstrip())


def explain(*words: str) -> Result:
    return CliRunner().invoke(toolpost, ["explain", *words])


def lines(*words: str) -> list[str]:
    result = explain(*words)
    assert result.exit_code == 0, result.output
    return [line for line in result.stdout.splitlines() if not line.startswith("      ")]


def test_a_call_that_is_let_through_is_told_to_its_end():
    assert lines("write", "ann@example.com") == [
        "write, of plugin desk 1.5; layers from the outside in:",
        "  policy: no rule matches, so the call is allowed",
        "  pii: would mask 1 EMAIL in text",
        "  validation: the arguments fit",
        "  write (destructive, timeout 7): would be called",
    ]


def test_the_rule_that_denies_is_told_with_its_line():
    told = lines("write", "hello", "--surface", "http")
    assert told[1] == f"  policy: would refuse: rule 1 denies it [{Path.cwd()}/config.toml:2]"
    assert told[2] == "  pii: not reached; nothing personal in the arguments"
    assert told[-1] == "  write (destructive, timeout 7): would not be reached"


def test_it_matters_who_would_call():
    told = lines("write", "hello", "--principal", "ann")
    assert told[1] == f"  policy: would ask the person first, by rule 2 [{Path.cwd()}/config.toml:6]"


def test_resources_and_prompts_are_explained_too():
    told = lines("--resource", "desk://ann@example.com")
    assert told[0] == "resource drawer, of plugin desk 1.5; layers from the outside in:"
    assert "  pii: would mask 1 EMAIL in drawer" in told
    told = lines("--prompt", "tidy", "text=hello")
    assert told[0] == "prompt tidy, of plugin desk 1.5; layers from the outside in:"


def test_what_is_hidden_from_someone_is_told():
    Path("config.toml").write_text(CONFIG.replace('surfaces = ["http"]\n', "").lstrip())
    assert "  (hidden from local: a call is answered as one of an unknown name)" in lines("write", "hello")


def test_programs_get_all_of_it():
    told = json.loads(explain("write", "hello", "--json").stdout)
    assert (told["kind"], told["plugin"], told["version"], told["principal"]) == ("tool", "desk", "1.5", "local")
    assert told["nature"] == {"destructive": True, "timeout": 7}
    (validation,) = [layer for layer in told["layers"] if layer["name"] == "validation"]
    assert {setting["key"]: setting["origin"] for setting in validation["settings"]}["depth"] == "default"


def test_people_get_the_settings_that_were_changed_unless_they_ask_for_all():
    Path("config.toml").write_text("[plugins.validation]\ndepth = 9\n[plugins.retry]\nattempts = 4\n[plugins.desk]\n")
    changed, everything = (explain("write", "x", *more).stdout.splitlines() for more in ([], ["--all"]))
    depth = f"      depth = 9    ({Path.cwd()}/config.toml:2)"
    attempts = f"      attempts = 4    ({Path.cwd()}/config.toml:4)"
    assert [line for line in changed if line.startswith("      ")] == [depth]
    assert {depth, attempts} < {line for line in everything if line.startswith("      ")}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["wriet"], "unknown tool 'wriet'; did you mean 'write'?"),
        (["--prompt", "tdiy"], "unknown prompt 'tdiy'; did you mean 'tidy'?"),
        (["--resource", "disk://x"], "unknown resource 'disk://x'"),
    ],
)
def test_an_unknown_name_is_named_with_the_nearest(words: list[str], said: str):
    result = explain(*words)
    assert result.exit_code == 2
    assert said in result.stderr
