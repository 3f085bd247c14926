"""`toolpost models` lists what is known of models and says when one behind an alias goes."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from toolpost_openai import OpenAI
from toolpost_openai.catalogue import today
from toolpost_openai.commands import group

ALL = ["gpt-6-luna", "gpt-6.1-sol", "gpt-image-2.5-flare", "gpt-image-2.5-sunburst"]


@pytest.fixture
def run():
    """Runs a command of one configured plugin; its exit status and what it printed."""

    def invoke(*words: str, **settings):
        done = CliRunner().invoke(group(OpenAI(**settings)), words)
        return done.exit_code, done.stdout

    return invoke


@pytest.fixture
def check(run, provider):
    """Checks against what the provider lists."""

    def asked(**settings):
        status, out = run("check", "--json", base_url=provider.base_url, **{"serves": "openai", **settings})
        return status, {finding["alias"]: finding for finding in json.loads(out)["findings"]}

    return asked


def test_the_list_shows_aliases_ends_and_what_follows(run):
    status, out = run("list")
    assert status == 0
    assert any(line.split()[:3] == ["gpt-image-2.5-flare", "pictures", "image.fast"] for line in out.splitlines())
    assert "dall-e-3" not in out
    assert "2026-05-12  gpt-image-2.5-sunburst" in run("list", "--all")[1]


def test_programs_get_what_each_model_takes(run):
    rows = {row["name"]: row for row in json.loads(run("list", "--json")[1])}
    assert rows["gpt-image-2"]["takes"]["qualities"] == ["auto", "low", "medium", "high"]
    assert rows["gpt-6-luna"]["takes"] == {
        "dialect": "responses",
        "temperature": False,
        "reasoning_effort_none": True,
    }
    assert rows["gpt-6-luna"]["price"] is None


def test_a_price_of_the_users_shows(run, tmp_path):
    (tmp_path / "mine.toml").write_text('[prices."gpt-6-luna"]\ninput = 0.5\noutput = 2\n')
    assert "0.5 in, 2 out per million" in run("list", catalogue=str(tmp_path / "mine.toml"))[1]


def test_an_alias_of_the_settings_shows_whatever_it_leads_to(run):
    assert "nova" in run("list", aliases={"chat.best": "nova"})[1]


def test_all_is_well_where_all_is_listed(check, provider):
    provider.models = ALL
    status, findings = check()
    assert status == 0
    assert {finding["state"] for finding in findings.values()} == {"lives"}


def test_a_model_that_is_gone_fails_the_check(check, provider):
    provider.models = ALL[:-1]
    status, findings = check()
    assert (status, findings["image.best"]["state"]) == (1, "gone")


@pytest.mark.parametrize(("days", "state", "expected"), [(30, "ends soon", 1), (-1, "ended", 1), (300, "lives", 0)])
@pytest.mark.parametrize("suffix", ["", "T00:00:00Z"])
def test_the_providers_own_word_on_an_end_counts(check, provider, days, state, expected, suffix):
    day = today() + timedelta(days=days)
    provider.models = [{"id": ALL[0], "shutdown_date": f"{day}{suffix}"}, *ALL[1:]]
    status, findings = check()
    assert (status, findings["chat.fast"]["state"], findings["chat.fast"]["ends"]) == (expected, state, str(day))


def test_a_retired_alias_names_what_follows(check, provider):
    provider.models = ALL
    status, findings = check(aliases={"image.best": "dall-e-3"})
    assert status == 1
    assert findings["image.best"]["instead"] == "gpt-image-2.5-sunburst"


def test_at_another_server_only_its_own_aliases_count(check, provider):
    provider.models = ["flux"]
    status, findings = check(serves="compatible", aliases={"image.best": "flux", "chat.best": "llama"})
    assert (status, {alias: finding["state"] for alias, finding in findings.items()}) == (
        1,
        {"image.best": "lives", "chat.best": "gone"},
    )


def test_without_a_key_the_catalogue_alone_is_asked(run):
    status, out = run("check", aliases={"chat.best": "gpt-4"})
    assert status == 1
    assert "ended on 2026-10-23; use gpt-6.1-terra" in out


def test_a_provider_that_does_not_say_is_an_error_and_no_finding():
    with_key = group(OpenAI(base_url="http://127.0.0.1:9/v1", api_key=SecretStr("sk-test-canary-123456")))
    done = CliRunner().invoke(with_key, ["check"])
    assert done.exit_code == 1
    assert "cannot be reached" in done.output
    assert "canary" not in done.output
