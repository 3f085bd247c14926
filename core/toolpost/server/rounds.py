"""The rounds of a stateless call: each ends with what the client must answer before the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from toolpost.server import inquiries
from toolpost.tools.context import InputRequired
from toolpost.tools.peer import Inquiry, Question, Sampling


@dataclass
class Rounds:
    """What a stateless call wanted so far: answered by earlier rounds, or the end of this one.

    The answers of earlier rounds travel in the request state, since a client
    brings only those to the last round's questions (MCP 2026-07-28). `given`
    are these, `wanted` says by digest what was asked under a key, so that the
    answer to one question is never taken for that to another.
    """

    given: Mapping[str, Any]
    answers: dict[str, Any] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)
    counted: int = 0

    @classmethod
    def of(cls, params: Any) -> Rounds:
        """The rounds so far, as the client and the sealed state tell them; none where there are no parameters."""
        if params is None:
            return cls({})
        return cls(params.input_responses or {}, **(json.loads(params.request_state) if params.request_state else {}))

    def answer(self, inquiry: Inquiry, key: str | None) -> Any:
        """The answer to this; the client must bring it first if it has not.

        Raises:
            InputRequired: it has not.
        """
        self.counted += 1
        wire = inquiries.request(inquiry).model_dump(by_alias=True, mode="json", exclude_none=True)
        digest = blake2b(json.dumps(wire, sort_keys=True).encode(), digest_size=6).hexdigest()
        key = key or f"{word(inquiry)}-{self.counted}-{digest}"
        kind, kept = inquiries.RESULTS[type(inquiry)], f"{key} {digest}"
        if kept not in self.answers:
            given = self.given.get(key)
            if not isinstance(given, kind) or self.wanted.get(key, digest) != digest:
                self.wanted[key] = digest
                raise InputRequired({key: inquiries.request(inquiry)}, self.state)
            self.answers[kept] = given.model_dump(by_alias=True, mode="json", exclude_none=True)
        return inquiries.answer(kind.model_validate(self.answers[kept], by_name=False))

    @property
    def state(self) -> str:
        """What the next round needs to know."""
        return json.dumps({"answers": self.answers, "wanted": self.wanted, "memory": self.memory})


def word(inquiry: Inquiry) -> str:
    """What it is, in a key that the client sees."""
    match inquiry:
        case Question():
            return "question"
        case Sampling():
            return "sampling"
        case _:
            return "roots"
