"""`Context` for a function that runs in a thread of the host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio.from_thread

if TYPE_CHECKING:
    from toolpost.tools.context import Context
    from toolpost.tools.peer import Level, Root, Sampled

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Blocking:
    """The functions of `Context` that a plain function may call: each returns when it is done."""

    context: Context

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """As `Context.progress`."""
        anyio.from_thread.run(self.context.progress, done, total, message)

    def log(self, level: Level, message: str, logger: str | None = None) -> None:
        """As `Context.log`."""
        anyio.from_thread.run(self.context.log, level, message, logger)

    def ask(self, message: str, answer: type[Answer], *, key: str | None = None) -> Answer:
        """As `Context.ask`."""
        given: Answer = anyio.from_thread.run(partial(self.context.ask, message, answer, key=key))
        return given

    def confirm(self, message: str, *, key: str | None = None) -> bool:
        """As `Context.confirm`."""
        return anyio.from_thread.run(partial(self.context.confirm, message, key=key))

    def sample(self, messages: Any, **wanted: Any) -> Sampled:
        """As `Context.sample`."""
        return anyio.from_thread.run(partial(self.context.sample, messages, **wanted))

    def roots(self, *, key: str | None = None) -> list[Root]:
        """As `Context.roots`."""
        return anyio.from_thread.run(partial(self.context.roots, key=key))

    def check(self) -> None:
        """Raise the cancellation if the caller has gone: call it now and then in long loops."""
        anyio.from_thread.check_cancelled()
