"""`generate_image` asks for what was wanted, once, and gives back the pictures."""

from __future__ import annotations

from base64 import b64decode

import jsonschema_rs
import pytest

from toolpost import Host, InvalidArguments, Refused, ToolError, Unavailable
from toolpost_openai import OpenAI
from toolpost_openai.testing import cut, error, stream
from toolpost_openai.testing_images import USAGE, partial_picture, picture, picture_stream, pictures, png

CAT = {"prompt": "a cat"}


async def test_the_picture_comes_back_as_it_was_made(provider, host):
    provider.replies.append(pictures(picture(png(3, 2))))
    async with host() as running:
        result = await running.call("generate_image", CAT)
    assert b64decode(result.content[0].data) == png(3, 2)
    assert result.content[0].mime_type == "image/png"
    assert result.text == "1 picture by gpt-image-2.5-sunburst, 3x2: a cat"


async def test_programs_get_what_it_is_and_what_was_used(provider, host):
    provider.replies.append(pictures(quality="high"))
    async with host() as running:
        result = await running.call("generate_image", CAT)
        jsonschema_rs.validate(running.tools["generate_image"].output_schema, result.structured)
    row = {"model": "gpt-image-2.5-sunburst", "size": "2x2", "format": "png", "bytes": len(png())}
    assert result.structured["pictures"] == [row]
    assert result.structured["notes"] == []
    assert result.structured["usage"]["output_tokens"] == 200
    assert result.meta["toolpost/usage"] == {
        "model": "gpt-image-2.5-sunburst",
        "images": 1,
        "size": "2x2",
        "quality": "high",
        "input_tokens": 10,
        "output_tokens": 200,
        "total_tokens": 210,
        "input_image_tokens": 2,
    }


async def test_each_picture_has_a_sidecar(provider, host):
    provider.replies.append(pictures(picture(), picture(png(4, 4)), quality="low"))
    async with host() as running:
        result = await running.call("generate_image", {**CAT, "n": 2, "quality": "low"})
    known = {"prompt": "a cat", "model": "gpt-image-2.5-sunburst", "quality": "low", "format": "png"}
    assert result.meta["toolpost/pictures"] == [{**known, "size": "2x2"}, {**known, "size": "4x4"}]


async def test_all_arguments_arrive(provider, host):
    provider.replies.append(pictures())
    arguments = {"model": "gpt-image-2", "size": "1536x864", "quality": "low", "background": "transparent"}
    async with host() as running:
        await running.call("generate_image", {**CAT, **arguments, "format": "webp", "n": 1})
    assert provider.journal[0].path == "/v1/images/generations"
    assert provider.journal[0].body == {**CAT, **arguments, "output_format": "webp", "n": 1}


async def test_several_pictures_are_one_request_where_the_server_takes_it(provider, host):
    provider.replies.append(pictures(*[picture()] * 4))
    async with host() as running:
        result = await running.call("generate_image", {**CAT, "n": 4})
    assert [request.body["n"] for request in provider.journal] == [4]
    assert [block.type for block in result.content] == ["image"] * 4 + ["text"]


@pytest.mark.parametrize("item", [None, "cat", [], {"b64_json": 5}, {"url": 5}, {"url": "https://[::1"}, {"error": {}}])
async def test_an_item_of_no_known_form_does_not_lose_the_others(provider, host, item):
    provider.replies.append(pictures(picture(), item, picture()))
    async with host() as running:
        result = await running.call("generate_image", {**CAT, "n": 3})
    assert len(result.structured["pictures"]) == 2
    assert result.structured["notes"][0].startswith("a picture is missing: openai sent no picture that can be shown")
    assert "name a public" not in result.text


@pytest.mark.parametrize(
    "usage", ["many", [1], {"input_tokens": -5, "output_tokens": True}, {"input_tokens_details": [1]}]
)
async def test_a_usage_that_is_none_does_not_lose_the_picture(provider, host, usage):
    provider.replies.append(pictures(usage=usage))
    async with host() as running:
        result = await running.call("generate_image", CAT)
    assert len(result.structured["pictures"]) == 1
    assert result.structured["usage"] is None


async def test_fewer_pictures_than_asked_are_noted_and_not_asked_again(provider, host):
    provider.replies.append(pictures(picture()))
    async with host() as running:
        result = await running.call("generate_image", {**CAT, "n": 3})
    assert result.structured["notes"] == ["the provider sent 1 of 3 pictures"]
    assert len(provider.journal) == 1


async def test_a_picture_that_is_none_does_not_lose_the_others(provider, host):
    provider.replies.append(pictures(picture(b"not a picture"), picture(), {"b64_json": "*"}, {}))
    async with host() as running:
        result = await running.call("generate_image", {**CAT, "n": 4})
    assert len(result.structured["pictures"]) == 1
    assert [note.partition(":")[0] for note in result.structured["notes"]] == ["a picture is missing"] * 3


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (pictures(picture(b"not a picture")), "no picture"),
        (lambda handler: handler.send(200, b'{"data": []}'), "without a picture.*not repeated"),
        (lambda handler: handler.send(200, b'{"data": null}'), "malformed"),
        (lambda handler: handler.send(200, b'["data"]'), "malformed"),
        (lambda handler: handler.send(200, b'{"data": [{'), "malformed"),
        (lambda handler: handler.send(200, b'{"data": [', content_length="999"), "broke before"),
        (lambda handler: handler.send(200, b""), "malformed"),
        (stream(), "malformed"),
        (stream(partial_picture()), "malformed"),
        (cut(partial_picture()), "broke before"),
        (stream({"type": "error", "message": "it broke"}), "it broke.*may have been carried out"),
        (error(500, "oops"), "may have been carried out"),
    ],
)
async def test_an_ambiguous_outcome_is_never_unavailable_and_sent_once(provider, host, reply, words):
    provider.replies.append(reply)
    async with host() as running:
        with pytest.raises(ToolError, match=words) as caught:
            await running.call("generate_image", CAT)
    assert type(caught.value) is ToolError
    assert len(provider.journal) == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_what_was_refused_for_now_may_be_tried_again(provider, host, status):
    provider.replies.append(error(status, "later", retry_after="7"))
    async with host() as running:
        with pytest.raises(Unavailable) as caught:
            await running.call("generate_image", CAT)
    assert caught.value.retry_after == 7.0
    assert len(provider.journal) == 1


