"""Pictures in conversations: kept beside them, shown to the model, and gone with them."""

from __future__ import annotations

from base64 import b64encode

import pytest

from toolpost import InvalidArguments
from toolpost.testing.openai import call_tool, say


async def test_a_picture_is_no_part_of_the_transcript_and_still_shown_to_the_model(conversing, picture):
    async with conversing() as talk:
        id = (await talk.say([{"type": "text", "text": "what is this?"}, picture])).session_id
        await talk.say("and its colour?", id)
        assert talk.asked[0]["content"][1] == picture
        (first, _) = await talk.sessions.turns("ann", id)
        assert first.user["content"][1]["image_url"]["url"].startswith("artefact:")
        stored = [raw async for _, raw in talk.services.store.space("gateway").items()]
        assert not any(b"base64" in raw for raw in stored)


async def test_a_picture_of_a_tool_is_kept_like_one_of_a_person(conversing):
    async with conversing() as talk:
        talk.provider.replies += [call_tool("draw"), say("There.")]
        reply = await talk.say("draw")
        assert "artefact:" in str(reply.record.said)
        assert "base64" not in str(reply.record.said)
        await talk.say("and?", reply.session_id)
        assert "data:image/png;base64," in str(talk.asked)


async def test_pictures_go_with_their_session(conversing, picture):
    async with conversing() as talk:
        one, other = [(await talk.say([picture])).session_id for _ in range(2)]
        files = [path for path in talk.services.artefacts.folder.rglob("*") if path.is_file()]
        assert len(files) == 2
        await talk.sessions.delete("ann", one)
        await talk.say("still there?", other)
        assert talk.asked[0]["content"][0] == picture


async def test_a_picture_that_was_lost_is_said_to_be(conversing, picture):
    async with conversing() as talk:
        id = (await talk.say([picture])).session_id
        await talk.sessions.album("ann", id).remove()
        await talk.say("and?", id)
        assert "not kept any more" in str(talk.asked[0])


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,!!!!",
        "data:image/png;base64," + b64encode(b"<svg onload=alert(1)>").decode(),
        "data:text/html;base64,PGI+",
        "file:///etc/passwd",
        "artefact:" + "0" * 64,
        "https://x.example/\ud800",
        "https://x.example/" + "a" * 8000,
        "",
    ],
)
async def test_what_is_no_picture_is_refused(conversing, url):
    async with conversing() as talk:
        with pytest.raises(InvalidArguments, match="picture|surrogate"):
            await talk.say([{"type": "image_url", "image_url": {"url": url}}])
        assert not talk.provider.requests


@pytest.mark.parametrize("detail", ["highest", 5, ["high"], {}])
async def test_a_detail_that_no_model_knows_is_refused(conversing, picture, detail):
    async with conversing() as talk:
        with pytest.raises(InvalidArguments, match="detail .* auto, low, high, original"):
            await talk.say([{"type": "image_url", "image_url": {**picture["image_url"], "detail": detail}}])
        await talk.say([{"type": "image_url", "image_url": {**picture["image_url"], "detail": "low"}}])
        assert talk.asked[0]["content"][0]["image_url"]["detail"] == "low"
