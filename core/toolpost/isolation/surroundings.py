"""The context of a call inside a plugin's process: whatever it does, it does through the host."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio

from toolpost.errors import Refused
from toolpost.isolation import inquiries, wire
from toolpost.tools.client import Client
from toolpost.tools.context import Context, InputRequired
from toolpost.tools.peer import Inquiry, Level, Question

# Sends a request to the host and waits for its answer; sends a notification.
Request = Callable[[str, wire.JSONObject], Awaitable[wire.JSONObject]]
Notify = Callable[[str, wire.JSONObject], None]


def context_of(about: wire.JSONObject, number: Any, request: Request, notify: Notify) -> Context:
    """The context that the host described."""
    if "principal" not in about:
        context = Context()
    else:
        name, version, era, result_bytes, call_seconds = about["client"]
        peer = HostPeer(about, number, request, notify)
        remaining = about["remaining"]
        context = Context(
            principal=about["principal"],
            client=Client(name, version, era, result_bytes, call_seconds),
            surface=about["surface"],
            scopes=frozenset(about["scopes"]),
            report=peer.report if about["reports"] else None,
            question=peer.question if about["asks"] else None,
            peer=peer,
            deadline=math.inf if remaining is None else anyio.current_time() + remaining,
        )
    # By one name in both logs.
    context.__dict__["call_id"] = about["id"]
    return context


class HostPeer:
    """The client at the other end of the host."""

    def __init__(self, about: wire.JSONObject, number: Any, request: Request, notify: Notify) -> None:
        self._number, self._request, self._notify = number, request, notify
        self._can = frozenset(about["can"])
        self._is_stateless = about["memory"] is not None
        self.memory: dict[str, Any] = about["memory"] or {}

    def can(self, capability: str) -> bool:
        """As `Peer.can`."""
        return capability in self._can

    async def report(self, done: float, total: float | None, message: str | None) -> None:
        """Tell how far the work is."""
        self._tell("notifications/progress", progressToken=self._number, progress=done, total=total, message=message)
        await anyio.lowlevel.checkpoint()

    async def question(self, message: str, schema: dict[str, Any]) -> Mapping[str, Any] | None:
        """Ask the person: the fields that they filled in, None where they declined."""
        given: Mapping[str, Any] | None = await self.inquire(Question(message, schema), None)
        return given

    async def inquire(self, inquiry: Inquiry, key: str | None) -> Any:
        """As `Peer.inquire`."""
        method, params = inquiries.request(inquiry)
        return inquiries.answer(inquiry, await self._asked(method, params, key))

    async def log(self, level: Level, message: str, logger: str | None) -> None:
        """As `Peer.log`."""
        self._tell("notifications/message", level=level, data=message, logger=logger)
        await anyio.lowlevel.checkpoint()

    async def release(self) -> None:
        """As `Peer.release`."""
        await self._asked(inquiries.RELEASE, {}, None)

    async def _asked(self, method: str, params: wire.JSONObject, key: str | None) -> wire.JSONObject:
        meta = {wire.CALL: self._number, "toolpost/key": key}
        if self._is_stateless:
            # The round may end with this question, and what was done in it must not be forgotten.
            meta[wire.MEMORY] = self.memory
        message = await self._request(method, {**params, "_meta": meta})
        match message:
            case {"result": {"_meta": {wire.REQUIRED: True}}}:
                raise InputRequired({}, "")
            case {"result": dict(result)}:
                return result
            case {"error": {"message": str(text)}}:
                raise Refused(text)
        raise Refused("the host gave no answer")

    def _tell(self, method: str, **params: Any) -> None:
        self._notify(method, {**params, "_meta": {wire.CALL: self._number}})
