"""What is said over `/chat`, in the words of its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from toolpost_gateway.sessions import Head, Record, Reply
from toolpost_gateway.sessions.message import sendable
from toolpost_gateway.sessions.pictures import handles
from toolpost_gateway.sessions.records import text_of
from toolpost_gateway.talk import Chosen

Name = Annotated[str, Field(max_length=200), AfterValidator(sendable)]


class Said(BaseModel):
    """A message to the model."""

    model_config = ConfigDict(extra="forbid")

    message: str | list[dict[str, Any]] = Field(
        "", description="A text, or parts as Chat Completions has them: `text` and `image_url`."
    )
    session_id: str | None = Field(None, description="Goes on with a conversation; without it one is begun.")
    model: Name = Field("", description="A name or alias of `/v1/models`; the configured one, if empty.")
    stream: bool = Field(False, description="Answer with events, as `Accept: text/event-stream` does.")
    tools: list[Name] | None = Field(
        None, description="The only tools that the model may use; all that the caller has, if left out.", max_length=500
    )
    regenerate: bool = Field(False, description="Answer the last message of the session anew; needs no `message`.")

    @property
    def chosen(self) -> list[Chosen] | None:
        """The tools that were asked for."""
        if self.tools is None:
            return None
        return [Chosen(allowed=frozenset(self.tools))] if self.tools else []


class Link(BaseModel):
    """A picture that a tool made."""

    title: str
    url: str


class Used(BaseModel):
    """A call of a tool; `text` is the beginning of what it answered."""

    id: str
    tool: str
    label: str = ""
    title: str = ""
    text: str = ""
    is_error: bool = False
    seconds: float | None = None
    pictures: list[Link] = []


class Usage(BaseModel):
    """Tokens over all rounds, as the provider counted them."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class Answer(BaseModel):
    """A whole answer."""

    response: str
    session_id: str
    model: str
    finish_reason: str
    usage: Usage | None
    tools: list[Used]
    links: list[Link]
    notes: list[str]

    @classmethod
    def of(cls, reply: Reply) -> Answer:
        """What a reply is to its caller."""
        outcome, used = reply.outcome, [Used(**tool) for tool in reply.record.tools]
        usage = outcome.usage
        return cls(
            response=reply.response,
            session_id=reply.session_id,
            model=outcome.model,
            finish_reason=outcome.finish_reason,
            usage=Usage(**{name: getattr(usage, name) for name in Usage.model_fields}) if usage else None,
            tools=used,
            links=[link for tool in used for link in tool.pictures],
            notes=[*reply.record.notes],
        )


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


class Title(BaseModel):
    """Another title."""

    title: Name = Field(min_length=1)


class Decision(BaseModel):
    """The answer of a person to a question about a call."""

    model_config = ConfigDict(strict=True)

    approve: bool


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
