"""Guards that are off, not required, or let calls go on when they fail: each is noted."""

from __future__ import annotations

from pathlib import Path

from toolpost import Host, Prompt, Resource, Tool, hookimpl
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.doctor.coverage import gaps
from toolpost.doctor.guards import GUARDS, weaknesses
from toolpost.middleware.pii import PII
from toolpost.middleware.validation import Validation


def noted(text: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return [*weaknesses(read(path, Variables({})))]


ALL = "".join(f"[plugins.{guard.name}]\nrequired = true\n" for guard in GUARDS)


def test_with_all_guards_required_there_is_nothing_to_note(tmp_path: Path):
    assert noted(ALL, tmp_path) == []


def test_a_guard_that_is_missing_or_rests_is_noted_with_what_it_means(tmp_path: Path):
    missing = noted(ALL.replace("[plugins.pii]", "[plugins.other]"), tmp_path)
    resting = noted(ALL.replace("[plugins.pii]\nrequired = true", "[plugins.pii]\nenabled = false"), tmp_path)
    assert missing == resting
    assert missing[0].startswith("guard 'pii' is not enabled: personal data and keys reach tools and models as they")


def test_a_guard_that_is_not_required_is_noted_with_its_place(tmp_path: Path):
    (note,) = noted(ALL.replace("[plugins.limits]\nrequired = true", "[plugins.limits]"), tmp_path)
    assert note.startswith(f"{tmp_path / 'config.toml'}:3: [plugins.limits]: if this guard does not start")


def test_a_guard_that_fails_open_is_noted(tmp_path: Path):
    notes = noted(f'[guards]\nfail_open = ["pii", "limitz"]\n{ALL}', tmp_path)
    assert notes[0].startswith("[guards] fail_open: calls go on without 'pii' when it fails")
    assert notes[1] == "[guards] fail_open: no plugin 'limitz' is enabled; did you mean 'limits'?"


class Shelf:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.take), Tool(self.give)]

    @hookimpl
    def resources(self) -> list[Resource]:
        return [Resource("shelf://all", self.every)]

    @hookimpl
    def prompts(self) -> list[Prompt]:
        return [Prompt(self.tidy)]

    async def take(self) -> str:
        """Take."""
        return ""

    async def give(self) -> str:
        """Give."""
        return ""

    async def every(self) -> str:
        """All."""
        return ""

    async def tidy(self) -> str:
        """Tidy up."""
        return ""


def test_what_a_guard_leaves_out_is_found_without_a_call():
    host = Host({"pii": PII(exempt=["take", "every", "tidy"]), "validation": Validation(), "shelf": Shelf()})
    assert [(gap.guard, gap.kind, gap.name) for gap in gaps(host)] == [
        ("pii", "tool", "take"),
        ("pii", "resource", "every"),
        ("pii", "prompt", "tidy"),
    ]


def test_without_exemptions_nothing_is_left_out():
    assert [*gaps(Host({"pii": PII(), "validation": Validation(), "shelf": Shelf()}))] == []
