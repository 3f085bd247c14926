"""What tools that ask a model have in common: their nature, and the arguments that mean the same in all."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

NATURE: dict[str, Any] = {
    "read_only": True,
    "destructive": False,
    "idempotent": False,
    "open_world": True,
    "billable": True,
    "cacheable": True,
}
"""What to say of such a tool: `Tool(function, **NATURE)`."""

ModelName = Annotated[
    str | None,
    Field(description="A model's name, or 'chat.fast' or 'chat.best'; leave it out unless the person named one."),
]
MaxTokens = Annotated[int | None, Field(ge=1, description="The most tokens the answer may have.")]


class Message(TypedDict):
    """One message of a conversation."""

    role: Annotated[Literal["system", "developer", "user", "assistant"], Field(description="Who said it.")]
    content: Annotated[str, Field(description="What was said.")]
