"""A refresh token is changed for other tokens: by a client of its own, which no caller's leaving interrupts."""

from __future__ import annotations

import anyio
import httpx2
from mcp.shared.auth import OAuthToken
from pydantic import ValidationError
from pydantic_core import from_json

from toolpost_upstream.oauth.bounded import PLAIN, bound
from toolpost_upstream.oauth.failures import LoginNeeded, code_of
from toolpost_upstream.wires.door import retry_after
from toolpost_upstream.wires.wire import Unsent

# Less than the lease of the lock that is held meanwhile; and redirects within the same origin.
SECONDS, REDIRECTS = 10.0, 3
# RFC 6749, 5.2: the login itself is no more, and asking again would change nothing.
FINAL = ("invalid_grant", "invalid_client", "unauthorized_client")
# What is a matter of time, for all that it counts as the client's fault.
LATER = (408, 425, 429)


async def renewed(request: httpx2.Request, name: str) -> OAuthToken | None:
    """What the authorization server gives for a refresh token; None where it never will again.

    Raises:
        Unsent: it gives nothing now.
        LoginNeeded: it gives nothing, for a reason that may be ours.
    """
    request.headers.update(PLAIN)
    try:
        with anyio.fail_after(SECONDS):
            response = await _asked(request)
    except TimeoutError:
        raise _unrenewed(f"gives no answer within {SECONDS:g} s") from None
    except httpx2.HTTPError as error:
        raise _unrenewed(f"is not there ({type(error).__name__})") from None
    return _tokens(response, name)


async def _asked(request: httpx2.Request) -> httpx2.Response:
    origin = _origin(request.url)
    async with httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False) as client:
        for _ in range(REDIRECTS):
            response = await client.send(request, stream=True)
            bound(response)
            await response.aread()
            following = response.next_request
            if following is None or following.method != "POST" or _origin(following.url) != origin:
                break
            request = following
    return response


def _tokens(response: httpx2.Response, name: str) -> OAuthToken | None:
    status, code = response.status_code, _code(response)
    if status in (200, 201) and not code:
        try:
            return OAuthToken.model_validate_json(response.content)
        except ValidationError:
            raise _unrenewed("gave something that is no token") from None
    if status >= 500 or status in LATER or 300 <= status < 400:
        raise _unrenewed(f"does not do it now (HTTP {status})", retry_after(response.headers.get("retry-after")))
    if code in FINAL:
        return None
    raise LoginNeeded(name, f"has a login that is not renewed: {code_of(code)} (HTTP {status})")


def _unrenewed(why: str, wait: float | None = None) -> Unsent:
    return Unsent(f"needs its login renewed, and the authorization server {why}", wait)


def _code(response: httpx2.Response) -> str:
    try:
        body = from_json(response.content)
    except ValueError:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
