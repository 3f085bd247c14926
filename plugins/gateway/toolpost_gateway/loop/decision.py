"""What was decided of a call that needed somebody's yes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from toolpost import Tool


class Answer(Enum):
    """What becomes of a call that needed a yes."""

    YES = "it may be made"
    NO = "a person said no"
    NOBODY = "nobody can be asked"
    LATER = "the answer comes with another request"


@dataclass(frozen=True)
class Decision:
    """What was decided of a call, and why it was asked at all."""

    answer: Answer
    why: str = ""


def refusal(tool: Tool, decision: Decision) -> str:
    """What the model is told of a call that was not made."""
    if decision.answer is Answer.NO:
        return f"{tool.name} was not called: a person was asked, and said no. Do not try it again; go on without it."
    return (
        f"{tool.name} was not called: it needs a person's yes, since {decision.why}, and nobody can be asked here. "
        "Go on without it, and tell the person what you would have done."
    )
