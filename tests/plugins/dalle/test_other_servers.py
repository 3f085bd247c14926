"""Servers other than OpenAI draw one picture at a time, answer with addresses, and know less."""

from __future__ import annotations

from base64 import b64decode
from threading import Barrier

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from toolpost import InvalidArguments, ToolError, Unavailable
from toolpost_openai.testing import error
from toolpost_openai.testing_images import picture, pictures, png, silence

CATS = {"prompt": "cats", "model": "dall-e-3", "n": 5}
ONE_ONLY = error(400, "you must provide n=1 for this model", code="invalid_value", param="n")


async def test_a_model_that_draws_one_at_a_time_is_asked_for_each(provider, other):
    provider.replies += [pictures(picture(png(shade=shade))) for shade in range(5)]
    async with other() as running:
        result = await running.call("generate_image", CATS)
    assert [request.body["n"] for request in provider.journal] == [1] * 5
    assert len({block.data for block in result.content if block.type == "image"}) == 5
    assert result.meta["toolpost/usage"]["images"] == 5
    assert result.meta["toolpost/usage"]["output_tokens"] == 1000


async def test_one_failed_picture_does_not_lose_the_others(provider, other, watched):
    provider.replies += [pictures(), pictures(), error(500, "oops"), pictures(), pictures()]
    async with other() as running:
        result = await running.call("generate_image", CATS, watched)
    assert len(result.structured["pictures"]) == 4
    assert "failed (500)" in result.structured["notes"][0]
    assert watched.seen[-1] == "picture 4 of 5 (4/5)"
    assert len(provider.journal) == 5


@pytest.mark.parametrize("at_once", [1, 3])
async def test_only_so_many_are_drawn_at_once(provider, other, at_once):
    running, most = [], []
    full = Barrier(at_once)

    def reply(handler):
        running.append(1)
        most.append(len(running))
        # Waits until as many are here as may be, so that one too many would be seen.
        full.wait(10)
        running.pop()
        pictures()(handler)

    provider.replies += [reply] * 6
    async with other(at_once=at_once) as host:
        await host.call("generate_image", {**CATS, "n": 6})
    assert max(most) == at_once


async def test_where_all_fail_the_gravest_error_is_raised(provider, other):
    provider.replies += [
        error(429, "later"),
        error(500, "oops"),
        error(400, "no"),
        error(429, "later"),
        error(429, "x"),
    ]
    async with other() as running:
        with pytest.raises(ToolError, match="may have been carried out") as caught:
            await running.call("generate_image", CATS)
    assert type(caught.value) is ToolError


async def test_answers_without_a_picture_are_errors_each(provider, other):
    provider.replies += [lambda handler: handler.send(200, b'{"data": []}')] * 4 + [pictures()]
    async with other() as running:
        result = await running.call("generate_image", CATS)
    assert len(result.structured["notes"]) == 4


async def test_where_all_are_refused_for_now_the_call_may_be_tried_again(provider, other):
    provider.replies += [error(429, "later")] * 5
    async with other() as running:
        with pytest.raises(Unavailable):
            await running.call("generate_image", CATS)


async def test_a_server_that_refuses_more_than_one_is_asked_for_each(provider, other):
    provider.replies += [ONE_ONLY, pictures(), pictures(), pictures()]
    async with other() as running:
        result = await running.call("generate_image", {"prompt": "cats", "model": "sd", "n": 3})
    assert [request.body["n"] for request in provider.journal] == [3, 1, 1, 1]
    assert len(result.structured["pictures"]) == 3


async def test_a_server_that_sends_one_for_many_is_asked_for_the_rest(provider, other):
    provider.replies += [pictures(), pictures(), pictures()]
    async with other() as running:
        result = await running.call("generate_image", {"prompt": "cats", "model": "sd", "n": 3})
    assert [request.body["n"] for request in provider.journal] == [3, 1, 1]
    assert len(result.structured["pictures"]) == 3


async def test_a_server_that_knows_no_response_format_is_asked_without_and_only_once_more(provider, other):
    refusal = error(400, "Unknown parameter: 'response_format'.", code="unknown_parameter", param="response_format")
    provider.replies += [refusal, pictures(), pictures()]
    async with other() as running:
        await running.call("generate_image", {"prompt": "cats", "model": "gpt-image-2"})
        await running.call("generate_image", {"prompt": "dogs", "model": "gpt-image-2"})
    assert ["response_format" in request.body for request in provider.journal] == [True, False, False]


async def test_another_refusal_is_not_sent_again(provider, other):
    provider.replies.append(error(400, "Bad size", param="size"))
    async with other() as running:
        with pytest.raises(InvalidArguments, match="Bad size"):
            await running.call("generate_image", {"prompt": "cats", "model": "sd"})
    assert len(provider.journal) == 1


async def test_a_picture_at_the_servers_own_address_is_fetched(provider, other):
    provider.files["/made/1.png"] = png(5, 4)
    provider.replies.append(pictures({"url": provider.base_url.removesuffix("/v1") + "/made/1.png"}))
    async with other() as running:
        result = await running.call("generate_image", {"prompt": "cats", "model": "sd"})
    assert b64decode(result.content[0].data) == png(5, 4)


async def test_a_picture_at_another_private_address_is_not(provider, other):
    provider.replies.append(pictures({"url": "http://127.0.0.1:9/x.png"}))
    async with other() as running:
        with pytest.raises(ToolError) as caught:
            await running.call("generate_image", {"prompt": "cats", "model": "sd"})
    assert type(caught.value) is ToolError


async def test_a_finished_picture_that_is_not_to_be_had_is_not_drawn_again(provider, other):
    provider.replies.append(pictures({"url": provider.base_url + "/gone.png"}))
    async with other() as running:
        with pytest.raises(ToolError, match="finished picture") as caught:
            await running.call("generate_image", {"prompt": "cats", "model": "sd"})
    assert type(caught.value) is ToolError
    assert sum("/images/" in request.path for request in provider.journal) == 1


async def test_what_the_provider_made_of_the_prompt_is_told(provider, other):
    provider.replies.append(pictures(picture(revised_prompt="A ginger cat.")))
    async with other() as running:
        result = await running.call("generate_image", {"prompt": "cats", "model": "sd"})
    assert result.structured["pictures"][0]["revised_prompt"] == "A ginger cat."
    assert result.meta["toolpost/pictures"][0]["revised_prompt"] == "A ginger cat."


@pytest.mark.parametrize("model", ["sd", "dall-e-3"])
async def test_cancelling_hangs_up_on_the_provider(provider, other, model):
    arrived = []

    def reply(handler):
        arrived.append(1)
        silence(handler)

    provider.replies += [reply] * 2
    async with other() as running, anyio.create_task_group() as tasks:
        tasks.start_soon(running.call, "generate_image", {"prompt": "cats", "model": model, "n": 2})
        while not arrived:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert await anyio.to_thread.run_sync(provider.left.wait, 10)


async def test_pictures_that_are_done_when_time_is_up_go_out(provider, other, monkeypatch):
    monkeypatch.setattr("toolpost_dalle.studio.MARGIN", 58.0)
    provider.replies += [pictures(), silence]
    async with other(at_once=1) as running:
        with anyio.fail_after(60):
            result = await running.call("generate_image", {**CATS, "n": 2})
    assert len(result.structured["pictures"]) == 1
    assert "not finished in time" in result.structured["notes"][0]
