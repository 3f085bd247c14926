"""A server of others: how it is reached, and what is wanted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SecretStr

Transport = Literal["stdio", "http", "sse"]
Era = Literal["auto", "handshake", "stateless"]
Auth = Literal["none", "oauth"]
Grant = Literal["authorization_code", "client_credentials"]


@dataclass(frozen=True)
class OAuth:
    """Who toolpost is to the authorization server: a person's client, or, with `client_credentials`, one by itself.

    Without a `client_id` it registers itself. `redirect_port` is the one that
    a browser comes back to, 0 for any; `scope` has spaces between scopes.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    grant: Grant = "authorization_code"
    client_id: str = ""
    client_secret: SecretStr = field(default=SecretStr(""), repr=False)
    issuer: str = ""
    scope: str = ""
    redirect_port: Annotated[int, Field(ge=0, le=65535)] = 0


@dataclass(frozen=True)
class Server:
    """An MCP server that is not ours; seconds are of monotonic time.

    `only` and `except_` are patterns of its tools' own names, `prefix` stands
    before them, None for one made of the server's name, and `origin` says
    where it is written, for messages. What may hold secrets is not in its
    representation.
    """

    name: str
    transport: Transport
    command: str = field(default="", repr=False)
    args: tuple[str, ...] = field(default=(), repr=False)
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str = ""
    url: str = field(default="", repr=False)
    headers: Mapping[str, SecretStr] = field(default_factory=dict, repr=False)
    era: Era = "auto"
    start_timeout: float = 30.0
    call_timeout: float = 120.0
    only: tuple[str, ...] = ("*",)
    except_: tuple[str, ...] = ()
    prefix: str | None = None
    auth: Auth = "none"
    oauth: OAuth = OAuth()
    enabled: bool = True
    origin: str = ""
