"""What the provider or the way to it does wrong, turned into one of our errors: the only place that does."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import openai

from toolpost import InvalidArguments, Refused, ToolError, Unavailable
from toolpost.kit import LATE
from toolpost_openai.choice import IMAGE, LONGEST, MISSING, PARAM
from toolpost_openai.retry_after import retry_after
from toolpost_openai.server import Server
from toolpost_openai.sse import LOST

# The request never left: see the tree in httpx2/_exceptions.py.
UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol)
# How a connection ends; the SDK says so in its own words, but for the body of an error.
BROKEN, TIMEOUTS = (openai.APIConnectionError, *LOST), (openai.APITimeoutError, httpx2.TimeoutException)
OTHERS = ": is it running, and is base_url in [plugins.openai] right?"
NO_CREDIT = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
MODERATED = {"invalid_prompt", "content_policy_violation", "content_filter", "moderation_blocked", "contentFilter"}
SECRET = re.compile(r"\b(?:sk|pk|rk|key)[-_][\w*.…-]{6,}|\bbearer\s+\S+", re.IGNORECASE)
# In the `meta` of an error: what the retry layer goes by, and whoever passes a provider's status on.
PROVIDER = "toolpost/provider"
MAYBE = "it may have been carried out, so it was not sent again"


class StreamFailed(Exception):
    """The provider said in mid-stream that it failed."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error.get("message"))
        self.code = error.get("code")
        self.message = error.get("message")


def translate(error: Exception, server: Server, model: str, names: Sequence[str] = ()) -> ToolError:
    """Our error for one of the SDK's, or for what is left of an answer that cannot be read.

    `names` are the models that the server has, for a hint at the nearest.
    """
    failure = _failure(error, server, model, names)
    if (up := _is_up(error)) is not None:
        status = {"status": error.status_code} if isinstance(error, openai.APIStatusError) else {}
        failure.meta = {**failure.meta, PROVIDER: {"name": server.name, "up": up, **status}}
    if isinstance(error, openai.BadRequestError) and "image" in str(error.code):
        failure.meta = {**failure.meta, PARAM: IMAGE}
    if is_missing_model(error):
        failure.meta = {**failure.meta, MISSING: {"model": model[:LONGEST]}}
    return failure


def _failure(error: Exception, server: Server, model: str, names: Sequence[str]) -> ToolError:
    if isinstance(error, BROKEN):
        return _lost(error, server)
    match error:
        case openai.APIStatusError():
            return _status(error, server, model, names)
        case openai.APIError() | StreamFailed():
            return _failed(error.code, _clean(error.message, server), server)
        case UnicodeEncodeError():
            return InvalidArguments("the text holds half of a character (a lone surrogate), which cannot be sent")
    return broken(server)


def broken(server: Server) -> ToolError:
    """The error for an answer that ended too early or is not in the provider's own form."""
    return ToolError(f"{server.label} sent an answer that is cut off or malformed, so it is not shown; {MAYBE}")


def _is_up(error: Exception) -> bool | None:
    """Whether the provider stands, although it did not do this: retries are judged by it. None where nobody knows."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code < 500
    return False if isinstance(error, BROKEN) else None


def is_missing_model(error: Exception) -> bool:
    """Whether the server says that it does not have the model, rather than the address."""
    if not isinstance(error, openai.NotFoundError):
        return False
    return error.code == "model_not_found" or error.param == "model" or "model" in _sentence(error).lower()


def _status(error: openai.APIStatusError, server: Server, model: str, names: Sequence[str]) -> ToolError:
    status, said = error.status_code, _clean(_sentence(error), server)
    match status:
        case 400 if str(error.code) in MODERATED:
            return Refused(f"{server.label} declined the request{_after(said)}")
        case 400 | 413 | 422:
            return InvalidArguments(f"{server.label} refused the request ({status}): {said or 'it gave no reason'}")
        case 401:
            return Refused(f"{server.label} refused the key (401): set OPENAI_API_KEY, or api_key in [plugins.openai]")
        case 403:
            return Refused(
                f"{server.label} does not let this key do that (403): check its project and permissions{_after(said)}"
            )
        case 404 if is_missing_model(error):
            return InvalidArguments(f"{server.label} has no model {model!r}{_nearest(model, names)}")
        case 404 | 405:
            path = error.request.url.path
            return Refused(f"{server.label} has no {path} ({status}){_after(said)}; check base_url in [plugins.openai]")
        case 429 if {error.code, error.type} & NO_CREDIT:
            return _no_credit(server)
        case 429:
            wait = retry_after(error.response.headers)
            return Unavailable(f"{server.label} takes no more requests for now (429)", retry_after=wait)
        case 503:
            wait = retry_after(error.response.headers)
            return Unavailable(f"{server.label} is overloaded (503)", retry_after=wait)
        case _ if status >= 500 or status in (408, 409):
            return ToolError(f"{server.label} failed ({status}); {MAYBE}")
    return Refused(f"{server.label} refused the request ({status}){_after(said)}")


def _lost(error: Exception, server: Server) -> ToolError:
    if isinstance(error.__cause__, UNSENT):
        way = "" if server.official or server.local else OTHERS
        return Unavailable(f"{server.label} cannot be reached{way}")
    if isinstance(error, TIMEOUTS):
        silent = ToolError(f"{server.label} was silent for too long, and the request was given up; {MAYBE}")
        silent.meta = {LATE: {}}
        return silent
    return ToolError(f"the connection to {server.label} broke before the answer was complete; {MAYBE}")


def _failed(code: object, said: str, server: Server) -> ToolError:
    if code in NO_CREDIT:
        return _no_credit(server)
    if code in MODERATED:
        return Refused(f"{server.label} declined the request{_after(said)}")
    return ToolError(f"{server.label} failed while it answered{_after(said)}; {MAYBE}")


def _no_credit(server: Server) -> Refused:
    return Refused(
        f"{server.label} has no credit left for this key: raise its limit in the provider's billing settings, "
        "or set another OPENAI_API_KEY"
    )


def _nearest(model: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(model, names, 3, cutoff=0.4) or list(names[:5])
    return f"; the nearest it has: {', '.join(near)}" if near else ""


def _sentence(error: openai.APIStatusError) -> str:
    body = error.body
    if isinstance(body, dict):
        body = body.get("message") or body.get("detail")
    return body if isinstance(body, str) and not body.lstrip().startswith("<") else ""


def _clean(said: object, server: Server) -> str:
    """One short line that has no key in it."""
    line = " ".join(str(said or "").split())
    if server.api_key:
        line = line.replace(server.api_key, "[key]")
    return SECRET.sub("[key]", line)[:300]


def _after(said: str) -> str:
    return f": {said}" if said else ""
