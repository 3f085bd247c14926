"""An open session with one server, of either era: requests go out in that era's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from toolpost import __version__
from toolpost_upstream.wires.wire import Exchange, JSONObject, Wire

STATELESS = "2026-07-28"
# The handshake's versions, the newest first.
HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
PREFIX = "io.modelcontextprotocol/"
OURSELVES = {"name": "toolpost", "version": __version__}
# All that a caller may be able to do: on an older connection it is said once, for all callers.
ABILITIES: JSONObject = {"elicitation": {"form": {}}, "sampling": {}, "roots": {}}
# The level from which on a server is to send lines of its log; what a client wants of those, its own level says.
LEVEL = "info"


class ServerError(Exception):
    """The server answered a request with an error of the protocol."""

    def __init__(self, wire: Any) -> None:
        said = wire if isinstance(wire, dict) else {}
        code = said.get("code")
        self.code = code if isinstance(code, int) else 0
        self.data = said.get("data")
        super().__init__(str(said.get("message", ""))[:2000])


class Session:
    """Requests over one wire; `capabilities` are the server's."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.capabilities: JSONObject = {}
        self.about: JSONObject = {}

    def can(self, *path: str) -> bool:
        """Whether the server declared a capability, such as `resources`, `subscribe`."""
        value: Any = self.capabilities
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return value is not None and value is not False

    async def begin(
        self,
        method: str,
        params: JSONObject,
        *,
        caller: str | None = None,
        abilities: JSONObject | None = None,
        headers: Mapping[str, str] | None = None,
        reports: bool = False,
        logs: bool = False,
    ) -> Exchange:
        """Send a request; raises as `Wire.begin`. `reports` and `logs` ask for progress and for lines of the log."""
        meta: JSONObject = {"progressToken": 0} if reports else {}
        stateless = self.wire.stateless
        if stateless:
            meta |= envelope(self.wire.version, ABILITIES if abilities is None else abilities)
            if logs:
                meta[f"{PREFIX}logLevel"] = LEVEL
        if meta:
            params = {**params, "_meta": meta}
        sent = _named(method, params, headers) if stateless and self.wire.takes_headers else headers or {}
        message = {"jsonrpc": "2.0", "id": 0, "method": method, "params": params}
        return await self.wire.begin(message, sent, caller)

    async def request(self, method: str, params: JSONObject) -> tuple[JSONObject, int]:
        """The result of a request that concerns no caller, and its size in bytes.

        Raises:
            ServerError: the server said no.
            WireError: it did not answer.
        """
        exchange = await self.begin(method, params)
        reason = "nobody waits for it any more"
        try:
            while True:
                message = await exchange.next()
                if "method" not in message:
                    reason = ""
                    return answered(message), exchange.size
        finally:
            exchange.end(reason)

    async def tell(self, method: str, params: JSONObject | None = None) -> None:
        """Send a notification."""
        message: JSONObject = {"jsonrpc": "2.0", "method": method}
        await self.wire.tell(message if params is None else {**message, "params": params})


def answered(message: JSONObject) -> JSONObject:
    """The result in a response; raises `ServerError` for any other."""
    result = message.get("result")
    if isinstance(result, dict) and "error" not in message:
        return result
    raise ServerError(message.get("error", {"message": "it sent a response without a result"}))


def envelope(version: str, abilities: JSONObject) -> JSONObject:
    """What every request of the stateless era carries about who sends it."""
    return {
        f"{PREFIX}protocolVersion": version,
        f"{PREFIX}clientInfo": OURSELVES,
        f"{PREFIX}clientCapabilities": abilities,
    }


def _named(method: str, params: JSONObject, headers: Mapping[str, str] | None) -> Mapping[str, str]:
    """The headers by which proxies know a request of the stateless era."""
    named = {**(headers or {}), "mcp-method": method}
    name = params.get({"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}.get(method, ""))
    if isinstance(name, str):
        named["mcp-name"] = header_value(name)
    return named


def header_value(text: str) -> str:
    """A text as the value of a header (MCP 2026-07-28, transports): as it is where that can be, else in base64."""
    if text.isascii() and text.isprintable() and text == text.strip() and not text.startswith("=?base64?"):
        return text
    import base64

    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="
