"""However long an answer is and wherever it is cut, nothing personal comes through that the whole would not show."""

from __future__ import annotations

import re
from itertools import cycle, islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toolpost import Artefacts, Context, Host, Tool, ToolError, hookimpl
from toolpost.middleware.pii import PII, Detector
from toolpost.middleware.size import Size
from toolpost.middleware.size.cutting import parts, prefix

PEM = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n" * 30 + "-----END PRIVATE KEY-----"
CANARIES = (
    "4929 1234 5678 9015",
    "4929123456789015",
    "DE89 3704 0044 0532 0130 00",
    "DE89370400440532013000",
    "jean.dupont@exemple-societe.fr",
    "+44 20 7946 0958",
    "SSN: 536 22 8146",
    "sk-proj-Ab3dE9gH2jK4mN6pQ8rS1tU3vW5xY7z",
    PEM,
)
SEPARATORS = ("|", "; ", ", ", "\n", " ", " and so on, said the client. ")
FRAGMENT = re.compile(
    r"4929|1234|5678|9015|DE89|3704|0044|0532|dupont|exemple|7946|0958|536 22|8146"
    r"|b3dE9|K4mN6|pQ8rS|5xY7z|MIIEv|kqhki"
)
LAYER = PII()


def answer(seed: int, separator: str, kinds: list[str], length: int) -> str:
    """Rows of which some hold something personal, at places that differ."""
    random = Random(seed)
    rows = (f"row {'x' * random.randrange(40)}{separator}{canary}{separator}" for canary in cycle(kinds))
    return "".join(islice(rows, max(2, length // (24 + sum(map(len, kinds)) // len(kinds)))))


ANSWERS = st.builds(
    answer,
    st.integers(0, 10_000),
    st.sampled_from(SEPARATORS),
    st.lists(st.sampled_from(CANARIES), min_size=1, max_size=4),
    st.integers(500, 5_000),
)


@settings(max_examples=150, deadline=None)
@given(ANSWERS, st.integers(60, 700))
def test_nothing_comes_through_a_seam(words: str, longest: int):
    detector = Detector()
    whole = detector.mask(words)[0]
    shown = [detector.mask(part.text)[0] for part in parts(words, longest, LAYER)]
    shown.append(detector.mask(prefix(words, longest, LAYER).text)[0])
    through = {found for text in shown for found in FRAGMENT.findall(text)}
    assert through <= set(FRAGMENT.findall(whole))


@given(ANSWERS, st.integers(60, 700))
@settings(max_examples=50, deadline=None)
def test_the_parts_are_no_longer_than_their_marks_make_them(words: str, longest: int):
    found = parts(words, longest, LAYER)
    ends = [0, *(part.end for part in found)]
    assert ends[-1] == len(words)
    for part, start, end in zip(found, ends, ends[1:], strict=False):
        assert start < end
        assert part.text == words[start:end] or "[" in part.text
        assert len(part.text) <= 2 * longest


def test_a_number_whose_name_stands_before_the_seam_is_masked():
    words = "x" * 40 + " social security number: " + "536 22 8146" + " y" * 40
    for longest in range(30, 90):
        shown = "".join(Detector().mask(part.text)[0] for part in parts(words, longest, LAYER))
        assert "8146" not in shown
        assert "536" not in shown


def test_what_is_longer_than_a_part_is_masked():
    found = parts(f"the key:\n{PEM}\nthat was it", 200, LAYER)
    assert [part.text for part in found] == ["the key:\n", "[API_KEY]", "\nthat was it"]


def test_what_passes_is_cut_like_all_else():
    layer = PII(actions={"*": "pass"})
    assert "".join(part.text for part in parts(PEM, 200, layer)) == PEM
    assert PII(directions=["arguments"]).spans(PEM) == []


class Records:
    """Answers, or fails, with what the test gives it."""

    def __init__(self, words: str) -> None:
        self.words = words

    @hookimpl
    def tools(self) -> list[Tool]:
        return [Tool(self.records), Tool(self.fail)]

    async def records(self) -> str:
        return self.words

    async def fail(self) -> str:
        raise ToolError(self.words)


@pytest.mark.parametrize("separator", ["|", "; ", "\n"])
@pytest.mark.parametrize("canary", CANARIES)
async def test_a_client_that_reads_all_parts_sees_nothing_personal(tmp_path: Path, canary: str, separator: str):
    words = answer(len(canary), separator, [canary], 60_000)
    pii = PII()
    whole = FRAGMENT.findall((await Host([pii, Records(words)]).call("records")).text)
    size = Size(Artefacts(tmp_path), pii, bytes=20_000)
    host = Host([pii, size, Records(words)])
    result = await host.call("records")
    shown = [result.text]
    kept = result.meta["toolpost/size"]
    for part in range(1, kept["parts"] + 1):
        read = await host.call("read_result", {"result": kept["result"], "part": part})
        _, resource = await host.read(f"toolpost://results/{kept['result']}/{part}")
        assert resource.text == read.content[0].text
        shown.append(read.content[0].text)
    assert {found for text in shown for found in FRAGMENT.findall(text.replace(kept["result"], ""))} <= set(whole)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("canary", CANARIES)
async def test_a_long_error_is_not_cut_within_a_value(canary: str, separator: str):
    pii = PII()
    for seed in range(4):
        words = answer(seed, separator, [canary], 14_000)
        whole = set(FRAGMENT.findall(Detector().mask(words)[0]))
        with pytest.raises(ToolError) as caught:
            await Host([pii, Size(finds=pii), Records(words)]).call("fail", context=Context())
        assert set(FRAGMENT.findall(str(caught.value))) <= whole


async def test_the_host_gives_the_size_layer_what_finds(tmp_path: Path):
    from toolpost.plugins.needs import given_to

    pii = PII()
    assert given_to("size", {"pii": PII, "size": Size}, {"pii": pii}, {})["finds"] is pii
    assert given_to("size", {"size": Size}, {}, {})["finds"] is None
