"""What the provider answers, read from a whole body or from a stream, off the event loop where it is large."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from pydantic_core import from_json

from toolpost import ToolError
from toolpost_dalle.events import Events

if TYPE_CHECKING:
    import httpx2

Seen = Callable[[int], Awaitable[None]]
"""Is told how many partial pictures have come."""

# What is larger is parsed in a thread.
SMALL = 50_000
# Ten pictures of the largest size do not come near it.
LARGEST = 512_000_000


@dataclass(frozen=True)
class Answer:
    """What the provider sent: items that hold or name a picture, and what it says of them all."""

    items: tuple[Any, ...]
    about: Mapping[str, Any]


async def read(response: httpx2.Response, seen: Seen) -> Answer:
    """The answer in a response; one of a wrong form raises what it will.

    A server that knows no streams answers whole, whatever it was asked.
    """
    if "text/event-stream" in response.headers.get("content-type", ""):
        return await _stream(response, seen)
    body, size = [], 0
    async for piece in response.aiter_bytes():
        body.append(piece)
        size += len(piece)
        if size > LARGEST:
            raise ToolError("the answer is larger than any picture; it was given up, and may have been paid for")
    answer = await _parsed(body, size)
    _raise_if_failed(answer)
    if not isinstance(answer["data"], list):
        raise TypeError("no list of pictures")
    return Answer(tuple(answer["data"]), answer)


async def _stream(response: httpx2.Response, seen: Seen) -> Answer:
    events = Events()
    async for piece in response.aiter_bytes():
        for data in events.feed(piece):
            if answer := await _event(data, seen):
                return answer
    for data in events.end():
        if answer := await _event(data, seen):
            return answer
    raise ValueError("the stream ended before the picture was complete")


async def _event(data: bytes, seen: Seen) -> Answer | None:
    if data.startswith(b"[DONE]"):
        return None
    event = await _parsed([data], len(data))
    _raise_if_failed(event)
    match str(event.get("type", "")).rpartition(".")[2]:
        case "partial_image":
            # Progress only: a strange one must not cost the picture that comes after it.
            if isinstance(place := event.get("partial_image_index"), int):
                await seen(place + 1)
        case "completed":
            return Answer((event,), event)
    return None


async def _parsed(pieces: Sequence[bytes], size: int) -> Any:
    return _joined(pieces) if size < SMALL else await anyio.to_thread.run_sync(_joined, pieces)


def _joined(pieces: Sequence[bytes]) -> Any:
    return from_json(b"".join(pieces))


def _raise_if_failed(answer: Any) -> None:
    from toolpost_openai.failures import StreamFailed

    if answer.get("error"):
        raise StreamFailed(answer["error"])
    if answer.get("type") == "error":
        raise StreamFailed(answer)
