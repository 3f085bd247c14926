"""Text that goes out bit by bit is masked as the whole of it, wherever it is cut."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Host, Tool, ToolCall, hookimpl
from toolpost.middleware.pii import PII
from toolpost.middleware.pii.cutting import BEFORE, CUT, DENSE, LONGEST, _in_plain_words, _is_safe

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7\nabcdEFG123+/=\n-----END RSA PRIVATE KEY-----"
VALUES = [
    "ann@example.com",
    "bob.smith+tag@mail.example.co.uk",
    '"ann smith"@example.com',
    "john [at] example [dot] com",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "+49 151 23456789",
    "(415) 555-0132",
    "078-05-1120",
    "ssn 078051120",
    "10.0.0.1",
    "2001:db8::8a2e:370:7334",
    "ghp_0123456789abcdefghijABCDEFGHIJ012345",
    'api_key = "abcd1234efgh5678ijkl"',
    'password: "my secret horse battery staple"',
    "Bearer abcdefGHIJ1234567890",
    KEY,
]
SAID = """
the quick brown fox jumps over a lazy dog while rain falls, and nobody minds it. Really? don't say "so" 12 1,200 3.14
key at dot Größe не знаю 今天天气很好 {} [] : ; = / - @
"""
WORDS = SAID.split()
GAPS = [" ", " ", " ", " ", "\n", ", ", ". ", '","', "\t", "\n\n"]

parts = st.lists(st.tuples(st.sampled_from(VALUES) | st.sampled_from(WORDS), st.sampled_from(GAPS)), max_size=120)
sizes = st.lists(st.integers(1, 200), min_size=1, max_size=30)


class Echo:
    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.echo)]

    async def echo(self, text: str) -> str:
        return text


CALL = ToolCall(Echo().tools()[0])


def streamed(text: str, sizes: Iterable[int], pii: PII) -> str:
    stream = pii.stream(CALL)
    assert stream is not None
    sent, at, steps = [], 0, iter(sizes)
    while at < len(text):
        step = next(steps)
        sent.append(stream.feed(text[at : at + step]))
        at += step
    return "".join([*sent, stream.end()])


def held(text: str, pii: PII) -> int:
    """The most that was held back while a text went through by single characters."""
    stream = pii.stream(CALL)
    assert stream is not None
    sent = most = 0
    for number, char in enumerate(text):
        sent += len(stream.feed(char))
        most = max(most, number + 1 - sent)
    return most


async def whole(text: str, pii: PII) -> str:
    async with Host([pii, Echo()]) as host:
        result = await host.call("echo", {"text": text})
    return result.text


SETTINGS: dict[str, Any] = {
    "directions": ["results"],
    "actions": {"EMAIL": "placeholder", "CREDIT_CARD": "partial", "IP": "hash", "PHONE": "drop"},
}


@given(parts, sizes)
def test_any_cuts_give_the_masked_whole(parts: list[tuple[str, str]], sizes: list[int]) -> None:
    text, pii = "".join(word + gap for word, gap in parts), PII(**SETTINGS)
    # A text that is JSON as a whole is rewritten as JSON, and not as a text.
    text = f"So: {text}"
    assert streamed(text, cycle(sizes), pii) == anyio.run(whole, text, pii)


@pytest.mark.parametrize("value", VALUES)
async def test_a_value_is_masked_wherever_it_is_cut_in_two(value: str) -> None:
    text, pii = f"I had written {value} there, and it was read.", PII(directions=["results"])
    expected = await whole(text, pii)
    assert all(streamed(text, [at, len(text)], pii) == expected for at in range(1, len(text)))
    assert streamed(text, cycle([1]), pii) == expected


async def test_the_words_before_a_number_count_although_they_have_been_sent() -> None:
    text = f"{'plain words all along the way ' * 20} my ssn, which nobody may know, is 078051120 and no other"
    assert "is [US_SSN] and" in streamed(text, cycle([3]), PII())


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("The quick brown fox jumps over the lazy dog, and nobody minds it. " * 50, 64),
        ("def f(x):\n    return x + 12\n" * 100, 64),
        ('{"name":"value of it","b":"c"},' * 100, 64),
        ("今天天气很好我们去公园散步吧" * 100, 64),
        (" ".join(map(str, range(10_000, 12_000))), DENSE + BEFORE),
        ("a1" * 20_000, LONGEST + 1),
    ],
)
def test_no_more_is_held_than_could_matter(text: str, most: int) -> None:
    assert held(text, PII()) <= most


def test_a_type_that_is_refused_is_masked_in_a_stream() -> None:
    assert streamed("to ann@example.com", cycle([4]), PII(actions={"EMAIL": "refuse"})) == "to [EMAIL]"


def test_without_results_there_is_nothing_to_filter() -> None:
    assert PII(directions=["arguments"]).stream(CALL) is None


async def test_the_host_streams_through_the_layer() -> None:
    async with Host([PII(), Echo()]) as host:
        stream = host.stream(ToolCall(host.tools["echo"]))
        assert stream is not None
        assert stream.feed("to ann@exam") + stream.feed("ple.com") + stream.end() == "to [EMAIL]"


PLAIN = ["word", "Hello,", "I", "don't", "x", "\u00c9t\u00e9", "It\u2019s"]
OTHERS = ["at", "dot", "AT,", "7", "foo@bar", '"q', "", "\n"]


@given(st.lists(st.sampled_from([*PLAIN, *OTHERS]), max_size=14), st.sampled_from(["", " ", "wo", '"', "\n"]))
def test_plain_words_are_cut_where_the_pattern_cuts_them(words: list[str], last: str) -> None:
    held = " ".join(words) + last
    quick = _in_plain_words(held)
    matches = [match.end() for match in CUT.finditer(held) if _is_safe(held, match)]
    assert quick is None or quick == matches[::-1]
