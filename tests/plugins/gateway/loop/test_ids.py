"""Ids of calls are chosen by the provider, and go to callers only where nothing can be hidden in them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from toolpost import Tool, hookimpl
from toolpost.testing.openai import ToolUse, call_tools, say
from toolpost_gateway.talk import Began, Ended, Outcome, Wanted
from toolpost_openai.turns import Function

PAINT = Function(name="paint", description="Paint it.")
FORM = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
STRANGE = [
    "",
    "a b",
    "x" * 65,
    "call_1\n",
    "call_\x1b[2J",
    "ann@example.com",
    "<b>",
    "call_\u202e1",
    # As if it stood for a turn that waits.
    f"call_toolpost_{'a' * 20}_0",
]
# Of the right form, and still somebody's.
SECRET = "sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1u"


class Clock:
    @hookimpl
    def tools(self):
        return [Tool(self.tell, read_only=True)]

    async def tell(self) -> str:
        """Tell the time."""
        return "noon"


def sent_back(outcome: Outcome) -> list[dict[str, Any]]:
    """What a client of Chat Completions appends to its history: it keeps nothing else."""
    assert outcome.messages
    (spoken,) = [message for message in outcome.messages if message.get("tool_calls")]
    results = [{"role": "tool", "tool_call_id": call.id, "content": "painted"} for call in outcome.wanted]
    return [dict(spoken), *results]


@pytest.mark.parametrize("in_pieces", [True, False])
@pytest.mark.parametrize("id", STRANGE)
async def test_a_strange_id_stays_between_us_and_the_provider(talks, provider, id, in_pieces):
    async with talks(Clock()) as talk:
        provider.replies += [call_tools(ToolUse("paint", "{}", id))]
        outcome = await talk.ask("Paint.", functions=[PAINT], in_pieces=in_pieces)
        (wanted,) = outcome.wanted
        assert FORM.fullmatch(wanted.id)
        assert wanted.id != id
        assert [event.invocation.id for event in talk.of(Wanted)] == [wanted.id]
        provider.replies += [say("Done.")]
        await talk.ask([{"role": "user", "content": "Paint."}, *sent_back(outcome)], functions=[PAINT])
        assert talk.results() == {wanted.id: "painted"}


@pytest.mark.parametrize("id", ["call_a1B2", "functions.paint:0", "chatcmpl-tool-0f3a", "abcDEF123"])
async def test_an_id_as_providers_make_them_is_passed_on(talks, provider, id):
    async with talks(Clock()) as talk:
        provider.replies += [call_tools(ToolUse("paint", "{}", id))]
        outcome = await talk.ask("Paint.", functions=[PAINT])
    assert [call.id for call in outcome.wanted] == [id]


@pytest.mark.parametrize("in_pieces", [True, False])
@pytest.mark.parametrize("id", [SECRET, "4111-1111-1111-1111"])
async def test_what_a_layer_hides_is_no_id(talks, provider, id, in_pieces):
    async with talks(Clock(), layers=["pii"]) as talk:
        provider.replies += [call_tools(ToolUse("paint", "{}", id))]
        outcome = await talk.ask("Paint.", functions=[PAINT], in_pieces=in_pieces)
        assert id not in f"{outcome} {talk.events}"
        provider.replies += [say("Done.")]
        await talk.ask([{"role": "user", "content": "Paint."}, *sent_back(outcome)], functions=[PAINT])
        assert list(talk.results().values()) == ["painted"]


async def test_calls_of_our_tools_are_told_of_by_such_ids_too(talks, provider):
    uses = [ToolUse("tell", "{}", id) for id in (SECRET, "a\nb", "good", "good")]
    async with talks(Clock(), layers=["pii"]) as talk:
        provider.replies += [call_tools(*uses), say("Noon.")]
        await talk.ask("Tell.")
        ids = [event.id for event in talk.of(Began)]
        assert len(set(ids)) == len(uses)
        assert set(ids) == {event.id for event in talk.of(Ended)}
        assert all(map(FORM.fullmatch, ids))
        assert not {SECRET, "a\nb"} & set(ids)
        assert set(talk.results()) == set(ids)
        assert SECRET not in str(talk.said)
