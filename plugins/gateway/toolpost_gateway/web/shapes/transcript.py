"""Conversations as they are listed and shown."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, Field

from toolpost_gateway.sessions import Head, Record
from toolpost_gateway.sessions.pictures import handles
from toolpost_gateway.sessions.records import text_of
from toolpost_gateway.web.shapes.answer import Used


class About(BaseModel):
    """A session; times are seconds since 1970."""

    session_id: str
    title: str
    created: float
    used: float
    model: str

    @classmethod
    def of(cls, head: Head) -> About:
        """What is known of it."""
        return cls(session_id=head.id, title=head.title, created=head.created, used=head.used, model=head.model)


class Sessions(BaseModel):
    """The caller's sessions, the last used first."""

    sessions: list[About]


class Part(BaseModel):
    """A piece of an answer: a text, or a call of a tool by its id."""

    text: str = ""
    tool: str = ""


class Exchange(BaseModel):
    """A message and its answer; `state` is `open`, `done`, `stopped` or `failed`, and `error` says why.

    `parts` is the answer in the order in which it came.
    """

    at: float
    message: str
    pictures: list[str]
    response: str
    parts: list[Part]
    tools: list[Used]
    state: str
    error: str
    model: str
    notes: list[str]

    @classmethod
    def of(cls, record: Record, id: str) -> Exchange:
        """A turn as it is kept."""
        urls = (url.replace("artefact:", f"/chat/sessions/{id}/pictures/", 1) for url in handles([record.user]))
        return cls(
            at=record.at,
            message=text_of(record.user),
            pictures=[*urls],
            response=record.answer,
            parts=[*_parts(record)],
            tools=[Used(**tool) for tool in record.tools],
            state=record.state,
            error=record.error,
            model=record.model,
            notes=[*record.notes],
        )


class Transcript(About):
    """A session with all that was said in it and is kept; `answering` says that a turn is under way."""

    answering: bool
    trimmed: bool = Field(description="Whether the oldest was removed, or is sent to the model only as a summary.")
    turns: list[Exchange]


def _parts(record: Record) -> Iterator[Part]:
    """The answer in order; calls that were under way when it ended stand last."""
    left = dict.fromkeys(tool["id"] for tool in record.tools)
    for message in record.said:
        if message["role"] == "assistant" and (text := text_of(message)):
            yield Part(text=text)
        for call in message.get("tool_calls") or ():
            if call["id"] in left:
                del left[call["id"]]
                yield Part(tool=call["id"])
    yield from (Part(tool=id) for id in left)
