from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from toolpost import __version__
from toolpost.cli import toolpost

SAMPLES = Path(__file__).parents[1] / "core/plugins/samples"


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SAMPLES)
    Path("config.toml").write_text("[plugins.trace]\n[plugins.validation]\ndepth = 8\n[plugins.workbench]\n")


def run(*words: str) -> Result:
    return CliRunner().invoke(toolpost, list(words), prog_name="toolpost")


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            yield (*path, name)
            if isinstance(command, click.Group):
                yield from commands(command, *path, name)


@pytest.mark.parametrize("path", [(), *commands(toolpost)], ids=" ".join)
def test_help_explains_every_command_and_option(path: tuple[str, ...]):
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert f"Usage: toolpost {' '.join(path)}".strip() in result.stdout
    command: click.Command = toolpost
    for name in path:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), name) or pytest.fail(name)
    assert (command.help or "").strip()
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path}: {parameter.name}"


def test_the_version_is_told():
    assert run("--version").stdout == f"toolpost {__version__}\n"


def test_alone_it_shows_its_help():
    result = run()
    assert "Usage: toolpost" in result.output
    assert result.exit_code in (0, 2)


def test_it_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "toolpost", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.endswith(f"toolpost, {__version__}\n") or done.stdout.endswith(f" {__version__}\n")


@pytest.mark.parametrize(
    ("word", "said"),
    [("plugin", "did you mean 'plugins'?"), ("toools", "did you mean 'tools'?"), ("benchwork", "'workbench'")],
)
def test_an_unknown_command_names_the_nearest(word: str, said: str):
    result = run(word)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"there is no command {word!r}; " in result.stderr
    assert said in result.stderr or "workbench" in result.stderr


def test_a_plugin_adds_a_command():
    result = run("workbench")
    assert (result.exit_code, result.stdout) == (0, "hello\n")


def test_the_local_plugin_adds_its_commands():
    Path("config.toml").write_text("[plugins.local]\n")
    result = run("local", "--help")
    assert result.exit_code == 0
    assert "fetch" in result.stdout
    assert "status" in result.stdout


def test_the_configuration_is_shown_with_origins():
    said = run("config", "show").stdout
    assert f"# {Path.cwd()}/config.toml\n" in said
    assert 'backend = "asyncio"\n' in said
    assert f"[plugins.validation]\ndepth = 8    # {Path.cwd()}/config.toml:3\n" in said


def test_the_configuration_is_shown_for_programs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOOLPOST__VALIDATION__DEPTH", "9")
    shown = json.loads(run("config", "show", "--json").stdout)
    assert list(shown) == ["path", "server", "tools", "guards", "http", "plugins"]
    assert list(shown["plugins"]) == ["trace", "validation", "workbench"]
    assert shown["plugins"]["validation"] == {
        "enabled": True,
        "required": False,
        "settings": [{"key": "depth", "value": 9, "origin": "TOOLPOST__VALIDATION__DEPTH"}],
    }


def test_the_path_of_the_configuration_is_told():
    assert run("config", "path").stdout == f"{Path.cwd()}/config.toml\n"
    assert run("--config", "config.toml", "config", "path").stdout == f"{Path.cwd()}/config.toml\n"


def test_a_configuration_without_findings_is_told():
    assert run("config", "check").stdout == f"{Path.cwd()}/config.toml: 3 plugins, 11 tools, no findings\n"


def test_explain_tells_the_layers_from_the_outside_in_and_calls_nothing():
    result = run("explain", "fail")
    assert result.exit_code == 0
    assert result.stdout.index("  trace: ") < result.stdout.index("  validation: ")
    assert f"depth = 8    ({Path.cwd()}/config.toml:3)" in result.stdout


def test_explain_tells_what_would_be_refused():
    told = json.loads(run("explain", "echo", "times=0.5", "--json").stdout)
    assert (told["tool"], told["plugin"]) == ("echo", "workbench")
    assert told["layers"][1]["would"].startswith("would refuse: ")


@pytest.mark.parametrize(
    ("words", "said"), [(["ecco"], "did you mean 'echo'?"), (["echo", "txt=1"], "no such argument")]
)
def test_explain_names_what_is_unknown(words: list[str], said: str):
    result = run("explain", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_completion_for_each_shell(shell: str):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert "_TOOLPOST_COMPLETE" in result.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("toolpost pl", ["plugins"]),
        ("toolpost plugins en", ["enable"]),
        ("toolpost plugins enable val", ["validation"]),
        ("toolpost connect claude-d", ["claude-desktop"]),
        ("toolpost call --js", ["--json"]),
    ],
)
def test_bash_completes_a_line(line: str, completed: list[str], monkeypatch: pytest.MonkeyPatch):
    words = line.split(" ")
    script = (
        'eval "$(toolpost completion bash)"; '
        f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _toolpost_completion toolpost; "
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environ, check=False)
    assert done.stdout.split() == completed, done.stderr


def test_completion_says_nothing_about_a_broken_configuration():
    Path("config.toml").write_text("[plugins.trace\n")
    environ = {
        **os.environ,
        "_TOOLPOST_COMPLETE": "bash_complete",
        "COMP_WORDS": "toolpost nonsense x",
        "COMP_CWORD": "2",
    }
    command = str(Path(sys.executable).parent / "toolpost")
    done = subprocess.run([command], capture_output=True, text=True, env=environ, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")
