"""Which method is answered by what, and what its parameters are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mcp_types import (
    CallToolRequestParams,
    CompleteRequestParams,
    GetPromptRequestParams,
    NotificationParams,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    UnsubscribeRequestParams,
)
from pydantic import BaseModel

from toolpost.server.handlers import Handlers
from toolpost.server.watching import Watching

Handler = Callable[[Any, Any], Awaitable[Any]]
Entries = dict[str, tuple[type[BaseModel], Handler]]


def requests(handlers: Handlers, watching: Watching, listen: Handler, complete: Handler) -> Entries:
    """The requests of both eras; which of them an era has, the kernel knows."""
    return {
        "tools/list": (PaginatedRequestParams, handlers.list_tools),
        "tools/call": (CallToolRequestParams, handlers.call_tool),
        "resources/list": (PaginatedRequestParams, handlers.list_resources),
        "resources/templates/list": (PaginatedRequestParams, handlers.list_templates),
        "resources/read": (ReadResourceRequestParams, handlers.read_resource),
        "resources/subscribe": (SubscribeRequestParams, watching.subscribe),
        "resources/unsubscribe": (UnsubscribeRequestParams, watching.unsubscribe),
        "prompts/list": (PaginatedRequestParams, handlers.list_prompts),
        "prompts/get": (GetPromptRequestParams, handlers.get_prompt),
        "completion/complete": (CompleteRequestParams, complete),
        "logging/setLevel": (SetLevelRequestParams, handlers.set_level),
        "subscriptions/listen": (SubscriptionsListenRequestParams, listen),
    }


def notifications(watching: Watching) -> Entries:
    """The notifications that are heard."""
    return {"notifications/initialized": (NotificationParams, watching.initialized)}
