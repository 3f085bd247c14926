"""What a layer says it would do with a call: the richer answer to `explain`."""

from __future__ import annotations

from dataclasses import dataclass

from toolpost.tools.call import ToolCall


@dataclass(frozen=True)
class Intention:
    """A sentence, and what follows from it for the layers within.

    `call` is what it would go on with, where it would change the call; `ends`
    says that it would not go on: it refuses, or answers by itself. `cause` is
    the path of the setting that decides, such as `("rules", 1)` for the second
    table of a list. A layer with nothing of that to say answers a plain text.
    """

    text: str
    call: ToolCall | None = None
    ends: bool = False
    cause: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return self.text
