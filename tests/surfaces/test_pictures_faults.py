"""What a provider, a disk or a kill can do to a picture: it is paid for once, never lost, and the server lives on."""

from __future__ import annotations

import base64
import json
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError

from toolpost_openai.testing import Reply, ScriptedServer, cut, error, held, stream
from toolpost_openai.testing_images import partial_picture, picture, pictures, png, silence

from .drawing import CAT, House, hung_up, links, noise, plain, reset, seen, text

ONCE = ["/images/generations"]
QUICK = {"TOOLPOST__RETRY__FIRST_WAIT": "0.01"}

AMBIGUOUS = {
    "500": error(500, "oops"),
    "502": error(502, "oops"),
    "504": error(504, "oops"),
    "reset": reset,
    "hung up": hung_up,
    "cut off": cut(partial_picture()),
    "shorter than it says": plain({"data": [picture()]}, content_length="99999"),
    "a stream without an end": stream(partial_picture()),
    "a stream that is no JSON": stream(b"data: not json\n\n"),
    "a stream that fails": stream({"type": "error", "error": {"code": "server_error", "message": "bad day"}}),
    "no JSON": plain(b"<html>"),
    "no pictures": plain({"data": []}),
    "another form": plain({"data": {"b64_json": "x"}}),
    "deep": plain(b"[" * 100_000),
    "no picture": plain({"data": [{"b64_json": "aGVsbG8="}]}),
    "a private address": plain({"data": [{"url": "https://169.254.169.254/x.png"}]}),
}


@pytest.fixture
def anyio_backend() -> str:
    """That of the client; the server's goes with the era."""
    return "asyncio"


