"""A whole check, in the child processes that it runs in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from toolpost import PluginError
from toolpost.checks.finding import RULES, Finding
from toolpost.checks.running import Options, check, check_subject
from toolpost.packages.describe import describe
from toolpost.packages.manifest import written
from toolpost.packages.subject import Subject

HERE = Path(__file__).parent


def found_in(name: str, options: Options | None = None) -> list[Finding]:
    return check_subject(Subject("faulty", "1", {name.lower(): f"faulty_plugins:{name}"}, HERE), options)


def test_a_plugin_that_ends_the_process_is_named_with_what_it_did():
    found = found_in("Exits", Options(without=["open-world"]))
    assert {(one.rule, one.what) for one in found if one.level == "error"} == {
        ("call", "it ends the process with status 7 while calling tool 'leave'")
    }


def test_a_tool_that_nobody_can_stop_is_found_and_ended():
    found = [one for one in found_in("NeverStops") if one.rule == "cancellation"]
    assert [one.what for one in found] == ["it goes on 2 s after it was cancelled"]


def test_what_fails_on_one_event_loop_alone_is_said_so():
    found = [one for one in found_in("OnAsyncioAlone") if one.level == "error"]
    assert [(one.rule, one.about) for one in found] == [("event-loops", "tool 'rest'")]
    assert "on trio alone it crashes" in found[0].what


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "weather_plugin.py").write_text(
        '"""Weather."""\nfrom toolpost import hookimpl\nclass Weather:\n'
        '    """Weather."""\n    @hookimpl\n    def tools(self):\n        return []\n'
    )
    return folder


def described(folder: Path, name: str = "weather", more: str = "") -> Path:
    text = f'[project]\nname = "x-weather"\nversion = "1"\n{more}\n[project.entry-points.toolpost]\n'
    (folder / "pyproject.toml").write_text(text + f'{name} = "weather_plugin:Weather"\n')
    return folder


WHOLE = 'dependencies = ["toolpost>=0.1"]\ndescription = "Weather."\nlicense = "MIT"\nrequires-python = ">=3.11"'


def test_a_project_need_not_be_installed(project: Path):
    assert check(str(described(project, more=WHOLE))) == []


def test_metadata_that_are_missing_are_found(project: Path):
    found = [(one.level, one.what) for one in check(str(described(project)))]
    assert found == [
        ("error", "it does not require toolpost"),
        ("note", "it has no summary"),
        ("note", "it has no license"),
        ("note", "it has no python"),
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Weather", "at most 40 small letters"),
        ("toolpost-weather", "are toolpost's own"),
        ("http", "is a table of the configuration"),
        ("cache", "toolpost-cache 0.1.0 has that name too"),
    ],
)
def test_a_name_that_will_not_do_is_found(project: Path, name: str, words: str):
    found = [one for one in check(str(described(project, name, WHOLE))) if one.rule == "name"]
    assert [words in one.what for one in found] == [True]


def test_a_manifest_that_lies_is_found(project: Path):
    tool = {"name": "roll", "description": "Roll.", "annotations": {}}
    said = {
        "summary": "",
        "tools": [tool],
        "resources": [],
        "prompts": [],
        "hooks": ["tools"],
        "settings": [],
        "needs": [],
    }
    manifest = {"manifest": 1, "plugins": {"weather": said}}
    (project / "weather_plugin.toolpost.json").write_text(json.dumps(manifest))
    found = check(str(described(project, more=WHOLE)))
    assert [(one.rule, one.what) for one in found] == [("manifest", "tool 'roll' is not there")]


def test_a_manifest_that_lacks_a_setting_is_found(project: Path):
    described(project, more=WHOLE)
    place = project / "weather_plugin.toolpost.json"
    place.write_text(written(describe(Subject.of(str(project)))))
    assert check(str(project)) == []
    module = project / "weather_plugin.py"
    field = '"""Weather."""\n    days: int = 3  # How far ahead.\n    @hookimpl'
    source = module.read_text().replace('"""Weather."""\n    @hookimpl', field)
    module.write_text(source.replace("class Weather", "from dataclasses import dataclass\n@dataclass\nclass Weather"))
    found = [(one.rule, one.what) for one in check(str(project))]
    assert found == [("manifest", "of plugin 'weather' it has other settings (days)")]


def test_a_hook_that_lacks_its_mark_is_found(project: Path):
    module = project / "weather_plugin.py"
    module.write_text(module.read_text() + "    def gauges(self):\n        return []\n")
    found = [one for one in check(str(described(project, more=WHOLE))) if one.level == "error"]
    assert [(one.rule, one.about) for one in found] == [("hooks", "hook 'gauges'")]
    assert "lacks @hookimpl" in found[0].what


@pytest.mark.parametrize("place", ["import", "building", "hook"])
def test_an_exception_is_told_with_its_place(project: Path, place: str):
    module = project / "weather_plugin.py"
    source = module.read_text()
    more = {
        "import": f"{source}raise RuntimeError('no oven')\n",
        "building": f"{source}    def __init__(self):\n        raise RuntimeError('no oven')\n",
        "hook": source.replace("return []", "raise RuntimeError('no oven')"),
    }[place]
    module.write_text(more)
    line = next(number for number, text in enumerate(more.splitlines(), 1) if "no oven" in text)
    found = [one.what for one in check(str(described(project, more=WHOLE))) if one.level == "error"]
    assert f"RuntimeError: no oven (weather_plugin.py:{line})" in found[0]


def test_a_rule_can_be_done_without_by_name_alone(project: Path):
    options = Options(without=["distribution"])
    assert check(str(described(project)), options) == []
    with pytest.raises(PluginError, match="there is no rule 'distributions'; did you mean 'distribution'"):
        check(str(project), Options(without=["distributions"]))


def test_what_brings_no_plugin_is_said_so():
    with pytest.raises(PluginError, match="neither a distribution 'no-such-thing' with plugins nor a folder"):
        check("no-such-thing")


def test_each_rule_says_why():
    assert all(len(why) > 20 and why == why.strip(" .") for why in RULES.values())
