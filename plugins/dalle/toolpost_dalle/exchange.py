"""One request to the provider, and its answer or one of our errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from toolpost_dalle.answer import Answer, Seen, read
from toolpost_dalle.request import VARIATIONS, Request

if TYPE_CHECKING:
    import httpx2
    from openai import APIStatusError

    from toolpost_openai.connection import Connection


class OneAtATime(Exception):
    """The server refuses to draw more than one picture in a request; it has drawn none."""


class NoEndpoint(Exception):
    """The server does not have the address that was asked; it has done nothing."""


@dataclass
class Exchange:
    """Asks one server; `silence` is how many seconds it may say nothing.

    `unknown` holds fields that the server has refused to know, so that it is
    not asked with them again.
    """

    connection: Connection
    silence: float
    unknown: set[str] = field(default_factory=set)

    async def send(self, request: Request, seen: Seen) -> Answer:
        """The answer to a request, which is sent once.

        Only a request that was refused for a field that the server does not
        know is sent again, without it: nothing was carried out.

        Raises:
            OneAtATime, NoEndpoint: nothing was carried out, and there is another way.
            ToolError: one of ours, as `Connection.ask` raises them.
        """
        from openai import APIStatusError

        from toolpost_openai.connection import AT_READING

        fields = {name: value for name, value in request.fields.items() if name not in self.unknown}
        try:
            async with self._opened(request, fields) as response:
                return await read(response, seen)
        except AT_READING as error:
            if not (isinstance(error, APIStatusError) and self._mended(error, request, fields)):
                raise await self.connection.failure(error, request.model) from None
        return await self.send(request, seen)

    @asynccontextmanager
    async def _opened(self, request: Request, fields: Mapping[str, Any]) -> AsyncIterator[httpx2.Response]:
        import httpx2
        from openai import APIConnectionError, APITimeoutError, AsyncStream

        client = self.connection.client
        connect = client.timeout.connect if isinstance(client.timeout, httpx2.Timeout) else None
        # Not `images.generate`: it reads a whole answer on the event loop, and large events too.
        stream = await client.post(
            request.path,
            cast_to=object,
            body=dict(fields),
            files=list(request.files) or None,
            options={
                "timeout": httpx2.Timeout(self.silence, connect=connect),
                "headers": {"Content-Type": "multipart/form-data"} if request.files else {},
            },
            stream=True,
            stream_cls=AsyncStream[object],
        )
        async with stream:
            try:
                yield stream.response
            except httpx2.TimeoutException as error:
                raise APITimeoutError(request=stream.response.request) from error
            except httpx2.RequestError as error:
                raise APIConnectionError(request=stream.response.request) from error

    def _mended(self, error: APIStatusError, request: Request, fields: Mapping[str, Any]) -> bool:
        """Whether the request may be sent again without what the server does not know."""
        from toolpost_openai.failures import is_missing_model

        status, said = error.status_code, str(error.body)
        if status in (404, 405, 501) and request.path == VARIATIONS and not is_missing_model(error):
            raise NoEndpoint from None
        if status not in (400, 422):
            return False
        if error.param == "n" and fields["n"] > 1:
            raise OneAtATime from None
        if "response_format" in fields and "response_format" in said:
            self.unknown.add("response_format")
            return True
        return False
