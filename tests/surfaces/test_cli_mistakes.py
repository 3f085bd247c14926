"""Every mistake in a configuration, in every command: one line, status 2, and nothing on stdout."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolpost.cli import toolpost

SAMPLES = Path(__file__).parents[1] / "core/plugins/samples"
COMMANDS = [["tools", "list"], ["tools", "show", "x"], ["explain", "x"], ["config", "check"], ["config", "show"]]
COMMANDS += [["plugins", "disable", "trace"], ["nonsense"]]
Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.syspath_prepend(SAMPLES)
    monkeypatch.setenv("PYTHONPATH", str(SAMPLES))

    def invoke(text: str, *words: str) -> Result:
        Path("config.toml").write_text(text)
        return CliRunner().invoke(toolpost, ["--config", "config.toml", *words])

    return invoke


def a_line(result: Result) -> str:
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("toolpost: ")
    assert line.isprintable()
    return line


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plugins.trace\n", "config.toml:1: this is not TOML"),
        ("[plugin.trace]\n", "config.toml:1: plugin: unknown table 'plugin'; did you mean 'plugins'?"),
        ("[server]\ngrace = 'x'\n", "config.toml:2: [server] grace: input should be a valid number"),
        ("", "config.toml:1: the file is empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(run: Run, command: list[str], text: str, said: str):
    assert said in a_line(run(text, *command))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--bogus"], "no such option '--bogus'"),
        (["call"], "missing argument 'TOOL'"),
        (["tools", "approve"], "name the tools to approve, or give --all"),
    ],
)
def test_a_command_that_is_written_wrongly_is_told_by_the_same_name(run: Run, words: list[str], said: str):
    result = run("[plugins.injection]\n", *words)
    usage, line = result.stderr.splitlines()
    assert (result.exit_code, usage.partition(" ")[0], line) == (2, "Usage:", f"toolpost: {said}")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('rate = "x"', "rules: 0: rate 'x' cannot be read; write it like '10/minute'"),
        ('name = "a"', "rules: 0: a rule needs a rate, such as '10/minute', or a concurrency"),
        ('rate = "5/minute"\nrat = 1', "rules: 0.rat: this key is unknown here; take it out"),
    ],
)
def test_a_rule_that_is_wrong_is_told_in_words_of_ours(run: Run, rule: str, said: str):
    assert f"[plugins.limits] {said}" in a_line(run(f"[[plugins.limits.rules]]\n{rule}\n", "config", "check"))


BUILT = [["tools", "list"], ["tools", "disable", "x"], ["explain", "x"], ["config", "check"], ["nonsense"]]


@pytest.mark.parametrize("command", BUILT, ids=" ".join)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[plugins.trce]\n", "config.toml:1: [plugins.trce]: plugin 'trce' is not installed; did you mean 'trace'?"),
        ("[plugins.pii]\ntypes = 'x'\n", "config.toml:2: [plugins.pii] types: input should be a valid "),
        ("[plugins.picky]\nsize = 2\n", "config.toml:1: [plugins.picky]: size is 2, and must be 1"),
        (
            "[plugins.dependent]\n",
            "[plugins.dependent]: plugin 'dependent' needs plugin 'needed', which is not enabled",
        ),
        ("[plugins.exploding]\nrequired = true\n", "plugin 'exploding' (unruly 2.0) is required and does not start: R"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_one_line(run: Run, command: list[str], text: str, said: str):
    assert said in a_line(run(text, *command))


@pytest.mark.parametrize(
    "text", ["[plugins.trace\n", "[plugins.picky]\nsize = 2\n", "[plugins.chat]\nmodel = '${GONE}'\n"]
)
def test_the_doctor_reports_mistakes_and_goes_on(run: Run, text: str):
    result = run(text, "doctor")
    assert result.exit_code == 1
    assert "look  " in result.stdout
    assert "config.toml:" in result.stdout
    assert result.stderr == ""


def test_the_doctor_names_broken_plugins_and_clashes(run: Run):
    result = run("[plugins.workbench]\n[plugins.rival]\n[plugins.exploding]\n", "doctor")
    assert result.exit_code == 1
    assert "look  plugin 'exploding' (unruly 2.0) is left out: RuntimeError: this plugin must not be" in result.stdout
    assert "look  tool 'echo' of plugin 'rival' (unruly 2.0) is called 'rival_echo'" in result.stdout


def test_the_doctor_names_layers_that_stand_in_the_wrong_order(run: Run):
    result = run("[plugins.cache]\n[plugins.pii]\n", "doctor")
    assert "look  [plugins.cache] stands before [plugins.pii]: " in result.stdout


def test_the_doctor_has_nothing_to_say_of_what_is_shipped(run: Run):
    result = CliRunner().invoke(toolpost, ["doctor"])
    assert (result.exit_code, "look" in result.stdout) == (0, False)


@pytest.mark.parametrize("words", [["serve"], ["call", "echo", "x"], ["--config", "gone.toml", "serve"]])
@pytest.mark.parametrize("text", ["[plugins.trace\n", "[plugins.picky]\nsize = 2\n"])
def test_what_clients_start_says_it_on_stderr_alone(run: Run, words: list[str], text: str):
    Path("config.toml").write_text(text)
    command = [sys.executable, "-m", "toolpost", *words]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("toolpost: ")


def test_a_broken_plugin_does_not_keep_the_others_from_being_used(run: Run):
    result = run("[plugins.exploding]\n[plugins.quitting]\n[plugins.workbench]\n", "workbench")
    assert (result.exit_code, result.stdout) == (0, "hello\n")


def test_config_check_names_what_does_not_start(run: Run):
    result = run("[plugins.exploding]\n[plugins.workbench]\n", "config", "check")
    assert result.exit_code == 2
    assert "these enabled plugins do not start: exploding" in result.stderr


def test_recovery_needs_no_variables(run: Run):
    text = "[plugins.chat]\nmodel = '${GONE}'\n"
    assert "variable GONE is not set" in a_line(run(text, "tools", "list"))
    assert run(text, "plugins", "list").exit_code == 0
    assert run(text, "plugins", "disable", "chat").exit_code == 0
    assert "enabled = false" in Path("config.toml").read_text()


def test_a_wrong_override_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOOLPOST__SERVER__GRACE", "soon")
    assert "TOOLPOST__SERVER__GRACE: input should be a valid number" in a_line(run("[plugins.trace]", "tools", "list"))


def test_an_event_loop_that_is_not_installed_is_named(run: Run):
    Path("config.toml").write_text("[server]\nbackend = 'trio'\n[plugins.trace]\n")
    hidden = "import sys; sys.modules['trio'] = None; from toolpost.__main__ import main; main()"
    command = [sys.executable, "-c", hidden, "serve"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'toolpost[trio]'" in done.stderr


SECRETS = """
[server]
log_level = "DEBUG"
[plugins.workbench]
api_key = "canary-key"
webhook = "canary-field"
url = "https://me:canary-user@example.org/${MY_TOKEN}"
[plugins.leaky]
api_key = "canary-leak"
url = "https://me:canary-user@example.org"
"""


@pytest.mark.parametrize(
    "command",
    [
        ["config", "show"],
        ["config", "show", "--json"],
        ["plugins", "show", "workbench"],
        ["plugins", "show", "leaky", "--json"],
        ["plugins", "list", "--json"],
        ["tools", "list"],
        ["explain", "echo", "x"],
        ["config", "check"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_no_command_shows_a_secret(run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]):
    monkeypatch.setenv("MY_TOKEN", "canary-variable")
    result = run(SECRETS, *command)
    assert "canary" not in result.output
    assert result.exit_code in (0, 1, 2)


def test_no_secret_is_in_the_log(run: Run):
    Path("config.toml").write_text(SECRETS)
    script = (
        "import logging, sys; from toolpost.logs import log_to_stderr; from toolpost.config.load import load;"
        "log_to_stderr(load());"
        "logging.debug('key canary-key\\nat https://me:canary-user@x.org\\x1b[31m %s', 'canary-v');"
        "logging.error('failed', exc_info=OSError('canary-field'))"
    )
    environ = {**os.environ, "MY_TOKEN": "canary-v"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environ, check=True)
    assert "canary" not in done.stderr
    assert done.stderr.startswith("toolpost: DEBUG: key (hidden) | at https://(hidden)@x.org\\x1b[31m (hidden)\n")


@pytest.mark.parametrize("text", ["[plugin.trace]\n", "[server]\ngrace = 'x'\n", ""])
def test_the_list_of_plugins_comes_also_where_the_file_is_broken(run: Run, text: str):
    result = run(text, "plugins", "list")
    assert result.exit_code == 0
    assert "trace" in result.output
