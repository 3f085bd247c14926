"""The calls that are made through every surface, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from toolpost.doctor.canaries import email, personal
from toolpost.doctor.probe import PREFIX

Kind = Literal["tool", "resource", "prompt"]


@dataclass(frozen=True)
class Step:
    """One use of the probe; `does` is what the probe calls it."""

    does: str
    kind: Kind = "tool"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    uri: str = ""

    @property
    def name(self) -> str:
        """The name of the tool or prompt."""
        return PREFIX + self.does


@dataclass
class Seen:
    """What the client saw of a step: all texts of the answer or error, and whether it was one."""

    texts: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    failed: bool = False

    def with_mark(self, mark: str) -> list[str]:
        """The texts that hold a mark, messages about progress among them."""
        return [text for text in (*self.texts, *self.told) if mark in text]


# What a surface showed, step by step; None stands for a step that it does not offer.
Sightings = list[Seen | None]

STEPS = (
    Step("say", arguments={"text": personal("arguments")}),
    Step("fail"),
    Step("crash"),
    Step("hide"),
    Step("strict", arguments={"count": 1}),
    Step("strict", arguments={"count": 0}),
    Step("denied"),
    Step("limited"),
    Step("limited"),
    Step("moderated", arguments={"text": "a canary"}),
    Step("resource", "resource", uri="toolpost-canary://all"),
    Step("template", "resource", uri=f"toolpost-canary://one/{email('template')}"),
    Step("prompt", "prompt", arguments={"text": personal("filled")}),
)
