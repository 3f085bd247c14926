"""A request of a conversation on its way out: with the SDK's headers and errors, and without what it does each time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2
from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI
from pydantic_core import PydanticSerializationError, to_json

from toolpost_openai.failures import BROKEN, UNSENT
from toolpost_openai.sse import LOST, Events


class Posting:
    """Posts to one server, through the connections of the SDK's client.

    Its own `post` takes 0.4 ms for each request, mostly to put together what
    is the same in all. Make it in a thread: the SDK looks at the machine for its headers.
    """

    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client
        self._http: httpx2.AsyncClient = client._client  # what it was made with; it says so nowhere else
        own = {**client.default_headers, **client.auth_headers}
        headers = httpx2.Headers(self._http.headers)
        headers.update({name: value for name, value in own.items() if isinstance(value, str)})
        self._headers = headers.raw
        self._urls: dict[str, httpx2.URL] = {}
        self._patience = _seconds(client.timeout)

    async def open(self, path: str, body: Mapping[str, Any], silence: float | None = None) -> Events:
        """The answer's events; `silence` is in seconds, where it may be another than the client's.

        Raises:
            OpenAIError: as the SDK would.
            ValueError: it cannot be written as JSON.
        """
        patience = self._patience if silence is None else {**self._patience, "read": silence}
        request = httpx2.Request(
            "POST", self._url(path), headers=self._headers, content=packed(body), extensions={"timeout": patience}
        )
        try:
            response = await self._http.send(request, stream=True)
        except httpx2.TimeoutException as error:
            raise APITimeoutError(request=request) from error
        except LOST as error:
            raise APIConnectionError(request=request) from error
        if response.is_success:
            return Events(response)
        await response.aread()
        raise self._client._make_status_error_from_response(response)  # which kind it is, the SDK tells by the status

    def _url(self, path: str) -> httpx2.URL:
        if path not in self._urls:
            base = self._client.base_url
            self._urls[path] = base.copy_with(raw_path=base.raw_path + path.lstrip("/").encode())
        return self._urls[path]


def packed(body: Mapping[str, Any]) -> bytes:
    """A body as JSON; the standard library says what is wrong with a text that is none.

    Raises:
        ValueError: it holds half of a character, or what is no number.
    """
    try:
        return to_json(body)
    except PydanticSerializationError:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def is_cut(error: Exception) -> bool:
    """Whether somebody on the way may have taken a long silence for the end: gateways say so with 504 or 524."""
    if isinstance(error, APIStatusError):
        return error.status_code in (504, 524)
    return isinstance(error, BROKEN) and not isinstance(error.__cause__, UNSENT)


def _seconds(timeout: Any) -> dict[str, float | None]:
    found = timeout if isinstance(timeout, httpx2.Timeout) else httpx2.Timeout(timeout)
    return found.as_dict()