@pytest.fixture(params=["legacy", "2026-07-28"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with ScriptedServer() as provider:
        yield House(tmp_path, provider, request.param, {**QUICK})


async def drawn(client: Client, house: House, **more: Any) -> Any:
    """A picture that is drawn as always."""
    house.provider.replies.append(pictures(picture(png(4, 4))))
    return await client.call_tool("generate_image", {"prompt": "a dog", **more})


@pytest.mark.slow
async def test_what_may_have_been_carried_out_is_never_sent_twice_by_itself(house: House):
    async with house.client() as client:
        for name, reply in AMBIGUOUS.items():
            await paid_once(client, house, {"prompt": name}, reply)
        assert not (await drawn(client, house)).is_error


async def paid_once(client: Client, house: House, call: dict[str, Any], reply: Reply) -> None:
    """Fail, refuse to send it again, say how to, and then do."""
    house.provider.journal.clear()
    house.provider.replies.append(reply)
    failed = await client.call_tool("generate_image", call)
    again = await client.call_tool("generate_image", call)
    assert (failed.is_error, again.is_error, house.paid) == (True, True, ONCE), call
    job = again.meta["toolpost/ledger"]["job"]
    assert "forget_job" in text(again)
    assert f"toolpost jobs forget {job}" in text(again)
    await client.call_tool("forget_job", {"job": job})
    house.provider.replies.append(pictures(picture(png(3, 3))))
    forced = await client.call_tool("generate_image", call)
    assert (seen(forced), len(house.paid)) == ([png(3, 3)], 2), call


async def test_what_was_refused_for_now_is_sent_again_and_paid_for_once(house: House):
    slow = error(429, "slow", code="rate_limit_exceeded", retry_after="0")
    house.provider.replies += [slow, error(503, "busy", retry_after="0"), pictures(picture(png(4, 4)))]
    async with house.client() as client:
        assert seen(await client.call_tool("generate_image", CAT)) == [png(4, 4)]
    assert len(house.paid) == 3


async def test_a_wait_that_is_too_long_is_told_instead(house: House):
    house.provider.replies.append(error(429, "slow", code="rate_limit_exceeded", retry_after="3000"))
    async with house.client() as client:
        refused = await client.call_tool("generate_image", CAT)
        assert refused.is_error
        assert "429" in text(refused)
        assert "50 minutes" in text(refused)
        assert not (await drawn(client, house, **CAT)).is_error


@pytest.mark.slow
async def test_a_silent_provider_is_given_up_and_hung_up_on(house: House):
    house.provider.replies.append(silence)
    async with house.client(TOOLPOST__DALLE__TIMEOUT="4") as client:
        late = await client.call_tool("generate_image", CAT)
        assert late.is_error
        assert await anyio.to_thread.run_sync(house.provider.left.wait, 10)
        assert "forget_job" in text(await client.call_tool("generate_image", CAT))
    assert house.paid == ONCE


async def test_the_provider_sees_a_cancellation(house: House):
    house.provider.replies.append(held(partial_picture()))
    async with house.client() as client:
        with anyio.CancelScope() as scope:

            async def note(done: float, total: float | None, message: str | None) -> None:
                if "partial" in str(message):
                    scope.cancel()

            await client.call_tool("generate_image", CAT, progress_callback=note)
        assert await anyio.to_thread.run_sync(house.provider.left.wait, 10)
        again = await client.call_tool("generate_image", CAT)
        assert "its caller stopped it" in text(again)
        assert not (await drawn(client, house)).is_error
    assert house.paid == ONCE * 2


async def test_one_picture_that_fails_does_not_lose_the_other_four(house: House):
    four = [picture(png(4, 4, shade)) for shade in range(4)]
    house.provider.replies.append(pictures(four[0], {"error": "moderated"}, *four[1:]))
    async with house.client() as client:
        result = await client.call_tool("generate_image", {**CAT, "n": 5})
    assert seen(result) == [png(4, 4, shade) for shade in range(4)]
    assert "a picture is missing" in text(result)
    assert house.paid == ONCE


async def test_nor_where_the_server_draws_one_at_a_time(house: House):
    four = [pictures(picture(png(4, 4, shade))) for shade in range(4)]
    house.provider.replies += [four[0], error(500, "oops"), *four[1:]]
    async with house.client(TOOLPOST__OPENAI__SERVES="compatible") as client:
        result = await client.call_tool("generate_image", {**CAT, "n": 5, "model": "dall-e-3"})
    assert sorted(seen(result)) == sorted(png(4, 4, shade) for shade in range(4)), text(result)
    assert "a picture is missing" in text(result)
    assert house.paid == ONCE * 5
    assert house.asked["model"] == "dall-e-3"


async def test_after_a_kill_the_job_is_ambiguous_and_what_was_kept_is_whole(house: House):
    large = noise(300)
    house.provider.replies += [pictures(picture(large)), held(partial_picture())]

    async def kill(done: float, total: float | None, message: str | None) -> None:
        if "partial" in str(message):
            house.kill()

    # However the transport tells that its other end is gone.
    with suppress(MCPError, ExceptionGroup):
        async with house.client() as client:
            await client.call_tool("generate_image", {"prompt": "kept"})
            await client.call_tool("generate_image", CAT, progress_callback=kill)
    async with house.client() as client:
        jobs = (await client.call_tool("list_jobs", {})).structured_content["result"]
        assert [job["state"] for job in jobs] == ["ambiguous", "finished"]
        again = await client.call_tool("generate_image", CAT)
        assert "the process that made it ended before it had an answer" in text(again)
        assert "forget_job" in text(again)
        kept = (await client.call_tool("show_gallery", {})).structured_content["pictures"]
        assert [item["prompt"] for item in kept] == ["kept"]
        original = (await client.read_resource(kept[0]["uri"])).contents[0].blob
    assert base64.b64decode(original) == large
    assert house.paid == ONCE * 2


async def test_a_full_disk_costs_no_picture_and_no_server(house: House):
    large = noise(400)
    async with house.client() as client:
        await drawn(client, house)
        before = resource.prlimit(house.pid, resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
        house.provider.replies.append(pictures(picture(large)))
        result = await client.call_tool("generate_image", CAT)
        assert seen(result) == [large]
        assert "could not be kept" in text(result)
        again = await client.call_tool("generate_image", CAT)
        assert "its result could not be kept" in text(again)
        assert json.loads((await client.read_resource("gallery://list")).contents[0].text)["not_kept"] == 1
        resource.prlimit(house.pid, resource.RLIMIT_FSIZE, before)
        assert not (await drawn(client, house, size="1536x1024")).is_error
    assert house.paid == ONCE * 3
    torn = [path for path in (house.folder / "home" / "data" / "artefacts").rglob(".*") if path.is_file()]
    assert torn == []
    assert "not kept" in house.errors


async def test_where_nothing_can_be_written_down_nothing_is_paid_for(house: House):
    data = house.folder / "home" / "data"
    data.parent.mkdir()
    data.write_text("no folder")
    async with house.client() as client:
        refused = await client.call_tool("generate_image", CAT)
        assert refused.is_error
        assert "store" in text(refused)
        assert house.paid == []
        assert (await client.call_tool("cache_stats", {})).is_error is False
        data.unlink()
        assert links(await drawn(client, house))
