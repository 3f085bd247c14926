"""Every picture is kept; its caller gets a preview, a caption and a link, and everything else as it was."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from typing import Any

import anyio

from toolpost import Client, Context, Embedded, Host, Image, Resource, hookimpl
from toolpost.middleware.pii import PII
from toolpost_gallery import Gallery

from .conftest import Painter, picture, size

CLAUDE = Client("claude-ai", "1.0", "handshake", 1_000_000)


def kinds(result: Any) -> list[str]:
    return [block.type for block in result.content]


def shown(result: Any) -> list[bytes]:
    return [base64.b64decode(block.data) for block in result.content if block.type == "image"]


async def the_only(gallery: Gallery, principal: str = "local") -> Any:
    (entry,) = await gallery.collection.newest(principal, 10)
    return entry


async def test_a_picture_comes_with_a_caption_and_a_link(gallery: Gallery, painter: Painter):
    painter.returns("Done.", picture(), pictures=[{"prompt": "a red fox", "model": "gpt-image-2"}])
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    entry = await the_only(gallery)
    assert kinds(result) == ["text", "image", "text", "resource_link"]
    caption, link = result.content[2], result.content[3]
    assert caption.text == f"Picture: 64×48 PNG, 1 kB, by gpt-image-2. Prompt: “a red fox”. It is kept as {entry.uri}."
    assert (link.uri, link.mime_type, link.size) == (entry.uri, "image/png", len(picture()))
    assert link.name.endswith(".png")


async def test_the_original_is_kept_byte_for_byte(gallery: Gallery, painter: Painter):
    original = picture(noise=True) + b"what a camera left behind the end"
    painter.returns(original)
    async with Host([gallery, painter]) as host:
        await host.call("paint")
        _, read = await host.read((await the_only(gallery)).uri)
    assert base64.b64decode(read.content[0].data) == original


async def test_the_sidecar_says_how_it_was_made(gallery: Gallery, painter: Painter):
    said = {"prompt": "a fox", "model": "gpt-image-2", "quality": "high"}
    painter.returns(picture(), pictures=[said], usage={"images": 1}, ledger={"job": "j1", "cost_usd": 0.04})
    async with Host([gallery, painter]) as host:
        await host.call("paint", {"prompt": "a fox, please"}, Context("ann", CLAUDE))
    entry = await the_only(gallery, "ann")
    assert (entry.prompt, entry.model, entry.details) == ("a fox", "gpt-image-2", {"quality": "high"})
    assert (entry.usage, entry.cost_usd, entry.arguments) == ({"images": 1}, 0.04, {"prompt": "a fox, please"})
    assert (entry.principal, entry.client, entry.tool) == ("ann", "claude-ai", "paint")
    assert (entry.width, entry.height, entry.mime_type, entry.size) == (64, 48, "image/png", len(picture()))


async def test_personal_data_is_masked_in_the_sidecar(gallery: Gallery, painter: Painter):
    painter.returns(picture())
    async with Host([PII(), gallery, painter]) as host:
        await host.call("paint", {"prompt": "a card for ann@example.com"})
    assert (await the_only(gallery)).prompt == "a card for [EMAIL]"


async def test_large_arguments_do_not_fill_the_index(gallery: Gallery, painter: Painter):
    painter.returns(picture())
    async with Host([gallery, painter]) as host:
        await host.call("paint", {"prompt": "data:image/png;base64," + "A" * 1_000_000})
    entry = await the_only(gallery)
    assert entry.arguments == {"prompt": "data:image/png;base64,… (1000022 characters)"}
    assert len(entry.dump()) < 2_000


async def test_the_rest_of_a_result_stays_as_it_is(gallery: Gallery, painter: Painter):
    painter.returns("before", picture(), "after", pictures=[{"prompt": "x"}], other=1)
    painter.structured = {"n": 1}
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    assert (result.content[0].text, result.content[-1].text, result.structured) == ("before", "after", {"n": 1})
    assert "toolpost/pictures" not in result.meta
    assert result.meta["toolpost/other"] == 1
    assert [item["prompt"] for item in result.meta["toolpost/gallery"]["pictures"]] == ["x"]


async def test_a_result_without_pictures_is_left_alone(gallery: Gallery, painter: Painter):
    painter.returns("just words")
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    assert (kinds(result), result.meta) == (["text"], {})


async def test_each_picture_of_several_is_told_apart(gallery: Gallery, painter: Painter):
    painter.returns(*(picture(seed=seed) for seed in range(3)), pictures=[{"prompt": f"p{n}"} for n in range(3)])
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    assert kinds(result) == ["image", "text", "resource_link"] * 3
    assert [block.text[:15] for block in result.content[1::3]] == [f"Picture {n} of 3:"[:15] for n in (1, 2, 3)]
    newest = await gallery.collection.newest("local", 10)
    assert [entry.prompt for entry in newest] == ["p0", "p1", "p2"]
    assert len({entry.id for entry in newest}) == 3


async def test_a_result_that_the_ledger_gives_again_is_kept_once(gallery: Gallery, painter: Painter):
    links = []
    async with Host([gallery, painter]) as host:
        for job in ("j1", "j1", "j2"):
            painter.returns(picture(), picture(), ledger={"job": job})
            result = await host.call("paint")
            links.append([block.uri for block in result.content if block.type == "resource_link"])
    assert links[0] == links[1]
    assert not set(links[0]) & set(links[2])
    assert len(await gallery.collection.newest("local", 10)) == 4


async def test_those_who_get_one_result_at_one_moment_get_one_picture(gallery: Gallery, painter: Painter):
    painter.returns(picture(), ledger={"job": "j1"})
    links: set[str] = set()

    async def call(host: Host) -> None:
        links.add((await host.call("paint")).content[-1].uri)

    async with Host([gallery, painter]) as host, anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(call, host)
    assert len(links) == 1


async def test_an_embedded_picture_is_kept_too(gallery: Gallery, painter: Painter):
    painter.returns(Embedded("chart://1", picture(), "image/png"))
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    assert kinds(result) == ["resource", "text", "resource_link"]
    assert result.content[0].resource.uri == "chart://1"
    assert (await the_only(gallery)).size == len(picture())


async def test_what_is_in_the_bytes_decides_the_type(gallery: Gallery, painter: Painter):
    painter.returns(Image(picture(kind="JPEG"), "image/png"), Image(picture(kind="WEBP"), "text/html"))
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    assert [block.mime_type for block in result.content if block.type == "image"] == ["image/jpeg", "image/webp"]
    newest = await gallery.collection.newest("local", 10)
    assert [entry.mime_type for entry in newest] == ["image/jpeg", "image/webp"]


async def test_what_is_no_picture_goes_on_with_a_note(gallery: Gallery, painter: Painter):
    for data in (b"<svg onload='alert(1)'/>", b"<html>", b"GIF89a/*", picture()[:80], b"\0" * 100, b""):
        painter.returns(Image(data), "words")
        async with Host([gallery, painter]) as host:
            result = await host.call("paint")
        assert kinds(result) == ["image", "text", "text"], data
        assert shown(result) == [data]
        assert "was not kept" in result.content[1].text
    assert await gallery.collection.newest("local", 10) == []


async def test_what_is_no_base64_goes_on_with_a_note(gallery: Gallery, painter: Painter):
    painter.content = [Image(b"").block().model_copy(update={"data": "%%%"})]
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    assert result.content[0].data == "%%%"
    assert "not valid base64" in result.content[1].text


async def test_a_tool_that_is_exempt_is_left_alone(build: Callable[..., Gallery], painter: Painter):
    painter.returns(picture())
    async with Host([build(exempt=["paint"]), painter]) as host:
        assert kinds(await host.call("paint")) == ["image"]


async def test_a_terminal_gets_pictures_whole(gallery: Gallery, painter: Painter):
    large = picture(1000, 1000, noise=True)
    painter.returns(large)
    async with Host([gallery, painter]) as host:
        result = await host.call("paint", {}, Context(surface="cli"))
    assert shown(result) == [large]
    assert kinds(result) == ["image", "text", "resource_link"]


async def test_a_picture_that_is_read_is_not_rewritten(gallery: Gallery):
    class Chart:
        @hookimpl
        def resources(self):
            return [Resource("chart://now", self.chart)]

        async def chart(self) -> Image:
            return Image(picture())

    async with Host([gallery, Chart()]) as host:
        _, read = await host.read("chart://now")
    assert kinds(read) == ["image"]
    assert await gallery.collection.newest("local", 10) == []


async def test_a_preview_is_smaller_and_says_so(gallery: Gallery, painter: Painter):
    painter.returns(picture(3000, 2000, noise=True))
    async with Host([gallery, painter]) as host:
        result = await host.call("paint")
    (preview,) = shown(result)
    assert len(preview) <= 700_000
    assert max(size(preview)) <= 1568
    assert f"preview of {size(preview)[0]}×{size(preview)[1]}" in result.content[1].text


async def test_the_trace_says_what_was_kept(gallery: Gallery, painter: Painter):
    painter.returns(picture(), b"no picture")
    context = Context()
    async with Host([gallery, painter]) as host:
        await host.call("paint", {}, context)
    assert [note.text for note in context.notes] == ["kept 1 of 2 pictures"]


async def test_hostile_words_stay_one_plain_line(gallery: Gallery, painter: Painter):
    painter.returns(picture(), pictures=[{"prompt": "a\n\x1b[31mfox\u202e" + "x" * 5000, "model": ["no", "text"]}])
    async with Host([gallery, painter]) as host:
        caption = (await host.call("paint")).content[1].text
    assert caption.isprintable()
    assert len(caption) < 600


async def test_no_name_in_the_store_is_the_callers(gallery: Gallery, painter: Painter):
    painter.returns(picture(), pictures=[{"id": "../../x", "name": "x.svg", "prompt": "../../etc/passwd"}])
    async with Host([gallery, painter]) as host:
        await host.call("paint", {"prompt": "../../x"})
    (file,) = [path for path in gallery.collection.artefacts.folder.rglob("*") if path.is_file()]
    assert len(file.name) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
