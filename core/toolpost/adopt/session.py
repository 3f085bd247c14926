"""The session that a function of the SDK speaks to, which is the call's own `Context`."""

from __future__ import annotations

from typing import Any, TypeVar

import mcp_types as mcp
from mcp.server.session import ServerSession
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import PromptsListChanged, ResourcesListChanged, ResourceUpdated, ToolsListChanged
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from pydantic import BaseModel
from pydantic_core import to_json

from toolpost.adopt.retold import Retold
from toolpost.errors import Refused
from toolpost.tools.context import Context

ResultT = TypeVar("ResultT", bound=BaseModel)


class CallSession(ServerSession):
    """A client as far as one call reaches it: the answers come from `Context`, in whatever era that client is."""

    def __init__(self, context: Context, retold: Retold) -> None:
        # None of what the SDK's own session holds is there: no connection, no stream.
        self._call = context
        self._retold = retold

    @property
    def client_params(self) -> mcp.InitializeRequestParams | None:
        """Who the client says it is."""
        client, capabilities = self._call.client, self.client_capabilities
        who = mcp.Implementation(name=client.name, version=client.version)
        return mcp.InitializeRequestParams(
            protocol_version=self.protocol_version, capabilities=capabilities, client_info=who
        )

    @property
    def client_capabilities(self) -> mcp.ClientCapabilities:
        """What the client can be asked."""
        can = self._call.can
        return mcp.ClientCapabilities(
            elicitation=mcp.ElicitationCapability(form=mcp.FormElicitationCapability()) if can("elicitation") else None,
            sampling=mcp.SamplingCapability() if can("sampling") else None,
            roots=mcp.RootsCapability() if can("roots") else None,
        )

    @property
    def can_send_request(self) -> bool:
        """Whether anything can be asked: what, `Context` decides."""
        return True

    @property
    def protocol_version(self) -> str:
        """The last version in which servers ask and wait."""
        return max(HANDSHAKE_PROTOCOL_VERSIONS)

    def check_client_capability(self, capability: mcp.ClientCapabilities) -> bool:
        """Whether the client has all that is set."""
        return all(self._call.can(name) for name in capability.model_dump(exclude_none=True))

    async def send_request(self, request: Any, result_type: type[ResultT], *_: Any, **__: Any) -> ResultT:
        """Ask the client.

        Raises:
            Refused: this client cannot be asked that.
        """
        match request:
            case mcp.ElicitRequest(params=mcp.ElicitRequestFormParams() as params):
                return result_type.model_validate(await self._filled(params))
            case mcp.CreateMessageRequest(params=params):
                return result_type.model_validate(await self._sampled(params))
            case mcp.ListRootsRequest():
                found = [{"uri": root.uri, "name": root.name or None} for root in await self._call.roots()]
                return result_type.model_validate({"roots": found})
        raise Refused(f"{request.method} cannot be asked of this client through toolpost")

    async def send_notification(self, notification: Any, related_request_id: Any = None) -> None:
        """Tell the client that something changed; other notifications have nobody who waits for them."""
        match notification:
            case mcp.ToolListChangedNotification():
                await self._retold.publish(ToolsListChanged())
            case mcp.PromptListChangedNotification():
                await self._retold.publish(PromptsListChanged())
            case mcp.ResourceListChangedNotification():
                await self._retold.publish(ResourcesListChanged())
            case mcp.ResourceUpdatedNotification(params=params):
                await self._retold.publish(ResourceUpdated(uri=params.uri))

    async def send_log_message(
        self, level: mcp.LoggingLevel, data: Any, logger: str | None = None, related_request_id: Any = None
    ) -> None:
        """Send a line to the client's log."""
        text = data if isinstance(data, str) else to_json(data, fallback=str).decode()
        await self._call.log(level, text, logger)

    async def report_progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """Tell the caller how far the work is."""
        await self._call.progress(progress, total, message)

    async def send_progress_notification(
        self,
        progress_token: str | int,
        progress: float,
        total: float | None = None,
        message: str | None = None,
        related_request_id: str | None = None,
    ) -> None:
        """The same in older code: a call has one caller, whatever the token."""
        await self._call.progress(progress, total, message)

    async def _filled(self, params: mcp.ElicitRequestFormParams) -> dict[str, Any]:
        if not self._call.can("elicitation"):
            raise Refused("this needs an answer from a person, and this client cannot ask one")
        try:
            given = await self._call.ask(params.message, dict(params.requested_schema))
        except Refused:
            return {"action": "decline"}
        return {"action": "accept", "content": dict(given)}

    async def _sampled(self, params: mcp.CreateMessageRequestParams) -> dict[str, Any]:
        if params.tools:
            raise MCPError(code=mcp.INVALID_PARAMS, message="sampling with tools is not possible through toolpost")
        said = await self._call.sample(
            [(message.role, list(message.content_as_list)) for message in params.messages],  # type: ignore[misc]  # blocks of the SDK are ours
            max_tokens=params.max_tokens,
            system=params.system_prompt,
            temperature=params.temperature,
            stop=params.stop_sequences or (),
        )
        content = said.content[0].model_dump(by_alias=True, mode="json", exclude_none=True)
        return {"role": "assistant", "content": content, "model": said.model, "stopReason": said.stop_reason}
