"""Rules as they stand in a configuration file: read, checked, and blamed by file, table and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from toolpost.config.environment import Variables
from toolpost.config.fields import keyword_arguments
from toolpost.config.load import read
from toolpost.errors import ConfigError
from toolpost.middleware.policy import Nature, Policy, Rule


def settings(text: str, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "config.toml"
    path.write_text(text)
    table = read(path, Variables({})).plugins["policy"]
    return keyword_arguments(Policy, table.settings, table.source)


def test_rules_are_tables(tmp_path: Path):
    text = """
    [plugins.policy]
    required = true

    [[plugins.policy.rules]]
    tools = ["write_*"]
    plugins = ["sqlite"]
    principals = ["ann", "team-*"]
    surfaces = ["http"]
    when = { destructive = true }
    do = "confirm"
    reason = "Writing needs a second look."
    timeout = 30

    [[plugins.policy.rules]]
    do = "deny"
    """
    confirm, deny = Policy(**settings(text, tmp_path)).rules
    assert confirm == Rule(
        do="confirm",
        tools=("write_*",),
        plugins=("sqlite",),
        principals=("ann", "team-*"),
        surfaces=("http",),
        when=Nature(destructive=True),
        reason="Writing needs a second look.",
        timeout=30,
    )
    assert deny == Rule(do="deny")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('do = "dney"', "1.do: input should be 'allow', 'deny' or 'confirm'"),
        ('tools = ["a"]', "1.do: field required"),
        ('do = "deny"\ntols = ["a"]', "1: unknown key 'tols'; did you mean 'tools'?"),
        ('do = "deny"\ntools = "a"', "1.tools: input should be a valid array"),
        ('do = "deny"\ntools = []', "1.tools: tuple should have at least 1 item"),
        ('do = "deny"\nwhen = { destuctive = true }', "1.when: unknown key 'destuctive'; did you mean 'destructive'?"),
        ('do = "deny"\nwhen = { destructive = 1 }', "1.when.destructive: input should be a valid boolean"),
        ('do = "deny"\ntimeout = 5', "1: a rule that denies has no timeout; leave it out"),
        ('do = "allow"\nrate = "5 a day"', "1: rate '5 a day' cannot be read; write it like '10/minute'"),
        ('do = "allow"\ntimeout = 0', "1.timeout: input should be greater than 0"),
    ],
)
def test_a_mistake_is_named_with_its_place(rule: str, said: str, tmp_path: Path):
    text = f'[plugins.policy]\n[[plugins.policy.rules]]\ndo = "allow"\n[[plugins.policy.rules]]\n{rule}\n'
    with pytest.raises(ConfigError) as error:
        settings(text, tmp_path)
    assert str(error.value).startswith(f"{tmp_path / 'config.toml'}:")
    assert "[plugins.policy] rules: " in str(error.value)
    assert said in str(error.value)
