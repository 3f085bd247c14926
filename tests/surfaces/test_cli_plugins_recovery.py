"""Commands that a person needs when plugins are broken: none of them imports one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nSummary: About {name}.\n"
IMPORTED = """
import atexit, sys
from toolpost.__main__ import main
atexit.register(lambda: print(*sys.modules, file=sys.stderr))
main()
"""
CONFIG = "[plugins.trace]\n[plugins.deadly]\n"


@pytest.fixture(autouse=True)
def deadly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plugin that ends the process when it is imported, enabled in the configuration."""
    site = tmp_path / "site"
    metadata = site / "deadly-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(METADATA.format(name="deadly"))
    (metadata / "entry_points.txt").write_text("[toolpost]\ndeadly = deadly:Deadly\n")
    (site / "deadly.py").write_text('"""Ends it all."""\nimport os\nos._exit(9)\n')
    monkeypatch.setenv("PYTHONPATH", str(site))
    Path("config.toml").write_text(CONFIG)
    return site


def run(*words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", IMPORTED, *words]
    given = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
    return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), **given)  # type: ignore[call-overload,no-any-return]


def test_the_plugin_does_what_it_is_said_to_do_and_is_left_out():
    done = run("tools", "list")
    assert (
        "plugin 'deadly' (deadly 1.0) is left out: PluginError: its import ends its process with status 9"
        in done.stderr
    )
    assert done.returncode == 0


@pytest.mark.parametrize(
    "words",
    [
        ["plugins", "list"],
        ["plugins", "list", "--json"],
        ["plugins", "show", "deadly"],
        ["plugins", "disable", "deadly"],
        ["plugins", "enable", "deadly"],
        ["plugins", "install", "weather", "--dry-run"],
        ["plugins", "uninstall", "deadly", "--dry-run"],
        ["plugins", "upgrade", "--dry-run"],
        ["plugins", "--help"],
        ["config", "path"],
        ["config", "show"],
        ["--safe-mode", "tools", "list"],
        ["--safe-mode", "doctor"],
    ],
    ids=" ".join,
)
def test_a_command_for_recovery_imports_no_plugin(words: list[str]):
    done = run(*words)
    assert done.returncode in (0, 1), done.stderr
    assert "deadly" not in done.stderr.splitlines()[-1].split()


def test_list_needs_nothing_that_is_slow_to_import():
    modules = run("plugins", "list").stderr.split()
    assert not {"pydantic", "mcp_types", "anyio", "packaging", "rich", "tomlkit"} & set(modules)


def test_a_configuration_that_is_wrong_elsewhere_is_listed_all_the_same():
    Path("config.toml").write_text(f"[server]\ngrace = 'long'\n[http]\nnonsense = 1\n{CONFIG}")
    states = {one["name"]: one["state"] for one in json.loads(run("plugins", "list", "--json").stdout)}
    assert (states["trace"], states["deadly"]) == ("enabled", "enabled")


def test_a_variable_and_a_dotenv_file_count():
    Path(".env").write_text("TOOLPOST__DEADLY__ENABLED=false\n")
    states = {one["name"]: one["state"] for one in json.loads(run("plugins", "list", "--json").stdout)}
    assert states["deadly"] == "disabled"


def test_what_was_skipped_at_the_last_start_is_listed_with_its_reason(deadly: Path):
    (deadly / "deadly.py").write_text("raise ImportError('no such wind')\n")
    assert run("tools", "list").returncode == 0
    row = next(one for one in json.loads(run("plugins", "list", "--json").stdout) if one["name"] == "deadly")
    assert (row["state"], row["distribution"]) == ("skipped", "deadly 1.0")
    assert row["reason"] == "at the last start: ImportError: no such wind (deadly.py:1)"
    assert "reason        at the last start" in run("plugins", "show", "deadly").stdout


def test_a_conflict_is_listed_before_any_start_and_told_when_enabled(deadly: Path):
    metadata = deadly / "deadly-1.0.dist-info/METADATA"
    metadata.write_text(f"{metadata.read_text()}Requires-Dist: toolpost>=99\n")
    assert "deadly requires toolpost>=99, and this is toolpost" in run("plugins", "list").stdout
    assert "but it will be skipped: deadly requires" in run("plugins", "enable", "deadly").stderr
    assert run("tools", "list").returncode == 0


def test_nothing_is_changed_without_an_answer():
    done = run("plugins", "uninstall", "deadly")
    assert done.returncode == 2
    assert "stdin is no terminal; add --yes" in done.stderr
    assert Path("config.toml").read_text() == CONFIG


def test_an_option_in_place_of_a_name_is_refused():
    done = run("plugins", "install", "--yes", "--", "--index-url=https://evil.example")
    assert done.returncode == 2
    assert "is no distribution" in done.stderr or "no file or folder" in done.stderr


def test_a_manifest_is_written_checked_and_shown(tmp_path: Path, deadly: Path):
    source = "from toolpost import Tool, hookimpl\nclass Deadly:\n    @hookimpl\n    def tools(self):\n"
    source += '        return [Tool(self.calm, read_only=True)]\n    def calm(self) -> str:\n        "Calm."\n'
    (deadly / "deadly.py").write_text(source)
    assert run("plugins", "manifest", "deadly", "--check").returncode == 1
    done = run("plugins", "manifest", "deadly")
    assert "deadly: tool calm" in done.stdout, done.stderr
    assert run("plugins", "manifest", "deadly", "--check").returncode == 0
    (deadly / "deadly.py").write_text("import os\nos._exit(9)\n")
    shown = run("plugins", "show", "deadly")
    assert "tool          calm: Calm. [read_only]" in shown.stdout
    assert run("plugins", "manifest", "deadly", "--check").returncode == 2


def test_doctor_imports_no_plugin_in_safe_mode_unless_it_is_to_look_deep():
    Path("config.toml").write_text(f"{CONFIG}[plugins.gone]\n")
    quick, deep = run("--safe-mode", "doctor"), run("--safe-mode", "doctor", "--deep")
    assert "toolpost.middleware.trace" not in quick.stderr.split()
    assert "look  plugin 'gone' is missing: it is not installed" in quick.stdout
    assert "safe mode: no plugin was imported; --deep starts those that came with toolpost" in quick.stdout
    assert "toolpost.middleware.trace" in deep.stderr.split()
    assert "look  plugin 'deadly' (deadly 1.0) is left out: safe mode" in deep.stdout
