"""What is wrong with a plugin as a whole: its settings, its start, its hooks, its ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from toolpost.checks import effects
from toolpost.checks.examining import examine
from toolpost.checks.finding import Finding
from toolpost.checks.job import Job

FAULTS = {
    "Unexplained": ("settings-words", "setting 'depth'", "nothing says what it means"),
    "Untyped": ("settings-types", "setting 'thread'", "has no form in TOML"),
    "Loose": ("settings-unknown", "setting 'spots'", "tables of Place take unknown keys"),
    "LooseDeeply": ("settings-unknown", "setting 'regions'", "tables of Place take unknown keys"),
    "PlainSecret": ("secrets", "setting 'password'", "is a plain text"),
    "Telling": ("secrets", "repr of the plugin", "shows a secret"),
    "Unbuildable": ("build", "building it", "RuntimeError: no such luck"),
    "Demanding": ("build", "building it", "must be Oslo"),
    "Connecting": ("start-effects", "building it", "connects to a network"),
    "Printing": ("start-effects", "building it", "prints 'hello'"),
    "Threading": ("start-effects", "building it", "leaves the thread 'mine' behind"),
    "FailingHook": ("hooks", "hooks", "no tools today"),
    "UnknownHook": ("hooks", "hooks", "there is no hook 'toolz'"),
    "Idle": ("hooks", "hooks", "implements none"),
    "Slow": ("hooks-quick", "hooks", "they take"),
    "OpensOnce": ("lifespan", "lifespan", "the second time it fails"),
    "LeavesThread": ("lifespan", "lifespan", "leaves the thread 'left' behind"),
    "Wordless": ("distribution", "class Wordless", "has no docstring"),
    "no_class": ("plugin-class", "entry point 'faulty_plugins:no_class'", "names no class"),
    "Missing": ("plugin-class", "entry point 'faulty_plugins:Missing'", "nothing of that name"),
}


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    effects.arm()
    yield
    sys.modules.pop("faulty_plugins", None)


def found_in(name: str, folder: Path, **more: Any) -> list[Finding]:
    job = Job(name.lower(), f"faulty_plugins:{name}", str(folder), **more)
    examine(job)
    return job.told()[0]


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(name: str, tmp_path: Path):
    rule, about, words = FAULTS[name]
    found = [finding for finding in found_in(name, tmp_path) if finding.rule == rule]
    assert [(finding.about, words in finding.what) for finding in found] == [(about, True)]


@pytest.mark.parametrize("name", ["Good", "Sub", "WithClock", "Required", "StrictByHand"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_nothing_is_wrong_with_a_good_plugin(name: str, backend: str, tmp_path: Path):
    # The classes lie beside one another, and one of the others speaks to a network.
    found = found_in(name, tmp_path, backend=backend)
    assert [finding for finding in found if finding.rule != "open-world"] == []


def test_settings_that_are_given_are_used(tmp_path: Path):
    assert found_in("Demanding", tmp_path, settings={"town": "Oslo"}) == []


def test_an_unknown_setting_is_refused(tmp_path: Path):
    found = found_in("Good", tmp_path, settings={"limits": 3})
    assert "unknown key 'limits'; did you mean 'limit'?" in found[0].what


def test_a_setting_may_be_explained_in_the_readme(tmp_path: Path):
    assert found_in("Unexplained", tmp_path, handbook="`depth`: how deep it looks") == []
