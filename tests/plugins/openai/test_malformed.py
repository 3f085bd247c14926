"""Whatever a server sends, a turn is whole or one of our errors, and every call in it is fit to be answered."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost.testing.openai import Received, ToolUse, Turn, turn
from toolpost_openai.catalogue import Model
from toolpost_openai.choice import Choice
from toolpost_openai.connection import AT_READING, Connection
from toolpost_openai.dialects import DIALECTS
from toolpost_openai.draft import Draft
from toolpost_openai.listing import Listing
from toolpost_openai.server import Server
from toolpost_openai.turns import Calling, Text

USES = [ToolUse("roll", '{"n": 1}', "c1"), ToolUse("roll", '{"n": 2}', "c2")]
WHOLE = turn(Turn(["In ", "Paris."], USES, "tool_calls", thoughts=("Hm.",)))
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}
JUNK = st.none() | st.booleans() | st.integers(-1, 3) | st.text(max_size=3) | st.just([]) | st.just({}) | st.just([7])


def events_of(dialect):
    body = {"stream": True, "model": "m", "include": ["reasoning.encrypted_content"]}
    pieces = WHOLE(Received("POST", PATHS[dialect], {}, body)).pieces
    return [json.loads(piece[piece.index(b"{") :]) for piece in pieces if b"{" in piece]


def places(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*path, key))


def changed(events, path, junk):
    events = copy.deepcopy(events)
    *before, last = path
    target = events
    for key in before:
        target = target[key]
    target[last] = junk
    return events


def played(name, events):
    """The turn and its pieces, or None where an error says that it is malformed."""
    dialect, model = DIALECTS[name], Model("m", dialect=name)
    server, draft, pieces = Server("s", "http://s/v1"), Draft(), []
    connection = Connection(server, Listing(None, None), None, {})
    try:
        for event in events:
            pieces.extend(dialect.read(event, draft))
        if not draft.finish_reason:
            return None
        return connection._said(draft, dialect, Choice(model), []), pieces
    except AT_READING:
        return None
    except Exception as error:
        if type(error).__name__ == "StreamFailed":
            return None
        raise


@pytest.mark.parametrize("name", DIALECTS)
@given(st.data())
def test_a_value_of_the_wrong_kind_does_no_harm(name, data):
    events = events_of(name)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(events) if path]))
        events = changed(events, path, data.draw(JUNK))
    sound(played(name, events))


@pytest.mark.parametrize("name", DIALECTS)
@given(st.data())
def test_events_that_are_lost_doubled_or_in_disorder_do_no_harm(name, data):
    events = events_of(name)
    order = data.draw(st.lists(st.integers(0, len(events) - 1), max_size=len(events) + 3))
    sound(played(name, [events[place] for place in order]))


DELTAS = [place for place, event in enumerate(events_of("responses")) if event["type"] == "response.output_text.delta"]


@pytest.mark.parametrize("order", [(0,), (1,), (0, 0, 1), (0, 1, 1), (1, 0)])
def test_words_that_are_not_those_of_the_whole_are_a_broken_answer(order):
    events = events_of("responses")
    deltas = [events[DELTAS[place]] for place in order]
    assert played("responses", [*events[: DELTAS[0]], *deltas, *events[DELTAS[-1] + 1 :]]) is None


def test_words_need_not_stand_in_the_whole_again_but_then_in_their_item():
    events = events_of("responses")
    *before, last = events
    bare = {**last, "response": {**last["response"], "output": []}}
    said, _ = played("responses", [*before, bare])
    assert said.text == "In Paris."
    assert played("responses", [*(one for place, one in enumerate(before) if place != DELTAS[0]), bare]) is None
    spoken = [one for one in before if one["type"] != "response.output_item.done" or one["item"]["type"] != "message"]
    assert played("responses", [*spoken, bare])[0].text == "In Paris."


def test_blanks_around_the_words_may_be_missing_in_the_whole():
    events = events_of("responses")
    events[DELTAS[0]]["delta"] = "\n\nIn "
    assert played("responses", events)[0].text == "\n\nIn Paris."


def sound(found):
    if found is None:
        return
    said, pieces = found
    assert (said.finish_reason == "tool_calls") == bool(said.invocations)
    assert len({call.id for call in said.invocations}) == len(said.invocations)
    assert all(isinstance(value, str) for call in said.invocations for value in (call.id, call.name, call.arguments))
    assert "".join(piece.text for piece in pieces if isinstance(piece, Text)) == said.text
    begun = [piece.id for piece in pieces if isinstance(piece, Calling) and piece.id]
    assert {call.id for call in said.invocations} <= set(begun)
    json.dumps([said.kept, said.notes])
