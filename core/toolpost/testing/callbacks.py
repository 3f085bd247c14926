"""Scripts as the SDK's client calls them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from mcp_types import CreateMessageResult, ElicitResult, ListRootsResult, Root
from pydantic import FileUrl

from toolpost.testing.scripts import Model, Person
from toolpost.tools.content import text

Callback = Callable[[Any, Any], Awaitable[Any]]


def people(person: Person) -> Callback:
    """Answers to elicitation."""

    async def answer(context: Any, params: Any) -> ElicitResult:
        given = person.answer(params.message, params.requested_schema)
        return ElicitResult(action="decline") if given is None else ElicitResult(action="accept", content=given)

    return answer


def sampling(model: Model) -> Callback:
    """Answers to sampling."""

    async def answer(context: Any, params: Any) -> CreateMessageResult:
        blocks = [block for message in params.messages for block in message.content_as_list]
        said = model.sample(blocks)
        return CreateMessageResult(role="assistant", content=text(said.text), model=said.model, stop_reason="endTurn")

    return answer


def places(roots: Iterable[str]) -> Callable[[Any], Awaitable[ListRootsResult]]:
    """The folders that the client works in."""
    found = ListRootsResult(roots=[Root(uri=FileUrl(uri)) for uri in roots])

    async def answer(context: Any) -> ListRootsResult:
        return found

    return answer


def logging(lines: list[tuple[str, str]]) -> Callable[[Any], Awaitable[None]]:
    """Lines of the client's log, kept."""

    async def keep(params: Any) -> None:
        lines.append((str(params.level), str(params.data)))

    return keep
