"""Canaries go through real child processes: a sound installation passes, one that is broken on purpose is found out."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from textwrap import dedent

import anyio
import pytest
from click.testing import CliRunner

from toolpost.cli import toolpost
from toolpost.config.load import load
from toolpost.config.locate import shipped_file
from toolpost.doctor.checks import Row
from toolpost.doctor.policies import send
from toolpost.doctor.surfaces import SURFACES

SOUND = """
[plugins.trace]
[plugins.policy]
required = true
[[plugins.policy.rules]]
do = "deny"
[plugins.limits]
required = true
rules = [{ name = "all", rate = "1/hour" }]
[plugins.pii]
required = true
[plugins.injection]
required = true
pins = false
[plugins.validation]
required = true
[plugins.ledger]
required = true
[plugins.timeout]
"""
# A layer that goes round all that stand within it.
BYPASS = """
from toolpost import hookimpl

class Bypass:
    @hookimpl
    def middleware(self):
        return self.short

    async def short(self, call, call_next):
        return await call.tool.answer(call)
"""


def rows(config: str, *surfaces: str, without: Collection[str] = ()) -> list[Row]:
    Path("config.toml").write_text(config)
    chosen = {name: SURFACES[name] for name in surfaces or ("python",)}
    return anyio.run(send, load(Path("config.toml")), without, chosen)


def broken(found: list[Row]) -> set[tuple[str, str]]:
    return {(row.guard, row.path) for row in found if not row.ok}


@pytest.fixture
def bypass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "site" / "bypass-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bypass\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[toolpost]\nbypass = bypass_plugin:Bypass\n")
    (tmp_path / "site" / "bypass_plugin.py").write_text(dedent(BYPASS))
    monkeypatch.syspath_prepend(tmp_path / "site")


@pytest.mark.slow
def test_on_a_sound_installation_every_guard_runs_on_every_surface():
    found = rows(SOUND, *SURFACES)
    assert [row for row in found if not row.ok] == []
    ran = {(row.surface, row.guard) for row in found if row.state == "ran"}
    expected = {
        (surface, guard) for surface in SURFACES for guard in ("policy", "limits", "pii", "injection", "validation")
    }
    assert ran == expected - {("cli", "limits")}


@pytest.mark.slow
def test_what_is_shipped_is_sound(monkeypatch: pytest.MonkeyPatch):
    # Nobody is asked; without any, doctor would note what does not work.
    monkeypatch.setenv("OPENAI_API_KEY", "sk-nobody")
    result = CliRunner().invoke(toolpost, ["--config", str(shipped_file()), "doctor", "--policies", "--json"])
    told = json.loads(result.stdout)
    assert {row["guard"] for row in told["policies"]} >= {"policy", "limits", "pii", "injection", "validation"}
    assert [row for row in told["policies"] if row["state"] not in ("ran", "not there")] == []
    assert [one for one in told["findings"] if one["level"] != "ok"] == []
    assert result.exit_code == 0


@pytest.mark.parametrize("guard", ["policy", "limits", "pii", "injection", "validation"])
def test_a_guard_that_is_gone_is_found_out(guard: str):
    config = SOUND.replace(f"[plugins.{guard}]\nrequired = true", f"[plugins.{guard}]\nenabled = false")
    if guard == "policy":
        config = config.replace('[[plugins.policy.rules]]\ndo = "deny"\n', "")
    assert broken(rows(config)) == {(guard, "everything")}
    assert broken(rows(config, without=[guard])) == set()


def test_a_guard_that_looks_one_way_only_is_found_out():
    config = SOUND.replace("[plugins.pii]\n", '[plugins.pii]\ndirections = ["arguments"]\n')
    ways = {path for guard, path in broken(rows(config)) if guard == "pii"}
    assert {"text", "structured content", "errors", "resources", "prompts", "progress"} <= ways
    assert "arguments" not in ways


def test_a_guard_that_looks_for_nothing_is_found_out():
    config = SOUND.replace("[plugins.pii]\n", "[plugins.pii]\ntypes = []\n")
    assert ("pii", "everything") in broken(rows(config))


@pytest.mark.usefixtures("bypass")
def test_a_layer_that_goes_round_the_guards_is_found_out():
    found = broken(rows(SOUND.replace("[plugins.pii]", "[plugins.bypass]\n[plugins.pii]")))
    assert ("pii", "arguments") in found
    assert ("validation", "arguments") in found
    assert ("policy", "a call that a rule denies") not in found


@pytest.mark.usefixtures("bypass")
def test_within_such_a_layer_no_guard_runs():
    found = broken(rows("[plugins.bypass]\n" + SOUND))
    assert {guard for guard, _ in found} == {"policy", "limits", "pii", "injection", "validation"}


def test_a_surface_that_does_not_start_is_found_out():
    (row,) = rows(SOUND + "[plugins.validatoin]\n")
    assert row.state == "cannot tell"
    assert "plugin 'validatoin' is not installed" in row.detail


def test_it_exits_with_one_and_names_what_is_wrong():
    Path("config.toml").write_text(SOUND.replace("[plugins.timeout]", "[plugins.cache]\n[plugins.timeout]"))
    result = CliRunner().invoke(toolpost, ["doctor"])
    assert result.exit_code == 1
    assert "look  [plugins.ledger] stands before [plugins.cache]: answers from memory would be written" in result.stdout


def test_a_warning_fails_only_where_it_is_strict():
    Path("config.toml").write_text(
        SOUND.replace("[plugins.pii]\n", '[plugins.pii]\nexempt = ["list_jobs"]\n').replace(
            'do = "deny"', 'do = "allow"'
        )
    )
    told, strict = CliRunner().invoke(toolpost, ["doctor"]), CliRunner().invoke(toolpost, ["doctor", "--strict"])
    assert "warn  guard 'pii' does not stand around tool 'list_jobs'" in told.stdout
    assert (told.exit_code, strict.exit_code) == (0, 1)


def test_a_rule_about_a_tool_that_is_not_there_is_doubted():
    Path("config.toml").write_text(SOUND.replace('do = "deny"', 'do = "deny"\ntools = ["list_job"]'))
    result = CliRunner().invoke(toolpost, ["doctor"])
    assert "rule 1: no tool is called 'list_job'; did you mean 'list_jobs'?" in result.stdout
    assert result.exit_code == 1


def test_the_probe_leaves_nothing_behind_and_is_seen_by_nobody():
    rows(SOUND)
    result = CliRunner().invoke(toolpost, ["tools", "list", "--json"])
    assert "canary" not in result.stdout
    assert "canary" not in CliRunner().invoke(toolpost, ["plugins", "list"]).stdout
    assert "canary" not in Path("config.toml").read_text()
