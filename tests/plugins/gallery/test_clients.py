"""Over MCP, in both eras: what fits each client, and who may read what."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import mcp
import pytest
from mcp_types import Implementation

from toolpost import Client, Context, Host, InvalidArguments
from toolpost.middleware.pii import PII
from toolpost.middleware.trace import Trace
from toolpost.middleware.validation import Validation
from toolpost.server.mcp import mcp_server
from toolpost_gallery import Gallery
from toolpost_gallery.app import URI

from .conftest import Painter, picture, size

LIMIT = 1_000_000
CLAUDE = Implementation(name="claude-ai", version="1.0")


@pytest.fixture(params=["legacy", "2026-07-28"])
def era(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def connected(host: Host, era: str) -> mcp.Client:
    return mcp.Client(mcp_server(host), mode=era, client_info=CLAUDE)


def wire(result: Any) -> int:
    return len(result.model_dump_json(by_alias=True, exclude_none=True).encode())


async def test_a_picture_of_12_mb_fits_claude_desktop_and_is_read_whole(gallery: Gallery, painter: Painter, era: str):
    original = picture(2000, 2000, noise=True)
    painter.returns("Done.", original, pictures=[{"prompt": "noise"}])
    async with Host([Trace(), PII(), Validation(), gallery, painter]) as host, connected(host, era) as client:
        result = await client.call_tool("paint", {"prompt": "noise"})
        read = await client.read_resource(result.content[3].uri)
    assert len(original) > 12_000_000
    assert wire(result) < LIMIT
    assert [block.type for block in result.content] == ["text", "image", "text", "resource_link"]
    assert size(base64.b64decode(result.content[1].data)) != (2000, 2000)
    assert base64.b64decode(read.contents[0].blob) == original
    assert read.contents[0].mime_type == "image/png"


async def test_several_pictures_share_the_room_with_the_words(gallery: Gallery, painter: Painter, era: str):
    tiny = picture()
    painter.returns(*(picture(900, 900, noise=True, seed=seed) for seed in range(5)), tiny, "x" * 600_000)
    async with Host([gallery, painter]) as host, connected(host, era) as client:
        result = await client.call_tool("paint", {})
    pictures = [block.data for block in result.content if block.type == "image"]
    assert wire(result) < LIMIT
    assert len(pictures) == 6
    assert base64.b64decode(pictures[5]) == tiny


async def test_words_that_leave_no_room_leave_the_links(gallery: Gallery, painter: Painter, era: str):
    painter.returns(picture(900, 900, noise=True), "é" * 495_000)
    async with Host([gallery, painter]) as host, connected(host, era) as client:
        result = await client.call_tool("paint", {})
    assert wire(result) < LIMIT
    assert [block.type for block in result.content] == ["text", "resource_link", "text"]
    assert "no room to show it" in result.content[0].text


async def test_what_is_no_picture_and_does_not_fit_is_said(gallery: Gallery, painter: Painter, era: str):
    painter.returns(b"\0" * 2_000_000)
    async with Host([gallery, painter]) as host, connected(host, era) as client:
        result = await client.call_tool("paint", {})
    assert [block.type for block in result.content] == ["text"]
    assert "too large to go on" in result.content[0].text


async def test_an_unknown_client_gets_less_than_a_mebibyte(gallery: Gallery, painter: Painter, era: str):
    painter.returns(*(picture(900, 900, noise=True, seed=seed) for seed in range(4)))
    async with Host([gallery, painter]) as host, mcp.Client(mcp_server(host), mode=era) as client:
        assert wire(await client.call_tool("paint", {})) < 1024 * 1024


async def test_the_pictures_are_listed_newest_first(gallery: Gallery, painter: Painter, clock: Any, era: str):
    async with Host([PII(), gallery, painter]) as host, connected(host, era) as client:
        for number in range(5):
            clock.now += 1
            painter.returns(picture(seed=number), pictures=[{"prompt": f"p{number}"}])
            await client.call_tool("paint", {})
        contents = (await client.read_resource("gallery://list")).contents[0]
        resources = (await client.list_resources()).resources
        templates = (await client.list_resource_templates()).resource_templates
    listed = json.loads(contents.text)
    assert contents.mime_type == "application/json"
    assert [item["prompt"] for item in listed["pictures"]] == ["p4", "p3", "p2", "p1", "p0"]
    assert set(listed["pictures"][0]) == {
        "id", "uri", "prompt", "model", "tool", "made", "width", "height", "mime_type", "bytes",
    }  # fmt: skip
    assert [item.uri for item in resources] == ["gallery://list", URI]
    assert [item.uri_template for item in templates] == ["gallery://{id}"]


async def test_anothers_picture_is_as_if_it_were_not_there(gallery: Gallery, painter: Painter):
    painter.returns(picture())
    ann, bob = Context("ann"), Context("bob")
    async with Host([gallery, painter]) as host:
        uri = (await host.call("paint", {}, ann)).content[-1].uri
        unknown = "gallery://" + "a" * 24
        said = []
        for wanted in (uri, unknown):
            with pytest.raises(InvalidArguments) as refusal:
                await host.read(wanted, bob)
            said.append(str(refusal.value))
        listed = json.loads((await host.read("gallery://list", bob))[1].text)
        shown = await host.call("show_gallery", {}, bob)
        assert (await host.read(uri, ann))[1].content[0].type == "image"
    assert said[0] == said[1]
    assert (listed["pictures"], shown.structured) == ([], {"pictures": []})


@pytest.mark.parametrize("principal", ["a", "a:", "picture:", "", "ä/../b", "x" * 10_000])
async def test_no_name_of_a_principal_reaches_anothers(gallery: Gallery, painter: Painter, principal: str):
    painter.returns(picture())
    async with Host([gallery, painter]) as host:
        await host.call("paint", {}, Context("a" if principal != "a" else "b"))
        assert await gallery.collection.newest(principal, 10) == []
        await host.call("paint", {}, Context(principal))
        assert len(await gallery.collection.newest(principal, 10)) == 1


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "..", "%00", "a" * 300, "\\windows", "LIST", "ä"])
async def test_an_invented_id_is_no_path(gallery: Gallery, name: str):
    async with Host([gallery]) as host:
        with pytest.raises(InvalidArguments, match="no such picture"):
            await host.read(f"gallery://{name}")


async def test_the_gallery_is_shown_with_small_previews(gallery: Gallery, painter: Painter, clock: Any, era: str):
    async with Host([PII(), Validation(), gallery, painter]) as host, connected(host, era) as client:
        for number in range(10):
            clock.now += 60
            painter.returns(picture(800, 600, noise=True, seed=number), pictures=[{"prompt": f"fox {number}"}])
            await client.call_tool("paint", {})
        tool = next(tool for tool in (await client.list_tools()).tools if tool.name == "show_gallery")
        result = await client.call_tool("show_gallery", {"limit": 4})
        found = await client.call_tool("show_gallery", {"search": "FOX 3"})
        nothing = await client.call_tool("show_gallery", {"search": "badger"})
    assert tool.meta["ui"] == {"resourceUri": URI}
    assert tool.annotations.read_only_hint
    pictures = [base64.b64decode(block.data) for block in result.content if block.type == "image"]
    assert [max(size(data)) for data in pictures] == [384] * 4
    assert wire(result) < 400_000
    assert [item["prompt"] for item in result.structured_content["pictures"]] == ["fox 9", "fox 8", "fox 7", "fox 6"]
    assert [item["prompt"] for item in found.structured_content["pictures"]] == ["fox 3"]
    assert nothing.structured_content == {"pictures": []}
    assert nothing.content[0].text == "There are no such pictures."


async def test_showing_the_gallery_keeps_nothing_new(gallery: Gallery, painter: Painter):
    painter.returns(picture(800, 600, noise=True))
    async with Host([gallery, painter]) as host:
        await host.call("paint")
        await host.call("show_gallery")
    assert len(await gallery.collection.newest("local", 10)) == 1


async def test_ids_pass_the_guards_unchanged(build: Callable[..., Gallery], painter: Painter, clock: Any):
    gallery = build()
    painter.returns(picture())
    async with Host([PII(), gallery, painter]) as host:
        for _ in range(50):
            clock.now += 12_345.678
            uri = (await host.call("paint", {})).content[-1].uri
            await host.read(uri)


async def test_a_layer_that_limits_the_client_is_obeyed(gallery: Gallery, painter: Painter):
    painter.returns(picture(500, 500, noise=True))
    for limit in (12_000, 20_000, 100_000):
        async with Host([gallery, painter]) as host:
            result = await host.call("paint", {}, Context(client=Client(result_bytes=limit)))
        assert sum(len(block.model_dump_json()) for block in result.content) < limit
