"""What is written down of a call that has left its request behind: what its client can ask for, and when."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from pydantic_core import from_json, to_json

from toolpost.middleware.ledger.record import JSONObject
from toolpost.tools.call import ToolResult

Status = Literal["working", "input_required", "completed", "failed", "cancelled"]
OVER: frozenset[Status] = frozenset({"completed", "failed", "cancelled"})
# What came of a call: a result, an error of the protocol, or nothing, as it was cancelled.
Outcome = ToolResult | JSONObject | None


@dataclass(frozen=True)
class Ticket:
    """The state of a job for the client that comes back for it.

    `result` is what the call answered behind all layers, as the shelf keeps
    it, `error` one of the protocol, `requests` what the client must answer
    first, by key; `paid` says that the job is of a call that costs money.
    Times are in seconds since 1970, `seconds` counts from `created`,
    `process` names who runs it.
    """

    job: str
    owner: str
    tool: str
    process: str
    created: float
    updated: float
    seconds: float
    paid: bool = False
    status: Status = "working"
    said: str = ""
    requests: JSONObject = field(default_factory=dict)
    result: JSONObject | None = None
    error: JSONObject | None = None

    @property
    def key(self) -> str:
        """Where it is in the store."""
        return key_of(self.owner, self.job)

    @property
    def is_over(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.status in OVER

    def now(self, status: Status, now: float, **found: Any) -> Ticket:
        """The same ticket in another state."""
        return replace(self, status=status, updated=now, **{"said": "", "requests": {}, **found})

    def dump(self) -> bytes:
        """As it is stored."""
        return to_json(self, serialize_unknown=True)

    @classmethod
    def load(cls, stored: bytes) -> Ticket:
        """As it was stored; fields of a newer version are left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in from_json(stored).items() if name in known})


def key_of(owner: str, job: str) -> str:
    """Where a ticket is in the store."""
    return f"task:{owner}:{job}"
