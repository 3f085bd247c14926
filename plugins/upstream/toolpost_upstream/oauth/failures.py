"""What is wrong with a login, in words that hold nothing of what the other side said; they follow `the server`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolpost_upstream.wires.wire import Denied

if TYPE_CHECKING:
    from toolpost_upstream.servers.server import Server

# RFC 6749, 4.1.2.1 and 5.2: what an authorization server may answer; other words are not repeated.
CODES = (
    *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "invalid_target", "access_denied"),
    *("unauthorized_client", "unsupported_grant_type", "unsupported_response_type"),
    *("server_error", "temporarily_unavailable"),
)


class LoginNeeded(Denied):
    """The server answers only to those who are logged in, and nobody is; the request was not carried out."""

    def __init__(self, name: str, why: str = "wants a login") -> None:
        super().__init__(f"{why}; run `toolpost upstream login {name}`")


class ScopeNeeded(LoginNeeded):
    """Somebody is logged in, and may not do this; the next login asks for more, unless the settings say for what."""

    def __init__(self, server: Server) -> None:
        more = "wants more than the `scope` of its settings; add to it" if server.oauth.scope else ""
        super().__init__(server.name, more or "wants a login for more than it was given")


class LoginFailed(Denied):
    """There is no login, and will be none until somebody mends what the text says."""


# How what the SDK finds begins, and what it is in words of ours.
FOUND = (
    ("Authorization server metadata issuer mismatch", "names an authorization server that says it is another"),
    ("Authorization response", "was answered by another authorization server than the one that was asked"),
    ("Protected resource metadata request", "cannot say now who gives its logins"),
    ("Protected resource", "says that it is at another address than its url; set url to the one that it says"),
)


def failed_in(name: str, error: Exception) -> LoginFailed:
    """What the SDK found, without what the other side said."""
    step = type(error).__name__.removeprefix("OAuth").removesuffix("Error").lower()
    if step == "registration":
        return LoginFailed(
            "does not let toolpost register itself; ask who runs it for a client, and set "
            f"[plugins.upstream.servers.{name}.oauth] client_id"
        )
    what = next((words for beginning, words in FOUND if str(error).startswith(beginning)), "")
    return LoginFailed(f"{what or f'has a login that does not work, in its {step}'}; ask who runs it")


def code_of(value: object) -> str:
    """An error code as it may be shown."""
    return value if isinstance(value, str) and value in CODES else "an error without a known code"