@pytest.mark.parametrize(
    "reply",
    [
        error(
            400,
            "Your request was rejected by the safety system. safety_violations=[sexual].",
            code="moderation_blocked",
        ),
        stream({"error": {"code": "moderation_blocked", "message": "safety_violations=[sexual]."}}),
    ],
)
async def test_what_the_provider_finds_improper_is_refused_with_its_category(provider, host, reply):
    provider.replies.append(reply)
    async with host() as running:
        with pytest.raises(Refused, match=r"safety_violations=\[sexual\]"):
            await running.call("generate_image", CAT)


async def test_what_the_provider_calls_wrong_the_model_can_mend(provider, host):
    provider.replies.append(error(400, "Invalid size", param="size"))
    async with host() as running:
        with pytest.raises(InvalidArguments, match="Invalid size"):
            await running.call("generate_image", CAT)


async def test_one_who_watches_hears_of_partial_pictures(provider, host, watched):
    provider.replies.append(picture_stream(png(3, 3), partial=2))
    async with host(partial_images=2) as running:
        result = await running.call("generate_image", CAT, watched)
    assert watched.seen == [
        "gpt-image-2.5-sunburst draws",
        "partial picture 1 of 2 (1/3)",
        "partial picture 2 of 2 (2/3)",
    ]
    assert (provider.journal[0].body["stream"], provider.journal[0].body["partial_images"]) == (True, 2)
    assert b64decode(result.content[0].data) == png(3, 3)
    assert result.meta["toolpost/usage"]["output_tokens"] == USAGE["output_tokens"]


async def test_a_stream_gives_the_same_result_as_a_whole_answer(provider, host, watched):
    provider.replies += [picture_stream(), pictures(quality="high")]
    async with host() as running:
        streamed = await running.call("generate_image", CAT, watched)
        whole = await running.call("generate_image", CAT)
    assert streamed == whole


async def test_a_server_that_ignores_the_wish_to_stream_is_understood(provider, host, watched):
    provider.replies.append(pictures())
    async with host() as running:
        result = await running.call("generate_image", CAT, watched)
    assert len(result.structured["pictures"]) == 1


async def test_a_strange_partial_picture_does_not_cost_the_finished_one(provider, host, watched):
    strange = {"type": "image_generation.partial_image", "partial_image_index": None}
    provider.replies.append(stream(strange, {"type": "keepalive"}, {"type": "image_generation.completed", **picture()}))
    async with host() as running:
        result = await running.call("generate_image", CAT, watched)
    assert len(result.structured["pictures"]) == 1


@pytest.mark.parametrize(("settings", "n"), [({"partial_images": 0}, 1), ({}, 2)])
async def test_no_stream_is_asked_for_where_it_is_not_wanted_or_not_taken(provider, host, watched, settings, n):
    provider.replies.append(pictures(*[picture()] * n))
    async with host(**settings) as running:
        await running.call("generate_image", {**CAT, "n": n}, watched)
    assert "stream" not in provider.journal[0].body


async def test_partial_pictures_cost_and_are_not_made_for_nobody(provider, host):
    provider.replies.append(pictures())
    async with host() as running:
        await running.call("generate_image", CAT)
    assert "stream" not in provider.journal[0].body


async def test_without_a_provider_that_draws_the_way_out_is_said():
    from toolpost_dalle import Dalle

    class Own:
        name, abilities, connected = "local", None, False

        async def connect(self, report):
            self.connected = True

    own = Own()
    openai = OpenAI(local=own)
    async with Host([openai, Dalle(openai, None)]) as running:
        for tool, arguments in [
            ("generate_image", CAT),
            ("edit_image", {**CAT, "image": "x"}),
            ("create_variations", {"image": "x"}),
        ]:
            with pytest.raises(Refused, match="OPENAI_API_KEY.*base_url"):
                await running.call(tool, arguments)
    assert not own.connected


async def test_create_image_is_there_under_compatibility_alone(provider, host):
    provider.replies.append(pictures(*[picture()] * 2))
    assert "create-image" not in host().tools
    arguments = {**CAT, "model": "dall-e-3", "size": "1024x1024", "quality": "hd", "n": 2}
    async with host(compatibility=True) as running:
        result = await running.call("create-image", arguments)
    assert len(result.structured["pictures"]) == 2
    assert provider.journal[0].body["model"] == "gpt-image-2.5-sunburst"


def test_the_tools_say_what_policies_need_to_know(host):
    running = host(compatibility=True, timeout=77.0)
    for name in ("generate_image", "edit_image", "create_variations", "create-image"):
        tool = running.tools[name]
        assert (tool.billable, tool.cacheable, tool.open_world, tool.timeout) == (True, False, True, 77.0)
        assert all("description" in field for field in tool.input_schema["properties"].values())
    assert next(iter(running.tools["generate_image"].input_schema["properties"])) == "prompt"
