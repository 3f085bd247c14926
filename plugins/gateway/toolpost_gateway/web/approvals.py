"""Questions about calls that wait for a person's yes, whichever process has the question and which the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any

import anyio
from pydantic_core import to_json

from toolpost import Space, Tool
from toolpost_gateway.loop.labels import label_of
from toolpost_gateway.sessions.shelf import owner

# Seconds in which a person answers; silence is a no. How often another process is looked at for the answer.
PATIENCE, LOOK = 300.0, 0.5
WAITS, YES, NO = b"?", b"yes", b"no"
Tell = Callable[[str, Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Approvals:
    """Asks people, and hears what they say; only whoever is asked can answer."""

    space: Space
    patience: float = PATIENCE
    waiting: dict[str, anyio.Event] = field(default_factory=dict)

    async def ask(self, principal: str, tell: Tell, tool: Tool, arguments: Mapping[str, Any], why: str) -> bool:
        """Whether the person at the other end of `tell` says yes."""
        id = token_urlsafe(24)
        key, self.waiting[id] = _key(principal, id), anyio.Event()
        await self.space.set(key, WAITS, self.patience + 10)
        try:
            shown = {"tool": tool.name, "label": label_of(tool), "title": tool.title or "", "why": why}
            await tell("approval", {"id": id, **shown, "arguments": _readable(arguments)})
            answer = await self._heard(key, self.waiting[id])
            await tell("approval_ended", {"id": id, "approve": answer})
            return answer
        finally:
            del self.waiting[id]
            with anyio.CancelScope(shield=True):
                await self.space.delete(key)

    async def answer(self, principal: str, id: str, approve: bool) -> bool:
        """Answer a question; False where none of that name waits for this caller."""
        if not id.isascii() or len(id) > 64:
            return False
        is_taken = await self.space.swap(_key(principal, id), WAITS, YES if approve else NO, 60.0)
        if is_taken and id in self.waiting:
            self.waiting[id].set()
        return is_taken

    async def _heard(self, key: str, told: anyio.Event) -> bool:
        with anyio.move_on_after(self.patience):
            while (said := await self.space.get(key)) == WAITS:
                with anyio.move_on_after(LOOK):
                    await told.wait()
            return said == YES
        return False


def _key(principal: str, id: str) -> str:
    return f"ask:{owner(principal)}:{id}"


def _readable(arguments: Mapping[str, Any]) -> str:
    return to_json(arguments, indent=2, inf_nan_mode="null", serialize_unknown=True).decode()
