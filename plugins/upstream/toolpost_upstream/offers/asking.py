"""How what is offered here reaches the server that has it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Protocol

from toolpost import Context
from toolpost_upstream.wires.wire import JSONObject


class Ask(Protocol):
    """Sends a request of one caller to the server, and gives the result; raises `ToolError`."""

    def __call__(
        self, method: str, params: JSONObject, context: Context, headers: Mapping[str, str] | None = None, /
    ) -> Awaitable[JSONObject]: ...
