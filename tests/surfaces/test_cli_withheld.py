"""A tool that is withheld is no unknown one: commands say so, and how to look at it and approve it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from .terminals import TOOLPOST

SOURCE = '''
"""Cooks."""

from dataclasses import dataclass

from toolpost import Tool, hookimpl


@dataclass
class Kitchen:
    """Cooks."""

    @hookimpl
    def tools(self):
        return [Tool(self.cook), Tool(self.bake)]

    async def cook(self, meal: str) -> str:
        """Cook a meal."""
        return f"cooked {meal}"

    async def bake(self) -> str:
        """Bake a cake."""
        return "baked"
'''
WHY = (
    "tool 'cook' of plugin 'kitchen' is withheld: the definition is not the one that was approved; "
    "see `toolpost tools review`, then `toolpost tools approve cook`"
)
EDITABLE = '{"url": "file:///kitchen", "dir_info": {"editable": true}}'


def toolpost(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*TOOLPOST, *words], capture_output=True, text=True, check=False)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a distribution lies whose tools were seen once."""
    site = tmp_path / "site"
    metadata = site / "ann_kitchen-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ann-kitchen\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[toolpost]\nkitchen = kitchen:Kitchen\n")
    (site / "kitchen.py").write_text(SOURCE)
    monkeypatch.setenv("PYTHONPATH", str(site))
    Path("config.toml").write_text("[plugins.injection]\n[plugins.kitchen]\n")
    assert toolpost("call", "cook", "soup").stdout == "cooked soup\n"
    return site


def edit(site: Path) -> None:
    (site / "kitchen.py").write_text(SOURCE.replace("Cook a meal.", "Cook a whole meal."))


@pytest.mark.parametrize(
    "words", [("tools", "show", "cook"), ("tools", "enable", "cook"), ("explain", "cook"), ("call", "cook", "soup")]
)
def test_a_command_on_a_withheld_tool_says_so_and_the_way_out(site: Path, words: tuple[str, ...]) -> None:
    edit(site)
    done = toolpost(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"toolpost: {WHY}\n")


def test_the_list_has_it_without_its_words(site: Path) -> None:
    edit(site)
    said = toolpost("tools", "list").stdout
    assert "cook  withheld  kitchen  the definition is not the one that was approved; see `toolpost tools" in said
    rows = {row["name"]: row for row in json.loads(toolpost("tools", "list", "--json").stdout)}
    assert (rows["bake"]["state"], rows["cook"]["state"]) == ("enabled", "withheld")
    assert rows["cook"]["description"] == ""


def test_it_can_be_disabled_all_the_same(site: Path) -> None:
    edit(site)
    assert toolpost("tools", "disable", "cook").returncode == 0


def test_what_it_says_to_do_shows_the_tool_again(site: Path) -> None:
    edit(site)
    assert "+description: Cook a whole meal." in toolpost("tools", "review").stdout
    assert toolpost("tools", "approve", "cook").returncode == 0
    assert toolpost("call", "cook", "soup").stdout == "cooked soup\n"


def test_an_author_edits_and_goes_on(site: Path) -> None:
    (site / "ann_kitchen-1.0.dist-info" / "direct_url.json").write_text(EDITABLE)
    edit(site)
    assert toolpost("call", "cook", "soup").stdout == "cooked soup\n"
    assert "Cook a whole meal." in toolpost("tools", "show", "cook").stdout
