"""A call of toolpost as the request that a function of the SDK expects."""

from __future__ import annotations

from typing import Any

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver import Context as SDKContext
from mcp_types import InputRequiredResult, InputResponseRequestParams
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from toolpost.adopt.failures import translated
from toolpost.adopt.retold import Retold
from toolpost.adopt.rounds import Run, answered
from toolpost.adopt.session import CallSession
from toolpost.tools.context import Context

# The era in which a function may ask and wait: where a client does not wait, `Context.ask` knows how.
VERSION = max(HANDSHAKE_PROTOCOL_VERSIONS)


class Requests:
    """Runs functions of one server; `state` is what its lifespan yielded."""

    def __init__(self, server: MCPServer[Any], retold: Retold) -> None:
        self.server = server
        self.state: Any = {}
        self._retold = retold
        self._nobody: SDKContext[Any, Any] = SDKContext(mcp_server=server, subscriptions=retold)

    async def run(self, name: str, method: str, context: Context, function: Run) -> Any:
        """What a function gives for a context of the SDK, asked again while it wants the client's input.

        Raises:
            ToolError: it said so, in the SDK's words or in ours; anything else is what it raised.
        """
        session = CallSession(context, self._retold)

        async def once(params: InputResponseRequestParams | None) -> Any:
            return await function(self._context(method, context, session, params))

        try:
            given = await once(None)
            while isinstance(given, InputRequiredResult):
                given = await once(await answered(given, session))
            return given
        except Exception as error:
            seen, cause = translated(error, name)
            raise seen from cause

    async def run_alone(self, name: str, function: Run) -> Any:
        """The same for a function that knows nothing of its call, at half the cost; raises as `run`."""
        try:
            return await function(self._nobody)
        except Exception as error:
            seen, cause = translated(error, name)
            raise seen from cause

    def _context(
        self, method: str, context: Context, session: CallSession, params: InputResponseRequestParams | None
    ) -> SDKContext[Any, Any]:
        request = ServerRequestContext(
            session=session,
            lifespan_context=self.state,
            protocol_version=VERSION,
            method=method,
            request_id=context.call_id,
        )
        return SDKContext(
            request_context=request, mcp_server=self.server, input_params=params, subscriptions=self._retold
        )
