"""What the login reads of answers, which nobody has asked for: so much of each, for so long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import anyio
import httpx2

from toolpost_upstream.oauth.failures import LoginFailed

# Metadata, registrations and tokens are a few kilobytes.
LARGEST, SECONDS = 1024 * 1024, 30.0
# With a packed body the number of its bytes would say nothing.
PLAIN = {"accept-encoding": "identity"}


def bound(response: httpx2.Response) -> None:
    """Have all that is read of an answer be little, and as it was sent: what is packed is not unpacked."""
    response.headers.pop("content-encoding", None)
    response.stream = Bounded(cast(httpx2.AsyncByteStream, response.stream))


class Bounded(httpx2.AsyncByteStream):
    """A body; reading it raises `LoginFailed` where it is too long, or does not end."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size, until = 0, anyio.current_time() + SECONDS
        pieces = aiter(self._inner)
        while (piece := await _next(pieces, until)) is not None:
            size += len(piece)
            if size > LARGEST:
                raise LoginFailed(f"answers its login with more than {LARGEST} bytes; ask who runs it")
            yield piece

    async def aclose(self) -> None:
        """As the body's own."""
        await self._inner.aclose()


async def _next(pieces: AsyncIterator[bytes], until: float) -> bytes | None:
    try:
        with anyio.fail_after(until - anyio.current_time()):
            return await anext(pieces, None)
    except TimeoutError:
        raise LoginFailed(f"did not end an answer of its login within {SECONDS:g} s; ask who runs it") from None
