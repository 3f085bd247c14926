"""What is kept of a conversation: a head, and one record for each turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from pydantic_core import from_json, to_json

Message = Mapping[str, Any]
# `open` is a turn under way, or one whose process died in it.
State = Literal["open", "done", "stopped", "failed"]
SHORT = 200
BROKEN_OFF = "(The answer was broken off here.)"


class Written:
    """A record as the store has it."""

    @property
    def written(self) -> bytes:
        """Its bytes."""
        # Not `dataclasses.asdict`, which copies all that is in it, however deep.
        names = self.__dataclass_fields__  # type: ignore[attr-defined]  # those below are dataclasses
        return to_json({name: getattr(self, name) for name in names}, inf_nan_mode="null")

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """The record of these bytes; fields that another version wrote are passed over."""
        known = cls.__dataclass_fields__  # type: ignore[attr-defined]  # those below are dataclasses
        return cls(**{name: value for name, value in from_json(raw).items() if name in known})


@dataclass(frozen=True, kw_only=True)
class Head(Written):
    """What is known of a session besides its turns.

    `first` is the oldest turn that is kept, `cut` the oldest that the model
    is still sent; `summary` is of those before. `outside` says that tools were
    used, so that something in it comes from elsewhere. The bytes of the turns before `counted` are in `bytes`.
    """

    id: str
    title: str = ""
    created: float = 0.0
    used: float = 0.0
    model: str = ""
    first: int = 0
    cut: int = 0
    summary: str = ""
    outside: bool = False
    counted: int = 0
    bytes: int = 0
    is_gone: bool = False


@dataclass(frozen=True, kw_only=True)
class Record(Written):
    """A turn: what was asked, and the messages that followed, which are valid after it at any time.

    `tools` is what became of each call, for people; `error` says why there is no answer.
    """

    number: int
    at: float
    user: dict[str, Any]
    said: Sequence[Message] = ()
    tools: Sequence[Mapping[str, Any]] = ()
    state: State = "open"
    error: str = ""
    model: str = ""
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def answer(self) -> str:
        """The words of the assistant, of all its messages."""
        texts = (text_of(message) for message in self.said if message["role"] == "assistant")
        return "\n\n".join(text for text in texts if text)

    @property
    def messages(self) -> list[Message]:
        """The turn as the model is to see it, which always ends with an answer."""
        said = [*self.said]
        if not said or said[-1]["role"] != "assistant" or said[-1].get("tool_calls"):
            said.append({"role": "assistant", "content": BROKEN_OFF})
        return [self.user, *said]

    @property
    def short(self) -> list[Message]:
        """The same with no more than the beginning of what tools answered."""
        return [_short(message) for message in self.messages]


def _short(message: Message) -> Message:
    if message["role"] != "tool":
        return message
    return {**message, "content": f"{text_of(message)[:SHORT]}… (the rest is left out here)"}


def text_of(message: Message) -> str:
    """The text of a message, without its pictures."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list | tuple) else ()
    return "\n".join(part["text"] for part in parts if part.get("type") == "text")
