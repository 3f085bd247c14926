from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from toolpost.plugins.find import brought_by, installed, private_fields

Install = Callable[..., None]


def test_a_plugin_is_found_by_its_entry_point_and_not_imported(install: Install):
    install("weather", '"""Tells the weather.\n\nAnd more."""\nraise SystemExit', weather="weather:Weather")
    (found,) = installed()["weather"]
    assert (found.distribution, found.summary) == ("weather 1.0", "Tells the weather.")
    assert brought_by("weather") == " (weather 1.0)"
    assert "weather" not in sys.modules


@pytest.mark.parametrize("source", ["", "def broken(:", "\x00", "x = " + "(" * 300])
def test_a_module_that_says_nothing_leaves_the_word_to_its_distribution(install: Install, source: str):
    install("silent", source, silent="silent:Silent")
    assert installed()["silent"][0].summary == "About silent."


def test_a_name_that_two_distributions_claim_has_both(install: Install):
    install("one", "", weather="one:Weather")
    install("two", "", weather="two:Weather")
    assert {claim.distribution for claim in installed()["weather"]} == {"one 1.0", "two 1.0"}


@pytest.mark.parametrize("value", ["", "not an object", "nowhere:Weather", "a b:c d"])
def test_an_entry_point_that_leads_nowhere_does_not_hide_the_others(install: Install, value: str):
    install("odd", "", entry_points=f"[toolpost]\nodd = {value}\n")
    assert {"odd", "pii"} <= installed().keys()
    assert isinstance(installed()["odd"][0].summary, str)


@pytest.mark.parametrize("text", ["[toolpost]\nno equals sign\n", "[toolpost", "= x\n", "[toolpost]\n= x:y\n", "\x00"])
def test_metadata_that_is_broken_does_not_hide_the_others(install: Install, text: str):
    install("odd", "", entry_points=text)
    assert "pii" in installed()


def test_secret_fields_are_known_without_an_import(install: Install):
    source = """
    from dataclasses import dataclass
    from pydantic import SecretStr
    raise SystemExit
    @dataclass
    class A:
        webhook: SecretStr
        other: SecretStr | None = None
        plain: str = "SecretStr"
    """
    install("a", source, a="a:A")
    assert private_fields("a") == {"webhook", "other"}
    assert private_fields("openai") == {"api_key"}
    assert private_fields("gone") == frozenset()
