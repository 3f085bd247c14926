"""Agreeing with a server on the era and version of the protocol."""

from __future__ import annotations

from typing import Any

from toolpost_upstream.servers.server import Server
from toolpost_upstream.session.session import ABILITIES, HANDSHAKE, OURSELVES, STATELESS, ServerError, Session
from toolpost_upstream.wires.wire import Denied, JSONObject, WireError


async def opened(session: Session, server: Server) -> None:
    """Agree, as the server's settings want it.

    Raises:
        WireError: there is nothing that both speak, or the server does not answer.
        ServerError: it refuses.
    """
    match server.era:
        case "handshake":
            await _handshake(session)
        case "stateless":
            await _discover(session)
        case _:
            await _either(session)
    session.wire.listen()


async def _either(session: Session) -> None:
    """The older era first: all but the newest servers know it, and none leaves its question unanswered.

    Those that know both answer calls faster in it, as long as they are made
    with the SDK, which validates more in the newer one.
    """
    try:
        await _handshake(session)
    except (ServerError, Denied) as error:
        try:
            await _discover(session)
        except (ServerError, WireError):
            raise error from None


async def _discover(session: Session) -> None:
    wire = session.wire
    wire.stateless, wire.version = True, STATELESS
    try:
        found, _ = await session.request("server/discover", {})
        if STATELESS not in _list(found.get("supportedVersions")):
            raise ServerError({"message": "it does not speak 2026-07-28"})
    except BaseException:
        wire.stateless, wire.version = False, ""
        raise
    meta = found.get("_meta")
    _take(session, found, meta.get("io.modelcontextprotocol/serverInfo") if isinstance(meta, dict) else None)


async def _handshake(session: Session) -> None:
    wire = session.wire
    wire.stateless, wire.version = False, ""
    params = {"protocolVersion": HANDSHAKE[0], "capabilities": ABILITIES, "clientInfo": OURSELVES}
    found, _ = await session.request("initialize", params)
    version = found.get("protocolVersion")
    if version not in HANDSHAKE:
        raise WireError(f"speaks version {str(version)[:32]!r} of MCP, which toolpost does not")
    wire.version = str(version)
    _take(session, found, found.get("serverInfo"))
    await session.tell("notifications/initialized")


def _take(session: Session, found: JSONObject, about: Any) -> None:
    capabilities = found.get("capabilities")
    session.capabilities = capabilities if isinstance(capabilities, dict) else {}
    session.about = about if isinstance(about, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
