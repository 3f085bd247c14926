"""Secrets and personal data are taken out of what is logged, and what only looks like them stays."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Context
from toolpost.config.load import Config, load
from toolpost.http.refusal import request_id
from toolpost.lettered import LETTERS, lettered
from toolpost.logs.fields import without_fields
from toolpost.logs.redaction import LONGEST, Redaction, clean
from toolpost.logs.values import is_random

sys.path.append(str(Path(__file__).parent))

from secrets_made_up import LOOK_ALIKES, SECRETS, filled  # noqa: E402


def configured(text: str = "") -> Config:
    path = Path.cwd() / "redaction.toml"
    path.write_text(f"[plugins.a]\n{text}")
    return load(path, {})


@pytest.fixture
def redact() -> Redaction:
    return Redaction(configured())


def is_shown(line: str, redact: Redaction) -> bool:
    """Whether anything of the secret in a line comes through."""
    marked = re.search("«(.*)»", line, re.DOTALL)
    assert marked
    shown = redact(line.replace("«", "").replace("»", ""))
    return any(part in shown for part in marked[1].splitlines())


@pytest.mark.parametrize("seed", range(5))
def test_nearly_all_secrets_vanish(redact: Redaction, seed: int):
    lines = filled(SECRETS, seed)
    shown = [line for line in lines if is_shown(line, redact)]
    assert len(shown) <= len(lines) * 0.04, shown


@pytest.mark.parametrize("seed", range(5))
def test_nearly_all_look_alikes_stay(redact: Redaction, seed: int):
    lines = filled(LOOK_ALIKES, seed)
    hidden = [line for line in lines if redact(line) != line]
    assert len(hidden) <= len(lines) * 0.05, hidden


@pytest.mark.parametrize(
    "text",
    [
        "{'password': 'canary'}",
        '{"passphrase": "canary words and more"}',
        '{\\"password\\": \\"canary\\"}',
        "[(b'Authorization', b'Token canary'), (b'set-cookie', b'sid=canary; Path=/')]",
        "Authorization: Basic canary",
        "proxy-authorization=canary",
        "Cookie: a=1; sid=canary",
        "password=canary7&next=/",
        "<password>canary7</password>",
        "PGPASSWORD=canary-7 psql",
        "password=canary$7(x)",
        "{'password': '(canary) $1'}",
        "{'password': 'canaryyyyyyyyy'}",
        "https://me:canary@example.org/x",
        "https://hooks.slack.com/services/T0/B0/canary",
        "curl --user me:canary-7 https://example.org",
        "password=token=canary7",
        "write to canary@example.org",
        "-----BEGIN PRIVATE KEY-----\ncanary",
    ],
)
def test_a_secret_that_its_name_tells_vanishes(redact: Redaction, text: str):
    assert "canary" not in redact(text)


def test_settings_that_are_secret_vanish_wherever_they_stand():
    redact = Redaction(configured("api_key = 'open sesame'"))
    assert redact("they said open sesame, twice") == "they said (hidden), twice"


def test_addresses_of_this_machine_stay(redact: Redaction):
    text = "listening on http://127.0.0.1:8765 and [::1]:8765"
    assert redact(text) == text
    assert "203.0.113.7" not in redact("from 203.0.113.7 and ::ffff:203.0.113.7")


def test_half_a_secret_at_the_end_of_a_long_text_is_left_out(redact: Redaction):
    secret = "sk-proj-" + "Ab3dEf6hIj9kLm2nOp5q" * 3
    shown = redact("x" * (LONGEST - 20) + " " + secret)
    assert "sk-proj" not in shown
    assert len(shown) <= LONGEST


def test_what_is_full_of_names_is_not_judged_over_and_over(monkeypatch: pytest.MonkeyPatch):
    judged: list[int] = []

    def counted(value: str) -> bool:
        judged.append(len(value))
        return is_random(value)

    monkeypatch.setattr("toolpost.logs.fields.is_random", counted)
    text = "secret_::" * 1800
    assert without_fields(text) == text
    assert sum(judged) < 100 * len(text)


@pytest.mark.parametrize("name", ["password", "api_token"])
def test_a_long_secret_vanishes_to_its_end(name: str):
    assert without_fields(f"{name}={'aB3dE6fgh9' * 300}; ok") == f"{name}=(hidden); ok"


@given(st.text(alphabet="key=:\"' ,bpaswordtoken[]()\\1", max_size=400))
def test_any_text_can_be_looked_at(text: str):
    from toolpost.logs.issuers import without_issued

    assert isinstance(without_fields(without_issued(text)), str)


@given(st.integers(0, 16**8 - 1), st.sampled_from([6, 8]), st.integers(1, 10**9))
def test_the_reference_of_a_crash_is_never_taken_for_anything_else(process: int, size: int, number: int):
    reference = f"{f'{process:0{size}x}'[:size].translate(LETTERS)}-{lettered(number)}"
    for text in (
        f"call {reference}: kitchen_bake crashed",
        f"kitchen_bake failed unexpectedly (reference {reference})",
    ):
        assert clean(text) == text


def test_calls_and_requests_are_named_in_letters_alone():
    for name in (Context().call_id, request_id()):
        assert re.fullmatch("[a-z]{6,8}-[a-z]+", name)
