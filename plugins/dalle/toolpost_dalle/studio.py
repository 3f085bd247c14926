"""Draws an order: in one request where the server takes it, else one picture at a time, some at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from toolpost import Context, InvalidArguments, Refused, ToolError, Unavailable
from toolpost_dalle.drawn import Developer, Outcome
from toolpost_dalle.exchange import Exchange, NoEndpoint, OneAtATime
from toolpost_dalle.request import Request, of_order

if TYPE_CHECKING:
    from toolpost_dalle.order import Order
    from toolpost_openai.images import Painter

# Seconds before the end of the call, in which finished pictures still go out.
MARGIN = 2.0
# The error to raise of several: first what may have been paid for, so that nobody tries again; what is
# worth another try only where that is all there is.
GRAVITY = (Unavailable, InvalidArguments, Refused)

Asking = Callable[[int, int], Request]
"""Makes the request for so many pictures, with so many partial ones."""


@dataclass(frozen=True)
class Studio:
    """All that one call needs to draw."""

    exchange: Exchange
    developer: Developer
    painter: Painter
    context: Context
    at_once: int
    partial_images: int

    async def draw(self, order: Order) -> Outcome:
        """The pictures of an order that is checked.

        Raises:
            ToolError: there is not one picture.
        """
        official = self.exchange.connection.server.official

        def asking(n: int, partial: int) -> Request:
            return of_order(order, self.painter.model, n, official=official, partial_images=partial)

        return await self.run(asking, order.n)

    async def run(self, asking: Asking, n: int) -> Outcome:
        """The pictures that requests of this kind bring.

        Raises:
            ToolError: there is not one picture.
        """
        outcome = Outcome()
        await self._say(n)
        if n > self.painter.most or not await self._together(asking, n, outcome):
            await self._each(asking, n, n, outcome)
        elif self._took_one_of(n, outcome):
            await self._each(asking, n - 1, n, outcome)
        if not outcome.drawn:
            raise gravest(outcome.failed)
        outcome.notes += [f"a picture is missing: {error}" for error in outcome.failed]
        if (missing := n - len(outcome.drawn) - len(outcome.failed)) > 0:
            outcome.notes.append(f"the provider sent {n - missing} of {n} pictures")
        return outcome

    async def _together(self, asking: Asking, n: int, outcome: Outcome) -> bool:
        """Ask once for all; False where the server draws one at a time, and so has drawn none."""
        # The provider streams one picture only, and partial ones cost: for those alone who watch.
        partial = self._partial if n == 1 else 0
        try:
            await self._ask(asking(n, partial), outcome, partial)
        except OneAtATime:
            return False
        return True

    async def _each(self, asking: Asking, count: int, n: int, outcome: Outcome) -> None:
        """Ask for each picture by itself; what fails takes none of the others along."""
        limit = anyio.CapacityLimiter(self.at_once)
        nowhere: list[NoEndpoint] = []

        async def one() -> None:
            async with limit:
                try:
                    await self._ask(asking(1, 0), outcome, 0)
                except ToolError as error:
                    outcome.failed.append(error)
                except NoEndpoint as error:
                    nowhere.append(error)
            done = len(outcome.drawn)
            await self.context.progress(done, n, f"picture {done} of {n}")

        with anyio.move_on_after(max(0.0, self.context.remaining - MARGIN)) as window:
            async with anyio.create_task_group() as tasks:
                for _ in range(count):
                    tasks.start_soon(one)
        if nowhere:
            raise nowhere[0]
        if window.cancelled_caught:
            late = n - len(outcome.drawn) - len(outcome.failed)
            outcome.failed += [ToolError("it was not finished in time; it may have been paid for")] * late

    async def _ask(self, request: Request, outcome: Outcome, partial: int) -> None:
        async def seen(count: int) -> None:
            # Some servers send more than they were asked for.
            count = min(count, partial)
            await self.context.progress(count, partial + 1, f"partial picture {count} of {partial}")

        answer = await self.exchange.send(request, seen)
        if not answer.items:
            raise ToolError("the provider answered without a picture; it may have been paid for, and was not repeated")
        await self.developer.develop(answer, outcome, self.context)

    def _took_one_of(self, n: int, outcome: Outcome) -> bool:
        """Whether the server has drawn one picture where more were asked for, as some do that take one at a time."""
        return n > 1 and len(outcome.drawn) == 1 and not self.exchange.connection.server.official

    @property
    def _partial(self) -> int:
        drawing = self.painter.drawing
        watched = self.context.report is not None
        return self.partial_images if watched and drawing is not None and drawing.streams else 0

    async def _say(self, n: int) -> None:
        who = self.painter.model or self.exchange.connection.server.label
        await self.context.say(f"{who} draws {n} pictures" if n > 1 else f"{who} draws")


def gravest(errors: list[ToolError]) -> ToolError:
    """The one of several errors that says most of what may have happened."""
    return max(errors, key=lambda error: next((i for i, kind in enumerate(GRAVITY) if isinstance(error, kind)), 9))
