"""Rules as an operator writes them: read with care, told in words, and about models by their own names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from toolpost import ConfigError, Host
from toolpost.config.environment import Variables
from toolpost.config.load import read
from toolpost.explain import account
from toolpost.middleware.limits import Limits, Override, Rule
from toolpost.plugins.build import keyword_arguments

from .conftest import Bench, admissions, admitted, call_of

WRITTEN = """
[plugins.limits]
max_wait = 5

[[plugins.limits.rules]]
name = "pictures"
per = ["principal", "tool"]
tools = ["generate_*"]
rate = "10/minute"
burst = 3
concurrency = 2
override = { ann = { rate = "100/minute" } }

[[plugins.limits.rules]]
providers = ["openai"]
rate = "500/minute"
"""


def built(text: str, tmp_path: Path) -> Limits:
    """The plugin as the host builds it from a file."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    table = read(path, Variables({})).plugins["limits"]
    return Limits(**keyword_arguments(Limits, table.settings, table.source, {"store", "models"}))


def test_rules_are_tables(tmp_path: Path):
    limits = built(WRITTEN, tmp_path)
    ann = Override(rate="100/minute")
    pictures = Rule("pictures", ["principal", "tool"], ["generate_*"], rate="10/minute", burst=3, concurrency=2)
    assert limits.rules[0] == Rule(**{**vars(pictures), "override": {"ann": ann}})
    assert [limit.name for limit in limits._limits] == ["pictures", "rule 2"]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('rate = "often"', "10/minute"),
        ('tools = ["x"]', "a rule needs a rate"),
        ('rate = "1/minute"\nburst = 0', "greater than or equal to 1"),
        ('rate = "1/minute"\nper = ["planet"]', "'principal', 'tool', 'plugin', 'provider' or 'model'"),
        ('rate = "1/minute"\nbrust = 2', "rules.0.brust|0.brust"),
        ('rate = "1/minute"\noverride = { ann = { rate = "2/minute" } }', "add 'principal' to per"),
        ('per = ["principal"]\nrate = "1/minute"\noverride = { ann = { rate = "x" } }', "10/minute"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_where_it_stands(rule: str, says: str, tmp_path: Path):
    with pytest.raises(ConfigError, match=says) as told:
        built(f"[plugins.limits]\n[[plugins.limits.rules]]\n{rule}\n", tmp_path)
    assert "config.toml" in str(told.value)


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="'same'"):
        Limits(rules=[Rule("same", rate="1/day"), Rule("same", rate="2/day")])


def test_limits_are_shared_in_a_store_or_not_at_all():
    with pytest.raises(ValueError, match="no store"):
        Limits(shared=True)


async def test_without_rules_the_layer_is_not_there(bench: Bench):
    async with bench.host() as host:
        assert not any(bench.limits.applies_to(tool) for tool in host.tools.values())
        assert await admissions(host, 100) == 100


async def test_a_rule_is_not_there_for_tools_that_it_is_not_about(bench: Bench):
    async with bench.host(Rule(tools=["wo*"], rate="1/day")) as host:
        assert [name for name, tool in host.tools.items() if bench.limits.applies_to(tool)] == ["work"]


async def test_tools_are_told_apart_by_the_plugin_that_brought_them(bench: Bench):
    async with bench.host(Rule(plugins=["desk"], rate="1/day"), Rule(plugins=["other"], rate="1/day")) as host:
        assert [limit.rule.plugins for limit in bench.limits._of(host.tools["rest"])] == [["desk"]]


class Catalogue:
    """Knows two models, one of them by two names."""

    def model_named(self, name: str, /) -> str | None:
        return {"small": "tiny-1", "tiny-1": "tiny-1", "large": "huge-2", "huge-2": "huge-2"}.get(name)


@pytest.fixture
def models(bench: Bench) -> Any:
    def host(*rules: Rule, catalogue: bool = True) -> Host:
        return bench.host(*rules, models=Catalogue() if catalogue else None)

    return host


async def test_an_alias_and_its_model_share_a_bucket(models: Any):
    async with models(Rule(per=["model"], rate="2/day")) as host:
        passed = [await admitted(host, tool="ask", model=name) for name in ("small", "tiny-1", "small", "huge-2")]
    assert passed == [True, True, False, True]


async def test_the_default_of_the_tool_counts_where_no_model_is_named(models: Any):
    async with models(Rule(per=["model"], rate="2/day")) as host:
        assert [await admitted(host, tool="ask", **given) for given in ({}, {"model": "tiny-1"}, {})] == [
            True,
            True,
            False,
        ]


async def test_models_that_nobody_knows_share_one_bucket(bench: Bench, models: Any):
    async with models(Rule(per=["model"], rate="3/day")) as host:
        passed = [await admitted(host, tool="ask", model=f"invented-{number}") for number in range(1_000)]
        assert sum(passed) == 3
        assert len(bench.limit.buckets) == 1


@pytest.mark.parametrize("model", [None, 7, ["small"], {"a": 1}, "x" * 1_000_000, "\ud800", ""])
async def test_what_is_no_model_is_the_unknown_one(bench: Bench, models: Any, model: Any):
    async with models(Rule(per=["model"], rate="1/day")) as host:
        call = call_of(host, "ask", model=model)
        assert bench.limit._key(call) == ("tiny-1" if not model else "other")


async def test_models_that_a_rule_names_are_known_without_a_catalogue(models: Any):
    rules = Rule(per=["model"], models=["llama", "qwen"], rate="1/day")
    async with models(rules, catalogue=False) as host:
        passed = [await admitted(host, tool="ask", model=name) for name in ("llama", "qwen", "llama", "other")]
    assert passed == [True, True, False, True]


async def test_only_tools_that_take_a_model_fall_under_a_rule_about_models(bench: Bench, models: Any):
    async with models(Rule(per=["model"], rate="1/day")) as host:
        assert [name for name, tool in host.tools.items() if bench.limits.applies_to(tool)] == ["ask"]


async def test_the_layer_tells_what_it_would_do(bench: Bench, tmp_path: Path):
    rules = Rule("slow", per=["principal"], rate="1/minute"), Rule("other", principals=["bob"], rate="1/day")
    path = tmp_path / "config.toml"
    path.write_text("[plugins.limits]\n")
    async with bench.host(*rules) as host:

        def would() -> Any:
            return account(host, read(path, Variables({})), call_of(host))["layers"][0]["would"]

        free = "slow: would let in 1/minute with bursts of 1 for each principal"
        assert would() == free
        await admitted(host)
        assert would() == f"{free}, which is now in 60 seconds"
        assert bench.limits.explain(call_of(host, principal="eve")) == free
