"""Pictures for a model that sees none: the newest are refused with the way out, older ones are told in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from toolpost import InvalidArguments
from toolpost_openai import OpenAI
from toolpost_openai.turns import Turn

PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
TEXT = {"type": "text", "text": "What is this?"}
UNSEEN = {"type": "text", "text": "(a picture that this model cannot see)"}
SHOWN = {"role": "user", "content": [TEXT, PICTURE]}


class Own:
    """A provider of a model of its own."""

    name = "local"

    def __init__(self, base_url: str, *, images: bool) -> None:
        self.abilities = SimpleNamespace(tools=False, images=images)
        self._endpoint = SimpleNamespace(base_url=base_url, api_key="", model="smol")

    async def connect(self, report: Any) -> Any:
        return self._endpoint


@pytest.fixture
def asked(provider):
    """What the model is asked for these messages."""

    async def ask(*messages: Any, images: bool = False) -> Any:
        plugin = OpenAI(local=Own(provider.base_url, images=images))
        async with plugin.lifespan():
            await (await plugin.connect()).converse(Turn(messages=messages), nobody)
        return provider.journal[-1].body["messages"]

    return ask


async def nobody(piece: Any) -> None:
    """Hear nothing."""


async def test_a_picture_in_the_newest_message_is_refused_with_the_way_out(asked, provider):
    with pytest.raises(InvalidArguments, match=r"sees no pictures.*OPENAI_API_KEY.*base_url"):
        await asked(SHOWN)
    assert provider.journal == []


async def test_a_conversation_goes_on_after_a_picture(asked):
    found = await asked(SHOWN, {"role": "assistant", "content": "I cannot see it."}, {"role": "user", "content": "Hi"})
    assert found[0] == {"role": "user", "content": [TEXT, UNSEEN]}
    assert found[2]["content"] == "Hi"


async def test_pictures_of_tools_are_told_in_words(asked):
    call = {"id": "c1", "type": "function", "function": {"name": "draw", "arguments": "{}"}}
    tool = {"role": "tool", "tool_call_id": "c1", "content": [PICTURE]}
    found = await asked(
        {"role": "user", "content": "Draw."}, {"role": "assistant", "content": None, "tool_calls": [call]}, tool
    )
    assert UNSEEN["text"] in found[-1]["content"]
    assert "image_url" not in str(found)


async def test_a_model_that_sees_gets_its_pictures(asked):
    assert (await asked(SHOWN, images=True))[0] == SHOWN
