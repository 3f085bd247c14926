"""What clients ask: messages, titles, and answers to questions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from toolpost import did_you_mean
from toolpost_gateway.sessions.message import MOST_PARTS, sendable
from toolpost_gateway.talk import Chosen
from toolpost_gateway.wire.reading import NOT_JSON

Name = Annotated[str, Field(max_length=200), AfterValidator(sendable)]


def _whole(message: Any) -> Any:
    """A message, as far as it can be told without looking into it; what is in it is looked at where it is said."""
    if not isinstance(message, str | list):
        raise PydanticCustomError("message", "a text, or a list of parts: texts and pictures")
    if isinstance(message, list) and len(message) > MOST_PARTS:
        raise PydanticCustomError("message", f"a message has at most {MOST_PARTS} parts")
    try:
        return sendable(message) if isinstance(message, str) else message
    except ValueError:
        raise PydanticCustomError("message", "it holds half a character (a lone surrogate)") from None


def _object(given: Any) -> Any:
    """A body that came as bytes, since nothing says that it is JSON: what to do about it, in the words of `/v1`."""
    if isinstance(given, bytes | bytearray):
        raise PydanticCustomError("not_json", "{said}", {"said": NOT_JSON})
    return given


class Said(BaseModel):
    """A message to the model."""

    model_config = ConfigDict(extra="forbid")

    message: Annotated[str | list[dict[str, Any]], BeforeValidator(_whole)] = Field(
        "", description="A text, or parts as Chat Completions has them: `text` and `image_url`."
    )
    session_id: str | None = Field(None, description="Goes on with a conversation; without it one is begun.")
    model: Name = Field("", description="A name or alias of `/v1/models`; the configured one, if empty.")
    stream: bool = Field(False, description="Answer with events, as `Accept: text/event-stream` does.")
    tools: list[Name] | None = Field(
        None, description="The only tools that the model may use; all that the caller has, if left out.", max_length=500
    )
    regenerate: bool = Field(False, description="Answer the last message of the session anew; needs no `message`.")

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: Any) -> Any:
        """Name the first field that is none of ours, and the one that was probably meant."""
        for name in given if isinstance(_object(given), dict) else ():
            if name not in cls.model_fields:
                said = f"unknown field {name[:64]!r}; {did_you_mean(name[:64], cls.model_fields)}"
                # What stands in braces would be filled in.
                raise PydanticCustomError("unknown_field", "{said}", {"said": said})
        return given

    @property
    def chosen(self) -> tuple[Chosen, ...] | None:
        """The tools that were asked for."""
        return Chosen.only(self.tools)


class Title(BaseModel):
    """Another title."""

    _is_json = model_validator(mode="before")(_object)

    title: Name = Field(min_length=1)


class Decision(BaseModel):
    """The answer of a person to a question about a call."""

    model_config = ConfigDict(strict=True)
    _is_json = model_validator(mode="before")(_object)

    approve: bool
