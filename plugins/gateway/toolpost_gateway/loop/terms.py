"""The terms on which a model may use the host's tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from toolpost_gateway.talk import Approval

EVERY_OTHER = "*"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What an operator sets; `tools`, `allowed` and `hosts` are patterns with `*`.

    `tools` are those that a model gets where the request chooses none,
    `tools_by_principal` the same for single callers ("*" is each other one).
    `approval` says which calls need somebody's yes, but for those of tools in
    `allowed`. Calls that carry the address of a host that the caller has not
    named need one too, but for those in `hosts`. `rounds` is how often the
    model is asked for one answer, `calls`, `seconds` and `dollars` (0: as
    many as there are) what that may take, `at_once` how many calls run at a
    time. Above `most_tools`, the model searches them. With `pictures`, an
    answer ends with those that it does not mention.
    """

    model: str = "chat.fast"
    tools: Sequence[str] = ("*",)
    tools_by_principal: Mapping[str, Sequence[str]] = field(default_factory=dict)
    approval: Approval = "destructive"
    allowed: Sequence[str] = ()
    hosts: Sequence[str] = ()
    most_tools: int = 128
    rounds: int = 10
    calls: int = 50
    seconds: float = 600.0
    dollars: float = 0.0
    at_once: int = 8
    pictures: bool = True

    def tools_of(self, principal: str) -> tuple[str, ...]:
        """The patterns of the tools that a caller's model gets by itself."""
        others = self.tools_by_principal.get(EVERY_OTHER, self.tools)
        return tuple(self.tools_by_principal.get(principal, others))
