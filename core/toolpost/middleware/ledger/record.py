"""What the ledger writes down of a job, and what that means for the next equal call."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Any, Literal

from pydantic_core import from_json, to_json

from toolpost.errors import InvalidArguments, Refused, ToolError, Unavailable

JSONObject = dict[str, Any]
State = Literal["running", "finished", "failed", "refused", "unavailable", "ambiguous"]


@dataclass(frozen=True)
class Record:
    """One job: a billable call, from before it was made.

    `state` is `finished` (it answered), `failed` (it answered with an error),
    `refused` or `unavailable` (nothing was carried out), `ambiguous` (it is
    not known what was carried out) or `running`. Money is in millionths of a
    US dollar, times in seconds since 1970; `owner` and `call` are digests of
    the principal and of the tool with its arguments, `process` names who runs it, `kind` is the tool's.
    """

    job: str
    owner: str
    call: str
    principal: str
    tool: str
    process: str
    state: State
    started: float
    ended: float | None = None
    estimate: int | None = None
    reserved: int = 0
    cost: int | None = None
    usage: JSONObject | None = None
    result: JSONObject | None = None
    said: str = ""
    kind: str = "tool"

    @property
    def place(self) -> str:
        """What equal calls share."""
        return f"{self.owner}:{self.call}"

    @property
    def since(self) -> float:
        """When it ended, or else began."""
        return self.started if self.ended is None else self.ended

    @property
    def is_paid(self) -> bool:
        """Whether money may have been spent on it."""
        return self.state not in ("refused", "unavailable")

    def end(self, state: State, now: float, said: str = "", **found: Any) -> Record:
        """The same job when it is over."""
        # Half a character in an error's text must not keep the record from being written.
        return replace(self, state=state, ended=now, said=said.encode(errors="replace").decode(), **found)

    def dump(self) -> bytes:
        """The record as it is stored; what is no JSON in a tool's `meta` becomes text."""
        return to_json(self, serialize_unknown=True)

    @classmethod
    def load(cls, stored: bytes) -> Record:
        """The record that was stored; fields of a newer version are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in from_json(stored).items() if name in known})


class Standing(Enum):
    """What a record means for an equal call."""

    FREE = "it may be made"
    RUNNING = "it is under way"
    KEPT = "its answer is kept"
    UNKNOWN = "it may have been carried out, and its answer is not known"


def state_after(error: ToolError) -> State:
    """What an error says of what was carried out."""
    match error:
        case Unavailable():
            return "unavailable"
        case Refused() | InvalidArguments():
            return "refused"
    return "ambiguous"


def standing(record: Record, *, alive: bool, now: float, window: float, blocked: float) -> Standing:
    """What a record means, `alive` being whether its process is; `window` and `blocked` are in seconds.

    Time that seems to run backwards makes nothing free.
    """
    match record.state:
        case "running" if alive:
            return Standing.RUNNING
        case "finished" | "failed" if record.result is not None:
            return Standing.KEPT if now - record.since < window else Standing.FREE
        case "refused" | "unavailable":
            return Standing.FREE
    return Standing.UNKNOWN if now - record.since < blocked else Standing.FREE
