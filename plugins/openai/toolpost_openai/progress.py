"""Progress of one call: the way to the model, what it is shown, then the growing answer, as one rising number."""

from __future__ import annotations

from toolpost import Context

STEP = 80


class Progress:
    """Tells the caller how far the call is, and never a word of the answer itself.

    An answer is reported when it has grown by `STEP` characters or a tenth,
    so that a long one makes dozens of messages and not thousands.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._before = 0.0
        self._next = 1

    async def connecting(self, done: float, total: float | None, message: str) -> None:
        """The model is being made ready."""
        self._before = max(self._before, done)
        await self._context.progress(done, total, message)

    async def ready(self, message: str) -> None:
        """One more of the things that the model is to be shown is ready."""
        self._before += 1
        await self._context.progress(self._before, None, message)

    async def heard(self, characters: int) -> None:
        """This many characters of the answer have come."""
        if characters >= self._next:
            self._next = characters + max(STEP, characters // 10)
            await self._context.progress(self._before + characters, None, f"{characters} characters")
