"""What is wrong with a login, in words that hold nothing of what the other side said; they follow `the server`."""

from __future__ import annotations

from toolpost_upstream.wires.wire import Denied

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


class LoginFailed(Denied):
    """There is no login, and will be none until somebody mends what the text says."""


def failed_in(name: str, error: Exception) -> LoginFailed:
    """What the SDK found, without what the other side said."""
    step = type(error).__name__.removeprefix("OAuth").removesuffix("Error").lower()
    if step != "registration":
        return LoginFailed(f"has a login that does not work, in its {step}; ask who runs it")
    return LoginFailed(
        "does not let toolpost register itself; ask who runs it for a client, and set "
        f"[plugins.upstream.servers.{name}.oauth] client_id"
    )


def code_of(value: object) -> str:
    """An error code as it may be shown."""
    return value if isinstance(value, str) and value in CODES else "an error without a known code"
