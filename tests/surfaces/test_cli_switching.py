"""What `plugins enable` and `disable` say of plugins that stand on each other; none is imported for it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolpost.cli import toolpost
from toolpost.packages.lacking import standing_on
from toolpost.plugins.find import installed

SOURCE = '''
"""Tells the weather."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr
from toolpost import Store
from weather.sky import Sky

raise SystemExit("imported")
Days = Annotated[int, Field(ge=1)]


@dataclass
class Weather:
    store: Store
    sky: Sky
    api_key: SecretStr
    days: Days
    unknown: Elsewhere
    count: ClassVar[int]
    place: str = "here"
    names: list[str] = field(default_factory=list)
    seen: int = field(init=False)
'''
SKY = "from dataclasses import dataclass\n\n@dataclass\nclass Sky:\n    colour: str = 'blue'\n"
ENTRY_POINTS = "[toolpost]\nweather = weather:Weather\nsky = weather.sky:Sky\n"


@pytest.fixture(autouse=True)
def weather(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A distribution of two plugins, one of which needs the other and two settings."""
    site = tmp_path / "site"
    metadata = site / "weather-1.0.dist-info"
    metadata.mkdir(parents=True)
    (site / "weather").mkdir()
    (site / "weather/__init__.py").write_text("from weather.plugin import Weather as Weather\n")
    (site / "weather/plugin.py").write_text(SOURCE)
    (site / "weather/sky.py").write_text(SKY)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: weather\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(site)


def run(*words: str) -> Result:
    return CliRunner().invoke(toolpost, list(words))


def enabled() -> list[str]:
    tables = tomllib.loads(Path("config.toml").read_text())["plugins"]
    return [name for name, table in tables.items() if table.get("enabled", True)]


def test_a_plugin_is_not_enabled_before_what_it_needs_is_there():
    Path("config.toml").write_text("[plugins.trace]\n")
    done = run("plugins", "enable", "weather")
    assert done.exit_code == 2
    assert "needs plugin 'sky', which is not enabled; run `toolpost plugins enable sky`" in done.stderr
    assert f"needs the setting 'api_key'; write it below [plugins.weather] in {Path.cwd()}/config.toml" in done.stderr
    assert "needs the setting 'days'" in done.stderr
    assert "nothing was changed" in done.stderr
    assert not {"unknown", "count", "store", "seen", "place"} & {word.strip("';") for word in done.stderr.split()}
    assert enabled() == ["trace"]


def test_it_is_enabled_once_all_is_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOOLPOST__WEATHER__DAYS", "3")
    Path("config.toml").write_text("[plugins.sky]\n[plugins.weather]\nenabled = false\napi_key = 'canary'\n")
    done = run("plugins", "enable", "weather")
    assert (done.exit_code, done.stderr) == (0, "")
    assert enabled() == ["sky", "weather"]


def test_a_person_may_insist():
    Path("config.toml").write_text("[plugins.sky]\n")
    done = run("plugins", "enable", "weather", "--anyway")
    assert done.exit_code == 0
    assert "but toolpost does not start so: plugin 'weather' needs the setting 'api_key'" in done.stderr
    assert enabled() == ["sky", "weather"]


LAYER = "class Sky:\n    def middleware(self):\n        return None\n"
HINT = (
    "it has a layer: where it cannot be built, calls go on without it, unless required = true stands below "
    "[plugins.sky]; toolpost does not start then\n"
)


@pytest.mark.parametrize(
    ("source", "table", "said"),
    [(LAYER, "", HINT), (LAYER, "[plugins.sky]\nrequired = true\n", ""), (SKY, "", "")],
)
def test_who_enables_a_layer_is_told_how_to_require_it(tmp_path: Path, source: str, table: str, said: str):
    (tmp_path / "site/weather/sky.py").write_text(source)
    Path("config.toml").write_text(f"[plugins.trace]\n{table}")
    done = run("plugins", "enable", "sky")
    assert (done.exit_code, done.stderr) == (0, said)


def test_a_manifest_says_that_there_is_a_layer(tmp_path: Path):
    manifest = {"manifest": 1, "plugins": {"sky": {"hooks": ["middleware"]}}}
    (tmp_path / "site/weather/toolpost.json").write_text(json.dumps(manifest))
    Path("config.toml").write_text("[plugins.trace]\n")
    assert run("plugins", "enable", "sky").stderr == HINT
    assert json.loads(run("plugins", "enable", "sky", "--json").stdout)["state"] == "enabled"


def test_who_disables_a_plugin_is_told_what_stands_on_it():
    Path("config.toml").write_text("[plugins.sky]\n[plugins.weather]\napi_key = 'canary'\ndays = 3\n")
    done = run("plugins", "disable", "sky")
    assert (done.exit_code, enabled()) == (0, ["weather"])
    assert "but plugin 'weather' needs it, and toolpost does not start so" in done.stderr
    assert run("plugins", "disable", "weather").stderr == ""


def test_the_sources_of_the_bundled_plugins_tell_what_they_stand_on():
    found = installed()
    assert {"chat", "dalle", "moderation", "vision"} <= set(standing_on("openai", list(found), found))
    assert {"dalle", "gallery", "moderation", "vision"} <= set(standing_on("pictures", list(found), found))
    assert standing_on("local", list(found), found) == []


PORT = '''
from dataclasses import dataclass
from typing import Protocol


class Speaker(Protocol):
    name: str

    def speak(self, text: str) -> None: ...


@dataclass
class Crier:
    speaker: Speaker


@dataclass
class Quiet:
    name: str = "quiet"


@dataclass
class Loud:
    name: str = "loud"

    def speak(self, text: str) -> None: ...


class Inherits(Loud):
    """Nobody can tell from this alone."""
'''


@pytest.fixture
def port(tmp_path: Path) -> None:
    """A plugin that needs whoever fulfils a protocol, one that does, one that does not, and one that may."""
    metadata = tmp_path / "site/port-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: port\nVersion: 1.0\n")
    names = ("crier", "quiet", "loud", "inherits")
    lines = [f"{name} = port:{name.capitalize()}" for name in names]
    (metadata / "entry_points.txt").write_text("\n".join(["[toolpost]", *lines, ""]))
    (tmp_path / "site/port.py").write_text(PORT)


@pytest.mark.usefixtures("port")
def test_a_plugin_that_needs_a_protocol_is_told_who_fulfils_it():
    Path("config.toml").write_text("[plugins.trace]\n[plugins.quiet]\n")
    done = run("plugins", "enable", "crier")
    assert done.exit_code == 2
    assert "needs a plugin that is a Speaker for 'speaker', and none is enabled" in done.stderr
    assert "run `toolpost plugins enable loud`" in done.stderr


@pytest.mark.usefixtures("port")
@pytest.mark.parametrize("other", ["loud", "inherits"])
def test_a_plugin_whose_protocol_is_fulfilled_or_may_be_is_enabled(other: str):
    Path("config.toml").write_text(f"[plugins.trace]\n[plugins.{other}]\n")
    assert run("plugins", "enable", "crier").exit_code == 0
