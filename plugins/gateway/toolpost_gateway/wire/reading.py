"""The body of a request, read once and strictly."""

from __future__ import annotations

from anyio.to_thread import run_sync
from fastapi import Request
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from toolpost.kit import Gone
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields

# Bytes that are read in about a millisecond; what is longer must not hold up others.
SHORT = 200_000
JSON = "application/json"
NOT_JSON = f"bodies are read as {JSON} alone; send them with the header content-type: {JSON}"


async def read(request: Request) -> Fields:
    """The object in a body. Of keys that stand twice in an object the last counts.

    Raises:
        Fault: it is no JSON, or no object.
    """
    kind = request.headers.get("content-type", JSON)
    if kind.partition(";")[0].strip().lower() != JSON:
        raise Fault(415, NOT_JSON, None, "unsupported_content_type")
    try:
        body = await request.body()
    except ClientDisconnect:
        raise Gone from None
    try:
        given = _parsed(body) if len(body) < SHORT else await run_sync(_parsed, body)
    except ValueError:
        raise Fault(400, "the body is not JSON; send a JSON object, in UTF-8", None, "invalid_json") from None
    return Fields(given)


def _parsed(body: bytes) -> object:
    found: object = from_json(body, allow_inf_nan=False, cache_strings="none")
    return found
