"""What is shown of a conversation before it goes on: what it is called, and how it ended."""

from __future__ import annotations

from collections.abc import Iterator

from toolpost_gateway.sessions import Head, Record
from toolpost_gateway.sessions.records import text_of
from toolpost_gateway.terminal.screen import clean, shortened

ASKED, ANSWERED = 300, 2000
NEITHER = "(There was no answer.)"


def recalled(head: Head, last: Record | None) -> Iterator[str]:
    """The title, the last message and the end of its answer, each for itself."""
    yield shortened(head.title or "Untitled", 100)
    if last is not None:
        yield f"> {shortened(text_of(last.user) or '(a picture)', ASKED)}"
        yield _end(clean(last.answer).strip()) or NEITHER


def _end(answer: str) -> str:
    return answer if len(answer) <= ANSWERED else f"… {answer[-ANSWERED:]}"
