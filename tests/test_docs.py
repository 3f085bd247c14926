"""What README and handbook show works as shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from toolpost import Host
from toolpost.cli import toolpost
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.errors import ConfigError

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


INJECTED = {
    "artefacts",
    "clock",
    "local",
    "names",
    "now",
    "openai",
    "overview",
    "pictures",
    "prices",
    "reader",
    "store",
}


GIVEN = {
    "local": {"folders"},
    "injection": {"folders", "changes", "looks"},
    "limits": {"models"},
    "status": {"pausing", "folders", "parted"},
    "gateway": {"gallery"},
    "size": {"finds"},
    "upstream": {"changes", "folders"},
}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


async def test_the_plugin_of_the_readme_works():
    names: dict[str, Any] = {"__name__": "dice"}
    sys.modules["dice"] = ModuleType("dice")
    plugin = next(block for block in blocks(ROOT / "README.md", "python") if "class Dice" in block)
    exec(compile(plugin, "dice.py", "exec"), names)
    async with Host([names["Dice"](sides=2)]) as host:
        assert len((await host.call("roll", {"count": 4})).structured["result"]) == 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_python_block_is_python(page: Path):
    for block in blocks(page, "python"):
        compile(block, page.name, "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_shown_exists(page: Path):
    context = click.Context(toolpost)
    for line in "\n".join(blocks(page, "sh")).splitlines():
        if found := re.match(r"(?:\./run |uv run )?toolpost ([a-z]+)(?: ([a-z|]+))?", line):
            command = toolpost.get_command(context, found[1])
            assert command is not None, line
            if isinstance(command, click.Group):
                assert set((found[2] or "").split("|")) <= set(command.list_commands(context)), line


def test_the_shipped_configuration_names_every_setting_once():
    from toolpost.config.fields import field_types
    from toolpost.plugins.find import installed

    config = read(ROOT / "config.toml", Variables({}))
    text = (ROOT / "config.toml").read_text("utf-8")
    commented = set(re.findall(r"^# (\w+) = ", text, re.MULTILINE))
    commented |= set(re.findall(r"^# \[plugins\.\w+\.(\w+)", text, re.MULTILINE))
    for name, table in config.plugins.items():
        known = set(field_types(installed()[name][0].entry_point.load()))
        settings = known - INJECTED - GIVEN.get(name, set())
        assert settings - commented == set(table.settings) - commented, name


def test_the_shipped_configuration_says_the_defaults():
    from toolpost.plugins.find import installed

    config = read(ROOT / "config.toml", Variables({}))
    for name in ("validation", "timeout", "retry", "pii", "cache"):
        plugin = installed()[name][0].entry_point.load()()
        for key, setting in config.plugins[name].settings.items():
            assert getattr(plugin, key) == setting.value, f"{name}.{key}"


def test_what_the_handbook_says_to_add_can_be_added_to_the_shipped_file(tmp_path: Path):
    shipped = (ROOT / "config.toml").read_text("utf-8")
    added = [block for block in blocks(ROOT / "docs/configure.md", "toml") if block.startswith("[[")]
    assert added
    for block in added:
        file = tmp_path / "config.toml"
        file.write_text(f"{shipped}\n{block}", "utf-8")
        read(file, Variables({}))


def test_what_is_there_twice_is_said_so(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_text("[plugins.limits]\nrules = []\n[[plugins.limits.rules]]\nrate = '1/minute'\n")
    with pytest.raises(ConfigError, match=r":3: this table or key is there already.*delete one of the two"):
        read(file, Variables({}))
