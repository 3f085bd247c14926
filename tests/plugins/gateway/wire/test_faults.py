"""What an error is over HTTP is told by its kind and by its marks, never by its words."""

from __future__ import annotations

import math
from typing import Any

import pytest

from toolpost import InvalidArguments, Refused, ToolError, Unavailable
from toolpost.kit import late
from toolpost_gateway.talk import Began, Event, Text
from toolpost_gateway.wire.faults import fault_of
from toolpost_gateway.wire.stream import Listening

WORDS = "model 'gone' (429) policy allows: did not finish within 5 s, silent for too long"


def marked(kind: type[ToolError], **marks: Any) -> ToolError:
    """An error whose words say everything at once."""
    error = kind(WORDS)
    error.meta = {f"toolpost/{name}": value for name, value in marks.items()}
    return error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (marked(InvalidArguments), 400, "invalid_value"),
        (marked(InvalidArguments, missing_model={"model": "gone"}), 404, "model_not_found"),
        (marked(Refused), 403, "refused"),
        (marked(Unavailable), 503, "unavailable"),
        (marked(Unavailable, provider={"name": "x", "up": False, "status": 503}), 503, "unavailable"),
        (marked(Unavailable, provider={"name": "x", "up": True, "status": 429}), 429, "rate_limit_exceeded"),
        (marked(Unavailable, limits={"rule": "1"}), 429, "rate_limit_exceeded"),
        (marked(ToolError), 502, "bad_gateway"),
        (late(WORDS, 5.0), 504, "timeout"),
        (marked(InvalidArguments, unsupported={"param": "tool_choice"}), 400, "unsupported_value"),
    ],
)
def test_marks_count_and_words_do_not(error: ToolError, status: int, code: str):
    fault = fault_of(error, "reference")
    assert (fault.status, fault.code, fault.text) == (status, code, WORDS)


@pytest.mark.parametrize(
    ("error", "once"),
    [
        (marked(ToolError), True),
        (late(WORDS, 5.0), True),
        (marked(Unavailable, provider={"name": "x", "up": False, "status": 503}), True),
        (marked(Unavailable, provider={"name": "x", "up": True, "status": 429}), True),
        (marked(Unavailable), False),
        (marked(Unavailable, limits={"rule": "1"}), False),
        (RuntimeError("a bug"), True),
    ],
)
def test_what_may_have_been_done_or_was_tried_again_is_not_to_be_sent_again(error: Exception, once: bool):
    response = fault_of(error, "reference").response("reference")
    assert (response.headers.get("x-should-retry") == "false") is once


@pytest.mark.parametrize(("wait", "told"), [(None, None), (0.2, "1"), (90, "90"), (1e9, "3600"), (math.inf, "3600")])
def test_nobody_is_told_to_wait_for_longer_than_an_hour(wait: float | None, told: str | None):
    fault = fault_of(Unavailable(WORDS, retry_after=wait), "reference")
    assert fault.response("reference").headers.get("retry-after") == told
    assert fault.after is None or fault.after <= 3600


async def test_once_a_tool_was_called_the_request_is_not_to_be_sent_again_whatever_went_wrong():
    heard: list[Event] = []

    async def hear(event: Event) -> None:
        heard.append(event)

    emit = Listening(hear)
    await emit(Text("Let me see."))
    assert not emit.fault(marked(Unavailable), "reference").is_final
    await emit(Began("c1", "shred", "office", "{}"))
    assert emit.fault(marked(Unavailable), "reference").is_final
    assert len(heard) == 2
