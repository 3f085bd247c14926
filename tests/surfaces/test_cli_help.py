from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolpost import Host
from toolpost.cli import toolpost
from toolpost.config.load import load
from toolpost.config.locate import shipped_file
from toolpost.packages.adding import added_by
from toolpost.packages.declared import declared
from toolpost.plugins.assemble import assemble
from toolpost.plugins.names import came_with_toolpost
from toolpost.plugins.registry import Registry

PLUGIN = '''
"""Says hello."""

import click

raise SystemExit("imported")


def group(plugin):
    @click.group("greet")
    def commands():
        """Greet people.

        All of them.
        """
'''
COUNTER = """
import click

from toolpost import Tool, hookimpl


class Counter:
    @hookimpl
    def tools(self):
        return [Tool(self.one, read_only=True)]

    def one(self) -> int:
        "One."
        return 1

    @hookimpl
    def commands(self, cli):
        @click.command("count")
        @click.pass_context
        def count(context):
            "Count."
            click.echo(list(context.meta["toolpost.host"].tools))

        cli.add_command(count)
        cli.get_command(click.get_current_context(), "tools").add_command(count)
"""
MANIFEST = '{"manifest": 1, "plugins": {"stranger": {"commands": [{"name": "wave", "description": "Wave.\\nTwice."}]}}}'


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A distribution that declares a command, and whose plugin nobody may import."""
    place = tmp_path / "site"
    metadata = place / "stranger-1.0.dist-info"
    metadata.mkdir(parents=True)
    (place / "stranger").mkdir()
    (place / "stranger/__init__.py").write_text(PLUGIN)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    entry_points = "[toolpost]\nstranger = stranger:Plugin\n[toolpost.commands]\ngreet = stranger:group\n"
    (metadata / "entry_points.txt").write_text(entry_points)
    monkeypatch.syspath_prepend(place)
    return place


def run(*words: str) -> Result:
    return CliRunner().invoke(toolpost, list(words), prog_name="toolpost")


def test_help_lists_the_commands_of_plugins_without_importing_one(stranger: Path):
    Path("config.toml").write_text("[plugins.stranger]\n")
    said = run("--help").stdout
    assert len(re.findall(r"^  greet +Greet people\.$", said.partition("Commands of plugins:\n")[2], re.MULTILINE)) == 1


def test_help_says_which_of_them_rest(stranger: Path):
    Path("mine.toml").write_text("[plugins.stranger]\nenabled = false\n")
    assert "Greet people. (plugin 'stranger' is not enabled)" in " ".join(
        run("--config", "mine.toml", "-h").stdout.split()
    )


def test_a_command_of_a_plugin_that_rests_says_how_to_enable_it(stranger: Path):
    Path("config.toml").write_text("[plugins.trace]\n")
    done = run("greet", "ann")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "a command of plugin 'stranger', which is not enabled; run `toolpost plugins enable stranger`" in done.stderr


def test_a_command_in_a_group_of_ours_says_so_too():
    Path("config.toml").write_text("[plugins.trace]\n")
    # In a process of its own: groups of ours keep what plugins have added to them.
    command = [sys.executable, "-m", "toolpost", "tools", "review"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "plugin 'injection', which is not enabled; run `toolpost plugins enable injection`" in done.stderr


def test_a_command_finds_its_host_wherever_a_plugin_adds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    metadata = tmp_path / "site" / "counter-1.0.dist-info"
    metadata.mkdir(parents=True)
    (tmp_path / "site" / "counter.py").write_text(COUNTER)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: counter\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[toolpost]\ncounter = counter:Counter\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    Path("config.toml").write_text("[plugins.counter]\n")
    for words in (["count"], ["tools", "count"]):
        command = [sys.executable, "-m", "toolpost", *words]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "['one']\n"


def test_a_manifest_declares_commands_as_well(stranger: Path):
    (stranger / "stranger/toolpost.json").write_text(MANIFEST)
    Path("config.toml").write_text("[plugins.stranger]\n")
    assert re.search(r"^  wave +Wave\.$", run("--help").stdout, re.MULTILINE)


def test_help_comes_where_the_configuration_is_broken():
    Path("config.toml").write_text("[plugins.trace\n")
    done = run("--help")
    assert done.exit_code == 0
    assert "Commands of plugins:" in done.stdout


def test_no_plugin_is_imported_for_help():
    script = "import atexit, sys\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    script += "from toolpost.__main__ import main\nmain()\n"
    for words in ([], ["tools"]):
        command = [sys.executable, "-c", script, "--config", str(shipped_file()), *words, "--help"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        imported = done.stderr.split()
        assert "Commands of plugins:" in done.stdout
        assert not [name for name in imported if name.startswith(("toolpost_", "toolpost.middleware"))]


def test_what_the_bundled_plugins_add_is_what_they_declare():
    host: Host = assemble(load(shipped_file()))
    added = {item["name"] for item in added_by(Registry(host.registry.plugins))}
    said = {" ".join(one.words): one for one in declared() if one.plugin in host.registry.plugins}
    assert said.keys() == added
    assert all(one.summary for one in said.values())


def test_each_declared_command_belongs_to_the_plugin_that_adds_it():
    owners = {" ".join(one.words): one.plugin for one in declared() if came_with_toolpost(one.plugin)}
    plugins = assemble(load(shipped_file())).registry.plugins
    for name, plugin in plugins.items():
        for item in added_by(Registry({name: plugin})):
            assert owners[item["name"]] == name
