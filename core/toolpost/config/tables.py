"""The tables of the configuration that are the host's own, whatever its plugins are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

Seconds = Annotated[float, Field(gt=0)]


@dataclass(frozen=True)
class Server:
    """The `[server]` table: how toolpost runs."""

    backend: Literal["asyncio", "trio"] = "asyncio"
    line_bytes: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    grace: Annotated[float, Field(ge=0, le=600)] = 5.0
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    log_format: Literal["text", "json"] = "text"
    watch: bool = False


@dataclass(frozen=True)
class ToolSettings:
    """The `[tools]` table."""

    disabled: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class GuardSettings:
    """The `[guards]` table: what becomes of a call when a layer itself fails."""

    fail_open: list[str] = field(default_factory=list)
    seconds: Seconds = 10.0


@dataclass(frozen=True)
class Token:
    """One `[http.tokens.<name>]`: the SHA-256 of a bearer token, who brings it, and what they may do."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    principal: Annotated[str, Field(min_length=1, max_length=200)]
    scopes: list[Literal["call", "admin"]] = field(default_factory=lambda: ["call"])


# Signatures by a key of which only the public half is published: never "none", and no secret that both sides hold.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


@dataclass(frozen=True)
class Issuer:
    """`[http.oauth]`: whose signed tokens (JWT) are taken, as an OAuth resource server (RFC 9728, RFC 9068).

    `audience` is what the issuer writes into tokens for this server, and
    `resource` its address for clients, where that is another. `scopes` maps
    the issuer's to ours; without any, each of its tokens may call.
    """

    issuer: str
    audience: Annotated[str, Field(min_length=1)]
    resource: str = ""
    jwks_url: str = ""
    algorithms: Annotated[list[Algorithm], Field(min_length=1)] = field(default_factory=lambda: ["RS256", "ES256"])
    principal_claim: Annotated[str, Field(min_length=1)] = "sub"
    scopes: Mapping[str, Literal["call", "admin"]] = field(default_factory=dict)
    leeway: Annotated[float, Field(ge=0, le=300)] = 30.0

    @property
    def resource_url(self) -> str:
        """The address of this server as clients write it."""
        return self.resource or self.audience


@dataclass(frozen=True)
class Http:
    """The `[http]` table: how `toolpost serve --http` listens, and whom it answers."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8765
    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)+$")] = "/mcp"
    hosts: list[str] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    stateless: bool = False
    body_bytes: Annotated[int, Field(ge=1024)] = 4 * 1024 * 1024
    patience: Seconds = 10.0
    connections: Annotated[int, Field(ge=1)] = 1000
    connections_per_address: Annotated[int, Field(ge=1)] = 500
    sessions: Annotated[int, Field(ge=1)] = 1000
    session_seconds: Seconds = 1800.0
    metrics: Literal["public", "admin"] = "public"
    access_log: bool = True
    certificate: str = ""
    key: str = ""
    state_keys: list[str] = field(default_factory=list)
    tokens: dict[str, Token] = field(default_factory=dict)
    oauth: Issuer | None = None


TABLES: Mapping[str, type] = {"server": Server, "tools": ToolSettings, "guards": GuardSettings, "http": Http}
