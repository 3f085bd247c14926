"""Arguments are held to the rules of the model that is asked, or said in its words; other servers get them all."""

from __future__ import annotations

import pytest

from toolpost import InvalidArguments
from toolpost_openai.testing import ScriptedServer
from toolpost_openai.testing_images import pictures

CAT = {"prompt": "a cat"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"prompt": " "}, "prompt: empty"),
        ({"prompt": "x" * 32_001}, "prompt: 32001 characters; at most 32000"),
        ({"n": 0}, "n: "),
        ({"n": 11}, "n: "),
        ({"size": "1000x1000"}, "divisible by 16.*nearest is 992x992"),
        ({"size": "4096x4096"}, "up to|at most|nearest is 1024x1024"),
        ({"size": "3200x640"}, "3 times"),
        ({"size": "large"}, "size: one of auto, 1024x1024"),
        ({"model": "gpt-image-1.5", "size": "1600x1024"}, "size: one of auto, 1024x1024, 1536x1024, 1024x1536 "),
        ({"model": "gpt-image-2", "quality": "max"}, "quality: one of auto, low, medium, high"),
        ({"quality": "best"}, "quality: one of auto, low, medium, high, xhigh, max"),
        ({"background": "blue"}, "background: one of auto, opaque, transparent"),
        ({"format": "bmp"}, "format: one of png, webp, jpeg"),
        ({"background": "transparent", "format": "jpeg"}, "format: with a transparent background one of png, webp"),
        ({"size": "9x9", "quality": "best"}, "size: .*; quality: "),
        ({"model": "gpt-6-luna"}, "model: gpt-6-luna makes no pictures; those that do: .*gpt-image-2"),
    ],
)
async def test_what_the_model_does_not_take_is_answered_with_what_it_takes(provider, host, arguments, words):
    async with host() as running:
        with pytest.raises(InvalidArguments, match=words):
            await running.call("generate_image", {**CAT, **arguments})
    assert not provider.journal


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": "auto"},
        {"size": "3840x2160"},
        {"size": "1792x1024"},
        {"quality": "xhigh"},
        {"background": "transparent"},
        {"background": "transparent", "format": "webp"},
        {"model": "gpt-image-2.6-flare", "size": "2048x1152"},
        {"model": "gpt-image-2-2026-04-21", "size": "1536x864"},
        {"model": "gpt-image-9", "size": "7x7", "quality": "sublime"},
    ],
)
async def test_what_the_model_takes_or_nobody_knows_of_is_sent(provider, host, arguments):
    provider.replies.append(pictures())
    async with host() as running:
        result = await running.call("generate_image", {**CAT, **arguments})
    sent = {**arguments, **({"output_format": arguments["format"]} if "format" in arguments else {})}
    sent.pop("format", None)
    assert sent.items() <= provider.journal[0].body.items()
    assert result.structured["notes"] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dall-e-3", "gpt-image-2.5-sunburst"),
        ("dall-e-2", "gpt-image-2.5-flare"),
        ("gpt-image-1", "gpt-image-2.5-sunburst"),
    ],
)
async def test_a_retired_model_becomes_the_nearest_living_one(provider, host, old, new):
    provider.replies.append(pictures())
    async with host() as running:
        result = await running.call("generate_image", {**CAT, "model": old})
    assert provider.journal[0].body["model"] == new
    assert old in result.structured["notes"][0]
    assert new in result.structured["notes"][0]
    assert result.structured["notes"][0] in result.text


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ({"quality": "hd"}, {"quality": "high"}),
        ({"quality": "standard"}, {"quality": "medium"}),
        ({"size": "256x256"}, {"size": "1024x1024"}),
        ({"size": "512x512"}, {"size": "1024x1024"}),
        ({"size": "1792x1024", "model": "gpt-image-1.5"}, {"size": "1536x1024"}),
        ({"size": "1024x1792", "model": "gpt-image-1-mini"}, {"size": "1024x1536"}),
        ({"style": "natural"}, {"prompt": "a cat\n\nStyle: natural and restrained, as photographed."}),
        ({"style": "woodcut"}, {"prompt": "a cat\n\nStyle: woodcut."}),
    ],
)
async def test_an_old_argument_is_translated_and_the_result_says_so(provider, host, arguments, sent):
    provider.replies.append(pictures())
    async with host() as running:
        result = await running.call("generate_image", {**CAT, **arguments})
    assert sent.items() <= provider.journal[0].body.items()
    assert "style" not in provider.journal[0].body
    assert result.structured["notes"]


async def test_jpg_is_jpeg(provider, host):
    provider.replies.append(pictures())
    async with host() as running:
        await running.call("generate_image", {**CAT, "format": "jpg"})
    assert provider.journal[0].body["output_format"] == "jpeg"


async def test_a_model_near_its_end_draws_with_a_note(provider, host):
    provider.replies.append(pictures())
    async with host() as running:
        result = await running.call("generate_image", {**CAT, "model": "gpt-image-1.5"})
    assert provider.journal[0].body["model"] in ("gpt-image-1.5", "gpt-image-2.5-sunburst")
    assert "2026-12-01" in result.structured["notes"][0]


@pytest.mark.parametrize(
    ("alias", "model"), [("image.best", "gpt-image-2.5-sunburst"), ("image.fast", "gpt-image-2.5-flare")]
)
async def test_an_alias_leads_to_its_model(provider, host, alias, model):
    provider.replies.append(pictures())
    async with host() as running:
        await running.call("generate_image", {**CAT, "model": alias})
    assert provider.journal[0].body["model"] == model


async def test_a_model_of_the_settings_that_ends_is_warned_of_at_start(host, caplog):
    async with host(model="dall-e-3"):
        pass
    assert "[plugins.dalle] model: the model dall-e-3 ends on 2026-05-12; use gpt-image-2.5-sunburst" in caplog.text


async def test_other_servers_get_old_names_and_arguments_as_they_came(provider, other):
    provider.replies.append(pictures(revised_prompt="unused"))
    arguments = {"model": "dall-e-3", "size": "1792x1024", "quality": "hd", "style": "vivid"}
    async with other() as running:
        result = await running.call("generate_image", {**CAT, **arguments})
    assert provider.journal[0].body == {**CAT, **arguments, "n": 1, "response_format": "b64_json"}
    assert result.structured["notes"] == []


@pytest.mark.parametrize(
    ("served", "model"), [(["llama", "flux.1-schnell"], "flux.1-schnell"), (["llama"], None), ([], None)]
)
async def test_the_default_of_another_server_is_its_model_that_draws(provider: ScriptedServer, other, served, model):
    provider.models = served
    provider.replies.append(pictures())
    async with other() as running:
        await running.call("generate_image", CAT)
    assert provider.journal[-1].body.get("model") == model


async def test_a_configured_alias_holds_at_another_server(provider, host):
    provider.replies.append(pictures())
    async with host({"serves": "compatible", "aliases": {"image.best": "sd-turbo"}}) as running:
        await running.call("generate_image", CAT)
    assert provider.journal[-1].body["model"] == "sd-turbo"
