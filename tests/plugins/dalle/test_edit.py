"""`edit_image` and `create_variations` send pictures from wherever the caller has them."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import pytest

from toolpost import InvalidArguments
from toolpost_openai.testing import error
from toolpost_openai.testing_images import picture, picture_stream, pictures, png

HAT = {"prompt": "give it a hat"}


@pytest.fixture
def cat(folder):
    path = folder / "cat.png"
    path.write_bytes(png(8, 8))
    return str(path)


@pytest.fixture
def hole(folder):
    path = folder / "hole.png"
    path.write_bytes(png(8, 8, alpha=True))
    return str(path)


def gif() -> bytes:
    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (4, 4)).save(file, "GIF")
    return file.getvalue()


async def test_a_picture_is_sent_with_what_to_change(provider, host, cat):
    provider.replies.append(pictures(picture(png(6, 6))))
    async with host() as running:
        result = await running.call("edit_image", {**HAT, "image": cat, "size": "1024x1024", "quality": "low"})
    body = provider.journal[0].body
    assert provider.journal[0].path == "/v1/images/edits"
    assert (body["image"].data, body["image"].mime_type) == (png(8, 8), "image/png")
    assert {name: value for name, value in body.items() if name != "image"} == {
        **HAT,
        "model": "gpt-image-2.5-sunburst",
        "n": "1",
        "size": "1024x1024",
        "quality": "low",
    }
    assert result.structured["pictures"][0]["size"] == "6x6"


async def test_a_mask_says_where(provider, host, cat, hole):
    provider.replies.append(pictures())
    async with host() as running:
        await running.call("edit_image", {**HAT, "image": cat, "mask": hole})
    assert provider.journal[0].body["mask"].data == png(8, 8, alpha=True)


async def test_several_pictures_arrive_in_their_order(provider, host, artefacts, cat):
    provider.replies.append(pictures())
    handle = await artefacts.put(png(3, 3))
    data = f"data:image/png;base64,{b64encode(png(4, 4)).decode()}"
    async with host() as running:
        await running.call("edit_image", {**HAT, "images": [cat, handle, data]})
    assert [file.data for file in provider.journal[0].body["image[]"]] == [png(8, 8), png(3, 3), png(4, 4)]


async def test_a_gif_becomes_a_png(provider, host, folder):
    provider.replies.append(pictures())
    (folder / "cat.gif").write_bytes(gif())
    async with host() as running:
        await running.call("edit_image", {**HAT, "image": str(folder / "cat.gif")})
    assert provider.journal[0].body["image"].mime_type == "image/png"


async def test_one_who_watches_an_edit_hears_of_partial_pictures(provider, host, cat, watched):
    provider.replies.append(picture_stream(kind="image_edit"))
    async with host() as running:
        await running.call("edit_image", {**HAT, "image": cat}, watched)
    assert watched.seen[-1] == "partial picture 1 of 1 (1/2)"
    assert (provider.journal[0].body["stream"], provider.journal[0].body["partial_images"]) == ("true", "1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "image, images: neither given"),
        ({"image": "cat.png", "images": ["cat.png"]}, "image, images: both given"),
        ({"images": []}, "images: empty"),
        ({"image": "/etc/passwd"}, "image: "),
        ({"images": ["@cat", "/nowhere.png"]}, "images.1: "),
        ({"images": ["@cat"] * 17}, "17 given; at most 16"),
        ({"image": "@cat", "mask": "@small"}, "mask: 2x2; as large as the first picture, 8x8"),
        ({"image": "@cat", "mask": "@cat"}, "mask: a PNG with transparent parts"),
        ({"image": "@cat", "mask": "/nowhere.png"}, "mask: "),
        ({"image": "@cat", "size": "9x9"}, "size: "),
        ({"image": "@cat", "prompt": ""}, "prompt: empty"),
    ],
)
async def test_what_cannot_be_edited_is_said_and_not_sent(provider, host, cat, folder, arguments, words):
    (folder / "small.png").write_bytes(png(2, 2, alpha=True))
    paths = {"@cat": cat, "@small": str(folder / "small.png")}

    def found(value):
        return [found(one) for one in value] if isinstance(value, list) else paths.get(value, value)

    async with host() as running:
        with pytest.raises(InvalidArguments, match=words):
            await running.call("edit_image", {**HAT, **{name: found(value) for name, value in arguments.items()}})
    assert not provider.journal


async def test_variations_at_openai_are_edits(provider, host, cat):
    provider.replies.append(pictures(picture(), picture()))
    async with host() as running:
        result = await running.call("create_variations", {"image": cat, "n": 2, "size": "512x512"})
    body = provider.journal[0].body
    assert provider.journal[0].path == "/v1/images/edits"
    assert "variation" in body["prompt"]
    assert (body["n"], body["size"]) == ("2", "1024x1024")
    assert len(result.structured["pictures"]) == 2
    assert "512x512" in result.structured["notes"][0]


async def test_variations_elsewhere_are_asked_for_at_their_own_endpoint(provider, other, cat):
    provider.replies.append(pictures())
    async with other() as running:
        await running.call("create_variations", {"image": cat, "model": "dall-e-2", "size": "256x256"})
    body = provider.journal[0].body
    assert provider.journal[0].path == "/v1/images/variations"
    assert body.pop("image").data == png(8, 8)
    assert body == {"model": "dall-e-2", "n": "1", "size": "256x256", "response_format": "b64_json"}


@pytest.mark.parametrize(("model", "n"), [("sd", 2), ("dall-e-3", 2)])
async def test_where_that_endpoint_is_gone_they_are_edits_too(provider, other, cat, model, n):
    def reply(handler):
        gone = handler.path.endswith("variations")
        (error(404, "no such route") if gone else pictures(picture()))(handler)

    provider.replies += [reply] * 6
    async with other() as running:
        result = await running.call("create_variations", {"image": cat, "model": model, "n": n})
    assert provider.journal[-1].path == "/v1/images/edits"
    assert len(result.structured["pictures"]) == n
    assert "no endpoint for variations" in result.structured["notes"][-1]


async def test_a_model_that_is_missing_is_no_missing_endpoint(provider, other, cat):
    provider.replies.append(error(404, "The model does not exist", code="model_not_found"))
    async with other() as running:
        with pytest.raises(InvalidArguments, match="no model"):
            await running.call("create_variations", {"image": cat, "model": "nova"})
    assert [r.path for r in provider.journal if r.body is not None] == ["/v1/images/variations"]
