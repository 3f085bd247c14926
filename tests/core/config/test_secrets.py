from __future__ import annotations

from pathlib import Path

import pytest

from toolpost.config.load import Config, load
from toolpost.config.secrets import HIDDEN, visible, without_secrets
from toolpost.config.show import toml


def loaded(text: str, environ: dict[str, str] | None = None) -> Config:
    path = Path.cwd() / "c.toml"
    path.write_text(f"[plugins.a]\n{text}")
    return load(path, environ or {})


def shown(text: str, environ: dict[str, str] | None = None, private: tuple[str, ...] = ()) -> object:
    ((key, setting),) = loaded(text, environ).plugins["a"].settings.items()
    return visible(key, setting, private)


@pytest.mark.parametrize(
    "text",
    [
        "api_key = 'canary'",
        "password = 'canary'",
        "keys = ['canary']",
        "auth = { user = 'canary' }",
        "url = 'https://${MY_TOKEN}.example.org'",
        "pin = '${MY_SECRET}'",
        "args = ['--api-key', 'canary']",
        "args = ['--header', 'Authorization: Bearer canary']",
        "args = ['-c', 'TOKEN=canary exec server']",
        "url = 'https://example.org/x?q=canary'",
    ],
)
def test_what_may_be_a_secret_is_hidden(text: str):
    assert "canary" not in str(shown(text, {"MY_TOKEN": "canary", "MY_SECRET": "canary"}))


def test_secrets_deep_in_a_value_are_hidden_and_the_rest_is_shown():
    assert shown("servers = [{ name = 'x', token = 'canary' }]") == [{"name": "x", "token": HIDDEN}]


def test_the_user_in_an_address_is_hidden():
    assert shown("url = 'https://me:canary@example.org/x'") == f"https://{HIDDEN}@example.org/x"


def test_a_field_that_the_plugin_calls_secret_is_hidden():
    assert shown("webhook = 'canary'", private=("webhook",)) == HIDDEN


def test_an_override_of_a_secret_is_hidden_even_if_it_reads_as_a_number():
    assert shown("", {"TOOLPOST__A__API_KEY": "12345678"}) == HIDDEN


@pytest.mark.parametrize(("text", "value"), [("max_tokens = 5", 5), ("api_key = ''", ""), ("model = 'x'", "x")])
def test_what_is_no_secret_is_shown(text: str, value: object):
    assert shown(text) == value


def test_secrets_are_taken_out_of_any_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("B_PASSWORD", "canary-3")
    config = loaded("api_key = 'canary-1'\nurl = '${A_TOKEN}'\nwebhook = 'canary-5'", {"A_TOKEN": "canary-2"})
    clean = without_secrets(config, lambda plugin: ["webhook"])
    text = clean("canary-1 canary-2 canary-3 https://me:canary-4@x.org canary-5 /home/me")
    assert "canary" not in text
    assert text.endswith("/home/me")


def test_short_values_are_left_alone():
    assert without_secrets(loaded("api_key = 'a'"), lambda plugin: [])("a cat") == "a cat"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ('a"b', '"a\\"b"'),
        (["a", 1], '["a", 1]'),
        ({}, "{}"),
        ({"a b": 1}, '{ "a b" = 1 }'),
    ],
)
def test_values_are_shown_as_they_stand_in_a_file(value: object, text: str):
    assert toml(value) == text
