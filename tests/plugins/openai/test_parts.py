"""Pictures in a question reach each kind of server in the form that it reads."""

from __future__ import annotations

import pytest

from toolpost_openai import Question

PICTURE = "data:image/png;base64,iVBORw0KGgo="


def shown(detail: str) -> list[dict]:
    """A question about a picture, after an answer in parts."""
    image = {"url": PICTURE, "detail": detail}
    return [
        {"role": "developer", "content": "Be brief."},
        {"role": "assistant", "content": [{"type": "text", "text": "Show me."}]},
        {"role": "user", "content": [{"type": "text", "text": "Look."}, {"type": "image_url", "image_url": image}]},
    ]


@pytest.mark.parametrize("detail", ["low", "high", "auto", "original"])
async def test_responses_gets_parts_of_its_own(provider, connected, detail):
    async with connected(serves="openai") as connection:
        await connection.ask(Question(messages=shown(detail), model="gpt-5.4"))
    assert provider.journal[0].body["input"] == [
        {"role": "developer", "content": "Be brief."},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Show me."}]},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Look."},
                {"type": "input_image", "image_url": PICTURE, "detail": detail},
            ],
        },
    ]


async def test_openais_chat_completions_gets_them_as_they_are(provider, connected):
    async with connected(serves="openai") as connection:
        await connection.ask(Question(messages=shown("original"), model="gpt-audio-mini"))
    assert provider.journal[0].body["messages"] == shown("original")


@pytest.mark.parametrize(("asked", "sent"), [("low", "low"), ("auto", "auto"), ("original", "high")])
async def test_other_servers_are_not_asked_for_a_detail_they_do_not_know(provider, connected, asked, sent):
    async with connected() as connection:
        await connection.ask(Question(messages=shown(asked), model="llava"))
    system, _, user = provider.journal[0].body["messages"]
    assert system["role"] == "system"
    assert user == shown(sent)[2]
