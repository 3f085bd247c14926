"""What stands in `input`, as messages in Chat Completions' form."""

from __future__ import annotations

import re
from typing import Any

from toolpost_gateway.wire.content import bound, content
from toolpost_gateway.wire.faults import Fault
from toolpost_gateway.wire.fields import Fields, wrong
from toolpost_gateway.wire.names import of_approval, of_call

ROLES = ("system", "developer", "user", "assistant")
MOST = 4096
FOREIGN = re.compile(r"[^A-Za-z0-9_-]")
UNKNOWN = "{place}: items of type {kind!r} are not read; send messages, calls of functions, and what was answered here"
Message = dict[str, Any]


class Conversation:
    """Messages that grow by items; `decided` are answers to approvals, `listed` the labels whose tools were listed.

    A provider wants all calls of a turn in one message, and after it an
    answer to each: `_open` is the message whose calls are not all answered yet.
    """

    def __init__(self, before: list[Message]) -> None:
        self.messages = before
        self.decided: dict[str, bool] = {}
        self.listed: set[str] = set()
        self._waiting: set[str] = set()
        self._open: Message | None = None
        self._resume()

    def read(self, body: Fields) -> None:
        """Take the items of a request.

        Raises:
            Fault: one is none, or of a kind that is not read.
        """
        match body.given.get("input"):
            case None:
                return
            case str() as text:
                self.messages.append({"role": "user", "content": text})
            case list() as items if len(items) <= MOST:
                bound(body, "input")
                for one in body.parts("input"):
                    self._take(one)
            case list():
                raise Fault(400, f"input: at most {MOST} items", "input", "array_above_max_length")
            case other:
                raise wrong("input", "a text or a list of items", other)

    def _take(self, one: Fields) -> None:
        kind = one.text("type", "message")
        match kind:
            case "message":
                self._message(one)
            case "function_call":
                one.needs("call_id")
                self._call(one, one.text("call_id"))
            case "function_call_output":
                one.needs("call_id")
                self._answer(one.text("call_id"), content(one, "output"))
            case "mcp_call":
                self._ours(one)
            case "mcp_approval_request":
                self._call(one, of_approval(one.text("id")), is_ours=True)
            case "mcp_approval_response":
                self._decision(one)
            case "mcp_list_tools":
                self.listed.add(one.text("server_label"))
            case "reasoning":
                # What a provider sealed is kept with the answers here, and nobody else can open it.
                pass
            case _:
                place = one.at("type")
                raise Fault(400, UNKNOWN.format(place=place, kind=kind[:64]), place, "unsupported_value")

    def _message(self, one: Fields) -> None:
        one.needs("role")
        role = one.text("role")
        if role not in ROLES:
            raise Fault(400, f"{one.at('role')}: give {', '.join(ROLES)}", one.at("role"), "invalid_value")
        self.messages.append({"role": role, "content": content(one)})
        if role == "assistant":
            self._open = self.messages[-1]

    def _call(self, one: Fields, name: str, *, is_ours: bool = False) -> None:
        one.needs("name")
        # A name of ours may hold what no name of a function may.
        function = FOREIGN.sub("_", one.text("name")) if is_ours else one.text("name")
        called = {"name": function, "arguments": one.text("arguments", "{}")}
        call = {"id": name, "type": "function", "function": called}
        if self._open is None:
            self._open = {"role": "assistant", "content": None}
            self.messages.append(self._open)
        self._open.setdefault("tool_calls", []).append(call)
        self._waiting.add(name)

    def _answer(self, name: str, output: Any) -> None:
        self.messages.append({"role": "tool", "tool_call_id": name, "content": output})
        self._waiting.discard(name)
        if not self._waiting:
            self._open = None

    def _ours(self, one: Fields) -> None:
        name = of_call(one.text("id"))
        if name not in self._waiting:
            self._call(one, name, is_ours=True)
        # What a person was asked about before, and has said yes to, is made by now.
        self.decided.pop(name, None)
        failed = "" if not one.has("error") else _failure(one.given["error"])
        self._answer(name, one.text("output") or failed)

    def _decision(self, one: Fields) -> None:
        one.needs("approval_request_id")
        one.needs("approve")
        self.decided[of_approval(one.text("approval_request_id"))] = one.flag("approve")

    def _resume(self) -> None:
        """Find what an earlier answer left open."""
        for message in reversed(self.messages):
            if message["role"] == "assistant":
                called = {call["id"] for call in message.get("tool_calls", ())}
                answered = {one.get("tool_call_id") for one in self.messages if one["role"] == "tool"}
                self._waiting = called - answered
                self._open = message if self._waiting else None
                return


def _failure(error: Any) -> str:
    """The text of an error as this API writes it, or as others do."""
    match error:
        case str():
            return error
        case {"content": [{"text": str() as text}, *_]} | {"message": str() as text}:
            return text
    return "the call failed"
