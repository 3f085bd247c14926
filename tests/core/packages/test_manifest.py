"""Static manifests: written from what a plugin offers, read without an import, and not believed against it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from toolpost import Folders, PluginError
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.packages.contribution import lies
from toolpost.packages.describe import describe
from toolpost.packages.manifest import manifest_of, sketch, written
from toolpost.packages.subject import Subject
from toolpost.plugins.assemble import assemble
from toolpost.plugins.find import installed

Install = Callable[[str], object]
SOURCE = '''"""Tells the weather."""
import sys
from dataclasses import dataclass, field
from typing import Annotated, Literal
from pydantic import Field, SecretStr
from toolpost import Prompt, Resource, Store, Tool, hookimpl

print("noise at import")

@dataclass
class Weather:
    store: Store
    units: Literal["metric", "imperial"] = "metric"
    days: Annotated[int, Field(ge=1, description="How far ahead.")] = 3
    api_key: SecretStr = SecretStr("canary")
    places: dict[str, Annotated[float, Field(gt=0)]] = field(default_factory=dict)

    @hookimpl
    def tools(self):
        return [Tool(self.forecast, read_only=True, billable=True)]

    @hookimpl
    def resources(self):
        return [Resource("weather://today", self.today)]

    @hookimpl
    def prompts(self):
        return [Prompt(self.picnic)]

    @hookimpl
    def middleware(self):
        return self.layer

    async def layer(self, call, call_next):
        return await call_next(call)

    async def forecast(self, place: str) -> str:
        "Forecast."
        return place

    async def today(self) -> str:
        "Today."
        return "sun"

    async def picnic(self, place: str) -> str:
        "Plan a picnic."
        return place
'''
PROJECT = """
[project]
name = "Weather_Plugin"
version = "1.0"
[project.entry-points.toolpost]
weather = "weather_module:Weather"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "weather_module.py").write_text(SOURCE)
    return folder


def test_a_project_is_described_without_being_installed(project: Path):
    subject = Subject.of(str(project))
    said = describe(subject)["weather"]
    assert "weather_module" not in sys.modules
    assert subject.place == project / "weather_module.toolpost.json"
    assert said["tools"] == [
        {
            "name": "forecast",
            "description": "Forecast.",
            "annotations": {"read_only": True, "billable": True},
        }
    ]
    assert said["resources"][0]["uri"] == "weather://today"
    assert said["prompts"] == [{"name": "picnic", "description": "Plan a picnic.", "arguments": ["place"]}]
    assert said["needs"] == ["store"]
    assert said["settings"] == [
        {"name": "units", "type": "Literal['metric', 'imperial']", "default": "metric", "doc": ""},
        {"name": "days", "type": "int", "default": 3, "doc": "How far ahead."},
        {"name": "api_key", "type": "SecretStr", "default": "(hidden)", "doc": ""},
        {"name": "places", "type": "dict[str, float]", "default": {}, "doc": ""},
    ]
    assert sketch(said) == ("tool forecast; resource weather://today; prompt picnic; a layer around every call")
    assert "canary" not in written({"weather": said})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("import os; os._exit(3)", "ends its process with status 3"),
        ("Weather = 3", "no class"),
    ],
)
def test_a_plugin_that_does_not_stand_is_not_described(project: Path, source: str, said: str):
    (project / "weather_module.py").write_text(source)
    with pytest.raises(PluginError, match=said):
        describe(Subject.of(str(project)))


def test_what_brings_no_plugins_says_where_they_belong(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    with pytest.raises(PluginError, match="brings no plugins"):
        Subject.of(str(tmp_path))
    with pytest.raises(PluginError, match="neither a distribution 'gone'"):
        Subject.of("gone")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs the plugin with a text for its manifest."""
    site = tmp_path / "site"
    metadata = site / "weather_plugin-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: Weather_Plugin\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[toolpost]\nweather = weather_module:Weather\n")
    (site / "weather_module.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(site)
    yield lambda text: (site / "weather_module.toolpost.json").write_text(text)
    sys.modules.pop("weather_module", None)


def test_a_manifest_is_read_without_an_import(install: Install, project: Path):
    install(written(describe(Subject.of(str(project)))))
    said = manifest_of(installed()["weather"][0])
    assert said is not None
    assert said["tools"][0]["name"] == "forecast"
    assert "weather_module" not in sys.modules


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "\x00", "[" * 100_000, '{"manifest": 2, "plugins": {"weather": {}}}', '{"manifest": 1}']
)
def test_a_manifest_that_is_none_counts_for_nothing(install: Install, text: str):
    install(text)
    assert manifest_of(installed()["weather"][0]) is None


def test_a_manifest_with_wrong_parts_keeps_the_others(install: Install):
    wrong = {"tools": [3, {"name": "x"}], "prompts": "no", "hooks": [1, "tools"], "settings": None, "summary": 3}
    install(json.dumps({"manifest": 1, "plugins": {"weather": wrong}}))
    said = manifest_of(installed()["weather"][0])
    assert said is not None
    assert (said["tools"], said["prompts"], said["hooks"]) == ([{"name": "x"}], [], ["tools"])


def test_what_a_plugin_offers_counts_and_a_manifest_that_says_otherwise_is_named(
    install: Install, project: Path, folders: Folders
):
    said = json.loads(written(describe(Subject.of(str(project)))))
    install(json.dumps(said))
    path = Path("c.toml")
    path.write_text("[plugins.weather]\n")
    host = assemble(read(path, Variables({})))
    assert list(lies(host)) == []
    weather = said["plugins"]["weather"]
    weather["tools"][0]["annotations"] = {"read_only": True}
    weather["tools"].append({"name": "rain", "description": "", "annotations": {}})
    weather["prompts"] = []
    install(json.dumps(said))
    (sentence,) = lies(host)
    assert "the manifest of plugin 'weather' (Weather_Plugin 1.0) does not say what it offers: " in sentence
    assert "tool 'forecast' has another annotations; tool 'rain' is not there; prompt 'picnic' is left out" in sentence
