"""What a person gets who has pictures drawn, changed, looked at, judged and kept: over stdio, in both eras."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from toolpost_openai.testing import ScriptedServer, response_stream
from toolpost_openai.testing_images import picture, picture_stream, pictures, png

from .drawing import CAT, House, links, noise, seen, size, text, verdict, wire

PAGE = "ui://gallery/app"
BEST = "gpt-image-2.5-sunburst"


@pytest.fixture
def anyio_backend() -> str:
    """That of the client; the server's goes with the era."""
    return "asyncio"


@pytest.fixture(scope="module")
def large() -> bytes:
    return noise(2048)


@pytest.fixture(params=["legacy", "2026-07-28"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    (tmp_path / "allowed").mkdir()
    allowed = {"TOOLPOST__PICTURES__FOLDERS": json.dumps([str(tmp_path / "allowed")])}
    with ScriptedServer() as provider:
        yield House(tmp_path, provider, request.param, allowed)


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    async with house.client(TOOLPOST__DALLE__COMPATIBILITY="true") as client:
        yield client


async def test_a_picture_is_drawn_seen_captioned_linked_and_accounted(house: House, client: Client):
    house.provider.replies.append(pictures(picture(png(8, 6))))
    result = await client.call_tool("generate_image", CAT)
    assert seen(result) == [png(8, 6)]
    assert "8×6 PNG" in text(result)
    assert "Prompt: “a cat”" in text(result)
    (uri,) = links(result)
    read = (await client.read_resource(uri)).contents[0]
    assert (base64.b64decode(read.blob), read.mime_type) == (png(8, 6), "image/png")
    (job,) = (await client.call_tool("list_jobs", {})).structured_content["result"]
    assert (job["tool"], job["state"]) == ("generate_image", "finished")
    assert job["job"] == result.meta["toolpost/ledger"]["job"]


async def test_old_models_and_arguments_are_translated_and_the_result_says_so(house: House, client: Client):
    house.provider.replies.append(pictures())
    old = {"model": "dall-e-3", "quality": "hd", "style": "vivid", "size": "512x512"}
    result = await client.call_tool("generate_image", {**CAT, **old})
    assert (house.asked["model"], house.asked["quality"], house.asked["size"]) == (BEST, "high", "1024x1024")
    assert "style" not in house.asked
    assert "vivid" in house.asked["prompt"]
    for word in ("dall-e-3", "hd", "512x512", "style"):
        assert any(word in note for note in result.structured_content["notes"])
        assert word in text(result)


async def test_wrong_arguments_are_answered_with_what_is_allowed_and_not_sent(house: House, client: Client):
    wrong = {"size": "100x100", "quality": "huge", "background": "pink", "format": "bmp"}
    result = await client.call_tool("generate_image", {**CAT, **wrong})
    assert result.is_error
    for allowed in ("1536x1024", "xhigh", "transparent", "webp"):
        assert allowed in text(result)
    assert house.paid == []


async def test_partial_pictures_come_as_progress(house: House, client: Client):
    house.provider.replies.append(picture_stream(png(4, 4), partial=3))
    said: list[tuple[float, float | None, str | None]] = []

    async def note(*progress: Any) -> None:
        said.append(progress)

    result = await client.call_tool("generate_image", CAT, progress_callback=note)
    assert seen(result) == [png(4, 4)]
    assert house.asked["partial_images"] == 1
    partial = [(done, total) for done, total, message in said if "partial picture 1 of 1" in str(message)]
    assert set(partial) == {(1.0, 2.0)}


async def test_a_picture_is_changed_varied_and_drawn_under_the_old_name(house: House, client: Client):
    (house.folder / "allowed" / "p.png").write_bytes(png(5, 5))
    house.provider.replies += [pictures(picture(png(6, 6))), pictures(), pictures()]
    changed = await client.call_tool("edit_image", {"prompt": "snow", "image": str(house.folder / "allowed" / "p.png")})
    assert house.asked["image"].data == png(5, 5)
    await client.call_tool("create_variations", {"image": links(changed)[0]})
    assert house.asked["image"].data == png(6, 6)
    assert "variation" in house.asked["prompt"]
    old = await client.call_tool("create-image", {"prompt": "old", "n": 1, "quality": "hd"})
    assert house.asked["quality"] == "high"
    assert not old.is_error
    assert house.paid == ["/images/edits", "/images/edits", "/images/generations"]


async def test_a_handle_is_as_good_as_a_link(house: House, client: Client):
    house.provider.replies += [pictures(picture(png(7, 7))), pictures()]
    drawn = await client.call_tool("generate_image", CAT)
    handle = house.rows("gallery", "show", links(drawn)[0])["handle"]
    assert not (await client.call_tool("edit_image", {"prompt": "snow", "image": handle})).is_error
    assert house.asked["image"].data == png(7, 7)


async def test_a_picture_is_looked_at_and_talked_about(house: House, client: Client):
    url = f"data:image/png;base64,{base64.b64encode(png(9, 9)).decode()}"
    house.provider.replies += [response_stream("A cat."), response_stream("Two.")]
    looked = await client.call_tool("analyze_image", {"image": url, "prompt": "What?", "detail": "high"})
    assert (looked.structured_content["answer"], text(looked)) == ("A cat.", "A cat.")
    assert house.asked["input"][0]["content"][0]["detail"] == "high"
    messages = [{"role": "user", "content": "How many?"}]
    talked = await client.call_tool("chat_with_image", {"messages": messages, "images": [url, url], "detail": "low"})
    assert talked.structured_content["answer"] == "Two."
    assert [part["type"] for part in house.asked["input"][0]["content"]] == ["input_image", "input_image", "input_text"]


async def test_text_and_pictures_are_judged(house: House, client: Client):
    house.provider.replies.append(verdict("violence"))
    url = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    result = await client.call_tool("moderate", {"text": "a fight", "image": url})
    assert text(result) == "Flagged: violence 0.90."
    assert result.structured_content["categories"]["violence"] is True
    assert result.structured_content["scores"]["hate"] == 0.01
    assert [part["type"] for part in house.asked["input"]] == ["text", "image_url"]


async def test_the_gallery_shows_what_was_made_and_finds_it(house: House, client: Client):
    house.provider.replies += [pictures(picture(png(3, 3))), pictures(picture(png(4, 4)))]
    await client.call_tool("generate_image", CAT)
    await client.call_tool("generate_image", {"prompt": "a dog"})
    shown = await client.call_tool("show_gallery", {})
    assert [item["prompt"] for item in shown.structured_content["pictures"]] == ["a dog", "a cat"]
    assert seen(shown) == [png(4, 4), png(3, 3)]
    found = await client.call_tool("show_gallery", {"search": "CAT"})
    assert text(found).startswith("1 picture, newest first.")


async def test_the_gallerys_page_is_there_and_the_tools_point_at_it(client: Client):
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for name in ("generate_image", "edit_image", "create_variations", "create-image", "show_gallery"):
        assert tools[name].meta["ui"]["resourceUri"] == tools[name].meta["ui/resourceUri"] == PAGE
    assert PAGE in [str(resource.uri) for resource in (await client.list_resources()).resources]
    page = (await client.read_resource(PAGE)).contents[0]
    assert page.mime_type == "text/html;profile=mcp-app"
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text


async def test_twelve_megabytes_fit_claude_desktop_and_come_back_whole(house: House, large: bytes):
    house.provider.replies.append(pictures(picture(large)))
    async with house.client("claude-ai") as client:
        result = await client.call_tool("generate_image", CAT)
        original = (await client.read_resource(links(result)[0])).contents[0].blob
    assert len(large) > 12_000_000
    assert wire(result) < 1_000_000
    assert max(size(seen(result)[0])) <= 1568
    assert "preview" in text(result)
    assert base64.b64decode(original) == large


async def test_the_same_call_is_paid_for_once(house: House, client: Client):
    opened = anyio.Event()
    house.provider.replies.append(picture_stream(png(4, 4)))
    results: list[Any] = []

    async def call() -> None:
        await opened.wait()
        results.append(await client.call_tool("generate_image", CAT))

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(call)
        opened.set()
    results.append(await client.call_tool("generate_image", CAT))
    assert [seen(result) for result in results] == [[png(4, 4)]] * 4
    assert len({links(result)[0] for result in results}) == 1
    assert house.paid == ["/images/generations"]


async def test_a_job_is_claimed_and_forgotten(house: House, client: Client):
    house.provider.replies += [pictures(picture(png(4, 4))), pictures(picture(png(5, 5)))]
    job = (await client.call_tool("generate_image", CAT)).meta["toolpost/ledger"]["job"]
    assert seen(await client.call_tool("claim_job", {"job": job})) == [png(4, 4)]
    assert "made anew" in text(await client.call_tool("forget_job", {"job": job}))
    assert seen(await client.call_tool("generate_image", CAT)) == [png(5, 5)]
    unknown = await client.call_tool("claim_job", {"job": "no-job"})
    assert unknown.is_error
    assert "list_jobs" in text(unknown)


async def test_commands_see_what_the_server_does(house: House, client: Client):
    house.provider.replies.append(pictures(picture(png(4, 4))))
    house.provider.models += [
        "gpt-6-luna",
        "gpt-6.1-sol",
        "gpt-image-2.5-flare",
        {"id": BEST, "shutdown_date": "2026-11-25"},
    ]
    result = await client.call_tool("generate_image", CAT)
    job = result.meta["toolpost/ledger"]["job"]
    assert [row["job"] for row in house.rows("jobs", "list")] == [job]
    assert house.rows("jobs", "show", job)["state"] == "finished"
    saved = house.run("jobs", "claim", job, "--save", "saved")
    assert [path.read_bytes() for path in (house.folder / "saved").iterdir()] == [png(4, 4)], saved.stderr
    (row,) = house.rows("gallery", "list")
    assert (row["uri"], row["prompt"]) == (links(result)[0], "a cat")
    assert house.rows("gallery", "show", row["id"])["job"] == job
    assert BEST in house.run("models", "list").stdout
    checked = house.run("models", "check")
    assert checked.returncode == 1
    assert "ends soon on 2026-11-25" in checked.stdout
    assert house.run("gallery", "clean", "--older-than", "1s").returncode == 0
    assert not (await client.call_tool("show_gallery", {})).is_error
