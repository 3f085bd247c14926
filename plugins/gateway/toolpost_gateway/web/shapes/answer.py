"""An answer, and what tools did for it."""

from __future__ import annotations

from pydantic import BaseModel

from toolpost_gateway.sessions import Reply


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
