"""The end of a round: a stateless call goes on when the client has brought answers."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from inspect import iscoroutine
from typing import Any

import anyio


class InputRequired(BaseException):
    """Ends a round of a stateless call: the client must bring answers and call again.

    Not an `Exception`, so that a tool that catches those does not swallow it.
    `requests` holds the SDK's input requests by key; `state` is what the next
    round needs to know.
    """

    def __init__(self, requests: Mapping[str, Any], state: str) -> None:
        super().__init__("the client must answer first")
        self.requests = requests
        self.state = state


async def together(wishes: Iterable[Awaitable[Any]]) -> tuple[Any, ...]:
    """All answers, in order; those that are missing are asked for in one round."""
    waiting, answers = list(wishes), []
    missing: InputRequired | None = None
    while waiting:
        try:
            answers.append(await waiting.pop(0))
        except InputRequired as required:
            earlier = missing.requests if missing else {}
            missing = InputRequired({**earlier, **required.requests}, required.state)
        except BaseException:
            for wish in waiting:
                if iscoroutine(wish):
                    wish.close()
            raise
    if missing:
        raise missing
    return tuple(answers)


async def at_once(wishes: Iterable[Awaitable[Any]]) -> tuple[Any, ...]:
    """All answers, in order, waited for at the same time; the first that fails ends the others."""
    waiting = list(wishes)
    answers: list[Any] = [None] * len(waiting)
    failures: list[BaseException] = []

    async def wait(number: int, wish: Awaitable[Any]) -> None:
        try:
            answers[number] = await wish
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:
            failures.append(error)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for number, wish in enumerate(waiting):
            tasks.start_soon(wait, number, wish)
    if failures:
        raise failures[0]
    return tuple(answers)
