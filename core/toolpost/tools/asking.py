"""How a call asks its client, and whose time that takes."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from toolpost.errors import Refused
from toolpost.tools.peer import Question, RootsWanted, Sampling

if TYPE_CHECKING:
    from toolpost.tools.context import Context

Answer = TypeVar("Answer")


async def asked(context: Context, message: str, schema: dict[str, Any], key: str | None) -> Mapping[str, Any] | None:
    """The fields that the person at the client filled in; None where they declined.

    Raises:
        Refused: this client cannot ask.
    """
    if context.question is None:
        raise Refused("this needs an answer from a person, and this client cannot ask one")
    if key is None or context.peer is None:
        return await waited(context, context.question(message, schema))
    given: Mapping[str, Any] | None = await waited(context, context.peer.inquire(Question(message, schema), key))
    return given


async def inquired(context: Context, capability: str, inquiry: Sampling | RootsWanted, key: str | None) -> Any:
    """What the client itself answers, where it has the capability.

    Raises:
        Refused: it has it not.
    """
    if context.peer is None or not context.peer.can(capability):
        raise Refused(f"this needs a client with the capability {capability!r}, and this client has it not")
    return await waited(context, context.peer.inquire(inquiry, key))


async def waited(context: Context, answer: Awaitable[Answer]) -> Answer:
    """An answer, for which a call that has left its request behind may wait longer than its work may take."""
    began = anyio.current_time()
    try:
        return await answer
    finally:
        if context.departure is not None and context.departure.has_left:
            context.deadline += anyio.current_time() - began
