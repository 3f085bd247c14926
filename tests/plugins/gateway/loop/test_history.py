"""The history is valid, whatever the model, the tools, the person and the connection do."""

from __future__ import annotations

import json
import random
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolpost import Context, Refused, Tool, ToolError, Unavailable, hookimpl
from toolpost.testing.openai import ToolUse, Turn, cut, fail, garbage, say, turn
from toolpost_gateway.loop.history import mended
from toolpost_gateway.talk import Request
from toolpost_openai.turns import Function

OWN = Function(name="own", parameters={"type": "object", "properties": {}})
ids = st.sampled_from(["a", "b", "c", ""])
calls = st.builds(
    lambda id, name: {"id": id, "type": "function", "function": {"name": name, "arguments": "{}"}}, ids, st.just("f")
)
messages = st.one_of(
    st.just({"role": "user", "content": "hi"}),
    st.just({"role": "system", "content": "be kind"}),
    st.builds(lambda found: {"role": "assistant", "content": "x", "tool_calls": found}, st.lists(calls, max_size=3)),
    st.builds(lambda id: {"role": "tool", "tool_call_id": id, "content": "y"}, ids),
)


@given(st.lists(messages, max_size=12))
def test_any_history_becomes_a_valid_one(history):
    found = mended(history)
    place = 0
    while place < len(found):
        assert found[place]["role"] != "tool"
        wanted = list(dict.fromkeys(call["id"] for call in found[place].get("tool_calls", ())))
        assert "tool_calls" not in found[place] or wanted
        answers = found[place + 1 : place + 1 + len(wanted)]
        assert [(one["role"], one["tool_call_id"]) for one in answers] == [("tool", id) for id in wanted]
        place += 1 + len(wanted)
    kept = [message for message in history if message["role"] in ("user", "system")]
    assert [message for message in found if message["role"] in ("user", "system")] == kept


class Trouble:
    """Tools that fail in every way."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    @hookimpl
    def tools(self):
        return [Tool(self.work, read_only=True), Tool(self.destroy)]

    async def work(self, how: str = "") -> str:
        """Work."""
        match how:
            case "refuse":
                raise Refused("no")
            case "unavailable":
                raise Unavailable("later")
            case "crash":
                raise RuntimeError("boom")
            case "base":
                raise KeyboardInterrupt
            case "cancel":
                raise anyio.get_cancelled_exc_class()
            case "surrogate":
                return "\ud800"
            case "slow":
                await anyio.sleep_forever()
        return f"worked {how}"

    async def destroy(self) -> str:
        """Destroy."""
        return "destroyed"


def reply(chance: random.Random) -> Any:
    """A turn of a model that does as it likes."""
    if chance.random() < 0.1:
        return chance.choice(
            [fail(500), fail(429), fail(400), garbage(), cut(say("Al", "most"), after=chance.randrange(6))]
        )
    if chance.random() < 0.3:
        return say("Well,", " then.", finish=chance.choice(["stop", "length", "content_filter"]))
    hows = ["", "refuse", "unavailable", "crash", "base", "cancel", "surrogate"]
    uses = []
    for number in range(chance.randrange(1, 5)):
        name = chance.choice(["work", "work", "destroy", "own", "nothing"])
        arguments = chance.choice([json.dumps({"how": chance.choice(hows)}), "{", "[]", "", "null", '{"how": 1}'])
        uses.append(ToolUse(name, arguments, chance.choice(["", "same", f"call_{number}"])))
    made = turn(Turn(["Say "] * chance.randrange(2), uses, "tool_calls"))
    return cut(made, after=chance.randrange(8)) if chance.random() < 0.1 else made


@pytest.mark.parametrize("seed", range(25))
async def test_histories_are_valid_under_random_faults(talks, provider, valid, seed):
    chance = random.Random(seed)

    async def approver(tool: Tool, arguments: Any, why: str) -> bool | None:
        return chance.choice([True, False, None])

    async with talks(Trouble(chance), rounds=6, calls=8) as talk:
        provider.replies += [reply(chance) for _ in range(40)]
        history: list[dict[str, Any]] = []
        decided: dict[str, bool] = {}
        for number in range(4):
            history.append({"role": "user", "content": f"Go on {number}."})
            with anyio.fail_after(20):
                try:
                    outcome = await talk.ask(history, functions=[OWN], approver=approver, decided=decided)
                except ToolError:
                    outcome = None
            valid(talk.said)
            valid(as_chat(talk.asked()))
            history += talk.said
            decided = {one.invocation.id: chance.random() < 0.5 for one in outcome.approvals} if outcome else {}
            if outcome and outcome.wanted:
                history += outcome.messages[len(talk.said) :]
                history += [{"role": "tool", "tool_call_id": one.id, "content": "own"} for one in outcome.wanted]


@pytest.mark.parametrize("moment", range(0, 30, 3))
async def test_histories_are_valid_wherever_the_caller_goes(talks, provider, wants, valid, moment):
    said: list[Any] = []
    left = moment

    async def emit(event: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise BrokenPipeError

    async with talks(Trouble(random.Random(0))) as talk:
        for number in range(5):
            provider.replies.append(wants(("work", {"how": f"{number}"}), ("work", {"how": "refuse"}), text="So."))
        provider.replies.append(say("Done", "."))
        request = Request(messages=[{"role": "user", "content": "Go."}])
        try:
            await talk.loop.run(request, Context(), emit, said=said)
        except BrokenPipeError:
            pass
    valid(said)


def as_chat(asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A history as a provider got it, in the form of Chat Completions."""
    found: list[dict[str, Any]] = []
    for item in asked:
        match item.get("type"):
            case "function_call":
                if not (found and found[-1].get("open")):
                    found.append({"role": "assistant", "tool_calls": [], "open": True})
                found[-1]["tool_calls"].append({"id": item["call_id"]})
            case "function_call_output":
                found[-1].pop("open", None)
                found.append({"role": "tool", "tool_call_id": item["call_id"]})
            case _:
                if found:
                    found[-1].pop("open", None)
                found.append(item)
    return found
