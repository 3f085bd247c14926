"""Events come out of a stream whole, however it is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost_dalle.events import Events

STREAM = b'event: a\ndata: {"x":1}\n\n: comment\n\ndata:two\r\ndata: lines\r\n\r\ndata: [DONE]\n\n'
WHOLE = [b'{"x":1}', b"two\nlines", b"[DONE]"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_cuts_do_not_matter(cuts):
    events, edges = Events(), [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    assert [data for piece in pieces for data in events.feed(piece)] == WHOLE


@pytest.mark.parametrize("rest", [b"data: last", b"data: last\n"])
def test_an_event_without_its_blank_line_comes_at_the_end(rest):
    events = Events()
    assert events.feed(rest) == []
    assert events.end() == [b"last"]
    assert events.end() == []
