"""One request for one caller, from the moment it is sent to its result: the server may report and ask meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from math import isfinite
from typing import Any

from pydantic_core import to_json

from toolpost import Context, ToolError
from toolpost.kit import InputRequired, Level
from toolpost_upstream.calls.inquiries import No, abilities, inquired
from toolpost_upstream.calls.parking import Parking
from toolpost_upstream.session.session import Session, answered
from toolpost_upstream.wires.underway import MESSAGE, PROGRESS
from toolpost_upstream.wires.wire import Exchange, JSONObject, error, result

# In the memory of a call that has rounds.
PARKED, ROUND = "upstream/parked", "upstream/round"
ROUNDS = 10
# Characters of what is only told.
WORDS = 4000
LEVELS: tuple[Level, ...] = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class Conversation:
    """A call in progress; `run` gives the result, whichever era either side is of."""

    def __init__(self, server: str, session: Session, parking: Parking, context: Context) -> None:
        self._server, self._session, self._parking, self._context = server, session, parking, context
        self._asked = 0

    async def run(self, method: str, params: JSONObject, headers: Mapping[str, str] | None = None) -> JSONObject:
        """The result.

        Raises:
            ServerError: the server said no.
            WireError: it did not answer.
            InputRequired: the caller must be asked first.
        """
        if not self._session.wire.stateless:
            return await self._once(method, params, headers)
        memory = self._memory
        for number in range(ROUNDS):
            # What was asked in an earlier round of this call is not asked of the server again.
            wanted = memory.get(f"{ROUND}-{number}")
            if wanted is None:
                wanted = await self._once(method, params, headers)
                if wanted.get("resultType") != "input_required":
                    return wanted
                memory[f"{ROUND}-{number}"] = {key: wanted.get(key) for key in ("inputRequests", "requestState")}
            state = wanted.get("requestState")
            params = {**params, "inputResponses": await self._answers(wanted.get("inputRequests"), number)}
            params = params if state is None else {**params, "requestState": state}
        raise ToolError(f"upstream {self._server!r} asks without end: {ROUNDS} rounds, and no result")

    async def _once(self, method: str, params: JSONObject, headers: Mapping[str, str] | None) -> JSONObject:
        """Send a request and see it through, or take up one that waits for its caller's answer."""
        context, session = self._context, self._session
        if context.peer is not None and (name := context.peer.memory.pop(PARKED, None)) is not None:
            return await self._resumed(name, method, params)
        exchange = await session.begin(
            method,
            params,
            caller=context.principal,
            abilities=abilities(context) if session.wire.stateless else None,
            headers=headers,
            reports=context.report is not None,
            logs=context.peer is not None,
        )
        return await self._seen_through(exchange, lambda: _owner(context, method, params))

    async def _resumed(self, name: str, method: str, params: JSONObject) -> JSONObject:
        owner = _owner(self._context, method, params)
        parked = self._parking.take(name, owner)
        if parked is None:
            raise ToolError(f"upstream {self._server!r} did not wait for this answer; call the tool anew")
        self._asked = parked.asked
        return await self._seen_through(parked.exchange, lambda: owner, parked.question)

    async def _seen_through(
        self, exchange: Exchange, owner: Callable[[], str], message: JSONObject | None = None
    ) -> JSONObject:
        reason, is_parked = "the caller has gone", False
        try:
            while True:
                message = message or await exchange.next()
                if "method" not in message:
                    reason = ""
                    return answered(message)
                if "id" in message:
                    parked = await self._ask(exchange, message, owner)
                    if parked is not None:
                        is_parked = True
                        raise parked
                else:
                    await self._told(message)
                message = None
        finally:
            if not is_parked:
                exchange.end(reason)

    async def _ask(self, exchange: Exchange, message: JSONObject, owner: Callable[[], str]) -> InputRequired | None:
        """Ask the caller and answer the server; what ends this round of the call, where its caller must come back."""
        memory = {} if self._context.peer is None else self._context.peer.memory
        # The state that such a caller carries is written down when it is asked.
        name = memory[PARKED] = self._parking.name()
        key, number = f"upstream-{self._asked}", message["id"]
        try:
            found = await inquired(self._server, self._context, message["method"], message.get("params"), key)
        except No as no:
            answer = error(number, no.code, str(no))
        except InputRequired as required:
            self._parking.park(name, exchange, message, self._asked, owner())
            return required
        else:
            answer = result(number, found)
        del memory[PARKED]
        self._asked += 1
        await exchange.reply(answer)
        return None

    async def _answers(self, wanted: Any, number: int) -> JSONObject:
        """The answers to all that is wanted in a round of a stateless server, asked for together."""
        found = {key: one for key, one in wanted.items() if isinstance(one, dict)} if isinstance(wanted, dict) else {}
        asking = [
            inquired(self._server, self._context, one.get("method"), one.get("params"), f"upstream-{number}-{key}")
            for key, one in found.items()
        ]
        try:
            given = await self._context.together(*asking)
        except No as no:
            raise ToolError(f"upstream {self._server!r} needs to ask, and {no}") from None
        return dict(zip(found, given, strict=True))

    async def _told(self, message: JSONObject) -> None:
        params = message.get("params")
        if not isinstance(params, dict):
            return
        if message["method"] == PROGRESS:
            done, total, words = params.get("progress"), params.get("total"), params.get("message")
            if (reached := _number(done)) is not None:
                said = words[:WORDS] if isinstance(words, str) else None
                await self._context.progress(reached, _number(total), said)
        elif message["method"] == MESSAGE and self._context.peer is not None:
            level, data, logger = params.get("level"), params.get("data"), params.get("logger")
            text = data if isinstance(data, str) else to_json(data).decode()
            name = f"{self._server}.{logger}" if isinstance(logger, str) else self._server
            await self._context.log(level if level in LEVELS else "info", text[:WORDS], name[:200])

    @property
    def _memory(self) -> dict[str, Any]:
        return {} if self._context.peer is None else self._context.peer.memory


def _number(value: Any) -> float | None:
    """A number that others can be told; None for what is none, or is beyond all bounds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if isfinite(found) else None


def _owner(context: Context, method: str, params: JSONObject) -> str:
    """Whose call it is, and which: only the same may go on with it."""
    said = to_json([context.principal, method, params])
    return blake2b(said, digest_size=16).hexdigest()
