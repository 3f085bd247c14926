"""Texts are cut so that nothing breaks which belongs together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from toolpost.middleware.size.cutting import cut, joined, parts, prefix
from toolpost.middleware.size.measure import BLOCK, PIECE, wire_bytes
from toolpost.tools.content import text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


def texts_of(words: str, longest: int) -> list[str]:
    return [part.text for part in parts(words, longest)]


@given(TEXTS, st.integers(-10, 500))
def test_what_is_left_of_a_text_fits_and_is_its_beginning(words: str, room: int):
    start, end = prefix(words, room)
    assert start == words[:end]
    assert end == 0 or len(to_json(words[:end])) - 2 <= room
    assert end == len(words) or wire_bytes(words) > room


@given(TEXTS, st.integers(20, 100))
def test_the_parts_of_a_text_are_the_text(words: str, longest: int):
    found = texts_of(words, longest)
    assert "".join(found) == words
    assert all(0 < len(part) <= longest for part in found)


def test_the_room_is_used():
    words = '\u0001"é\u4e2d' * PIECE
    room = wire_bytes(words) // 2
    assert room - 7 <= wire_bytes(prefix(words, room).text) <= room


def test_a_line_that_ends_near_is_the_place_to_cut():
    assert texts_of("0123456789 123456789 1234\n6789", 26)[0].endswith("1234\n")
    assert texts_of("0123456789 123456789 12345 ann@example.com", 29)[0].endswith("12345 ")


def test_accents_and_joined_signs_stay_with_what_they_belong_to():
    assert texts_of("a" * 29 + "e\u0301" * 10, 30) == ["a" * 29, "e\u0301" * 10]
    assert texts_of("a" * 28 + "\U0001f469\u200d\U0001f680" + "b" * 27, 30)[0] == "a" * 28


@given(st.lists(TEXTS, max_size=6), st.integers(0, 1500))
def test_blocks_are_shown_from_the_first_on(texts: list[str], room: int):
    blocks = [text(words) for words in texts]
    found = cut(blocks, room)
    shown = joined(found.content)
    assert joined(blocks).startswith(shown)
    assert sum(wire_bytes(words) + BLOCK for words in map(joined, ([one] for one in found.content))) <= max(room, 0)
    assert found.end <= len(joined(blocks)) + 1
