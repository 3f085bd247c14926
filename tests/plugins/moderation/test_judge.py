"""Long texts are cut so that nothing hides at a seam, and what is in a call is found wherever it stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolpost_moderation.judge import OVERLAP, PIECE, pieces
from toolpost_moderation.matter import of_arguments

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.integers(1, 5 * PIECE), st.integers(0, 5 * PIECE))
def test_whatever_is_short_stands_whole_in_one_piece(length, place):
    text = "".join(chr(33 + number % 7) for number in range(length))
    hidden = "x" * min(OVERLAP, length)
    place = min(place, length - len(hidden))
    text = text[:place] + hidden + text[place + len(hidden) :]
    assert any(hidden in piece for piece in pieces(text))


@given(st.integers(1, 5 * PIECE))
def test_no_piece_is_longer_than_the_provider_takes(length):
    assert max(map(len, pieces("x" * length))) <= PIECE


@given(st.dictionaries(st.text(), JSON))
def test_every_text_of_the_arguments_is_found(arguments):
    found = of_arguments(arguments)
    assert set(strings(arguments)) <= {*found.texts, *found.sources}


def strings(value):
    """All texts that are not blank in a JSON value, the slow way."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in strings(part)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


def test_arguments_may_nest_deeper_than_python_does():
    deep: object = "kill"
    for _ in range(50_000):
        deep = [deep]
    assert list(of_arguments({"a": deep}).texts) == ["a", "kill"]
