"""What `doctor` and `config check` say of a configuration, and that they say the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from toolpost.cli import toolpost

RULES = """
[plugins.policy]
rules = [{ do = "deny", tools = ["chatt"] }]
[plugins.limits]
rules = [
    { name = "mine", tools = ["chatt"], rate = "1/minute" },
    { providers = ["nobody"], rate = "1/minute" },
    { tools = ["list_jobs"], plugins = ["chat"], rate = "1/minute" },
    { tools = ["chat"], rate = "1/minute" },
]
[plugins.ledger]
[plugins.openai]
[plugins.local]
[plugins.chat]
"""
WRONG = (
    "[plugins.policy]: rule 1: no tool is called 'chatt'; did you mean 'chat'?",
    "[plugins.limits]: mine: no tool is called 'chatt'; did you mean 'chat'?",
    "[plugins.limits]: rule 2: no provider is called 'nobody'",
    "[plugins.limits]: rule 3: no tool falls under it",
)


def run(*words: str) -> Result:
    return CliRunner().invoke(toolpost, list(words))


def test_rules_that_match_nothing_are_found_by_both():
    Path("config.toml").write_text(RULES)
    doctor, check = run("doctor"), run("config", "check")
    assert (doctor.exit_code, check.exit_code) == (1, 2)
    for sentence in WRONG:
        assert sentence in doctor.stdout
        assert sentence in check.stderr
    assert "rule 4" not in doctor.stdout + check.stderr
    assert len(check.stderr.splitlines()) == 1


def test_layers_in_the_wrong_order_are_found_by_both():
    Path("config.toml").write_text("[plugins.ledger]\n[plugins.cache]\n")
    for said in (run("doctor").stdout, run("config", "check").stderr):
        assert "[plugins.ledger] stands before [plugins.cache]: " in said


@pytest.mark.parametrize("key", ["", "sk-canary"])
def test_what_does_not_work_without_a_key_is_said_plainly(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    said = run("doctor", "--strict")
    assert said.exit_code == 0, said.stdout
    for plugin, sentence in (
        ("chat", "no key is set, so a small model on this machine answers"),
        ("dalle", "its tools do not work without a key: set OPENAI_API_KEY"),
        ("moderation", "its tools do not work without a key: set OPENAI_API_KEY"),
        ("vision", "no key is set, so analyze_image tells what can be measured, and chat_with_image does not work"),
    ):
        assert (f"note  plugin {plugin!r}: {sentence}" in said.stdout) is (not key)
    assert "canary" not in said.stdout
    assert "OPENAI_API_KEY" in os.environ
