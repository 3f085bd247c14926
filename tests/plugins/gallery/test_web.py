"""What stands behind the routes, apart from HTTP: pages of a list, addresses, previews, and what is imported when."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints

import anyio
import pytest
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from toolpost import Context, Host, InvalidArguments, Reader, Refused, ToolError, Unavailable, UnknownTool
from toolpost.kit import is_known
from toolpost.testing import Services, open_services
from toolpost_gallery import Gallery
from toolpost_gallery.web.images import Endpoints
from toolpost_gallery.web.repeats import Repeats, place_of
from toolpost_gallery.web.shapes import Drawn, Order
from toolpost_gallery.web.thumbnails import Thumbnails
from toolpost_pictures import Pictures

from .conftest import Painter, picture


async def painted(host: Host, painter: Painter, clock: Any, *prompts: str) -> None:
    for number, prompt in enumerate(prompts):
        clock.now += 1
        painter.returns(picture(seed=number))
        await host.call("paint", {"prompt": prompt})


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with open_services(tmp_path / "services") as services:
        yield services


def test_the_plugin_is_imported_without_the_web():
    said = "import sys, toolpost_gallery; print([m for m in ('fastapi', 'starlette', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
async def test_the_pages_of_a_list_are_the_list(gallery: Gallery, painter: Painter, clock: Any, limit: int):
    async with Host([gallery, painter]) as host:
        await painted(host, painter, clock, *"abcde")
        seen, after = [], ""
        for _ in range(10):
            page, after = await gallery.collection.page("local", limit, after)
            assert len(page) <= limit
            seen += [entry.prompt for entry in page]
            if not after:
                break
        assert seen == list("edcba")


async def test_a_page_of_a_search_looks_at_so_many_and_goes_on(
    gallery: Gallery, painter: Painter, clock: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("toolpost_gallery.collection.PAGE", 2)
    monkeypatch.setattr("toolpost_gallery.collection.LOOKED", 1)
    async with Host([gallery, painter]) as host:
        await painted(host, painter, clock, "fox", "owl", "owl", "owl", "owl")

        def is_fox(entry: Any) -> bool:
            return entry.prompt == "fox"

        pages, after = [], ""
        while True:
            page, after = await gallery.collection.page("local", 9, after, is_fox)
            pages.append([entry.prompt for entry in page])
            if not after:
                break
    assert pages == [[], [], ["fox"]]


@pytest.mark.parametrize(
    ("surface", "base"), [("mcp", "https://t.example"), ("http", ""), ("http", "https://t.example")]
)
async def test_only_callers_over_http_read_addresses(
    build: Callable[..., Gallery], painter: Painter, surface: str, base: str
):
    painter.returns(picture())
    async with Host([build(public_url=base), painter]) as host:
        result = await host.call("paint", {}, Context(surface=surface))
    (known,) = result.meta["toolpost/gallery"]["pictures"]
    assert known.get("url") == (f"{base}/images/{known['id']}" if surface == "http" else None)
    assert (f"{base}/gallery#{known['id']}" in result.content[1].text) == bool(surface == "http" and base)


ADDRESSES = {
    "": True,
    "https://tools.example.com": True,
    "http://localhost:8765/behind/a/proxy": True,
    **dict.fromkeys(["tools.example.com", "https://", "https://a b", "https://x/?q", "https://x/", "ftp://x"], False),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_only_an_address_is_taken_for_one(address: str):
    setting = TypeAdapter(get_type_hints(Gallery, include_extras=True)["public_url"])
    try:
        setting.validate_python(address)
        taken = True
    except ValidationError:
        taken = False
    assert taken == ADDRESSES[address]


async def test_a_preview_that_many_want_is_made_for_all(gallery: Gallery, painter: Painter):
    painter.returns(picture(900, 700, noise=True))
    async with Host([gallery, painter]) as host:
        await host.call("paint")
        (entry,) = await gallery.collection.newest("local", 1)
        thumbnails = Thumbnails(gallery.collection, gallery.pictures)
        made: list[Any] = []

        async def ask() -> None:
            made.append(await thumbnails.of(entry))

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(ask)
        assert len({id(one) for one in made}) <= 2
        gallery.collection.artefacts.path(entry.handle).unlink()
        assert await thumbnails.of(entry) in made


async def test_remembered_previews_are_bounded(gallery: Gallery, painter: Painter, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("toolpost_gallery.web.thumbnails.ALL", 500)
    thumbnails = Thumbnails(gallery.collection, gallery.pictures)
    async with Host([gallery, painter]) as host:
        for seed in range(6):
            painter.returns(picture(seed=seed))
            await host.call("paint")
        for entry in await gallery.collection.newest("local", 9):
            assert await thumbnails.of(entry) is not None
    assert sum(len(one.data) for one in thumbnails._known.values()) == thumbnails._bytes <= 500


async def test_a_preview_of_what_is_gone_is_none(gallery: Gallery, painter: Painter):
    painter.returns(picture(900, 700))
    async with Host([gallery, painter]) as host:
        await host.call("paint")
        (entry,) = await gallery.collection.newest("local", 1)
        thumbnails = Thumbnails(gallery.collection, gallery.pictures)
        assert await thumbnails.of(replace(entry, handle=f"artefact:{'0' * 64}")) is None


async def test_a_link_shows_one_picture_to_whoever_has_it_for_a_while(build: Callable[..., Gallery], painter: Painter):
    painter.returns(picture(seed=3))
    gallery = build(link_hours=1.0)
    endpoints = Endpoints(gallery.collection, Thumbnails(gallery.collection, gallery.pictures), None, gallery.lending)
    async with Host([gallery, painter]) as host:
        await host.call("paint")
        (entry,) = await gallery.collection.newest("local", 1)
        link = await gallery.lend("local", entry.id)
        assert re.fullmatch("/images/lent[?]link=[a-p]{48}", link)
        secret = link.rpartition("=")[2]
        shown = await endpoints.lent(secret)
        assert (shown.status_code, shown.media_type) == (200, "image/png")
        assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
        assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert (await endpoints.lent(secret, shown.headers["etag"])).status_code == 304
        # Nothing in the store is such a secret.
        assert secret not in repr([item async for item in gallery.collection.space.items()])
        for other in (secret[::-1], "lent", secret.upper(), entry.id, ""):
            with pytest.raises(HTTPException, match="404"):
                await endpoints.lent(other)
        await gallery.collection.space.delete(entry.key)
        with pytest.raises(HTTPException, match="404"):
            await endpoints.lent(secret)


async def test_nobody_is_lent_what_is_somebody_elses(build: Callable[..., Gallery], painter: Painter):
    painter.returns(picture(seed=4))
    gallery = build(public_url="https://t.example")
    async with Host([gallery, painter]) as host:
        await host.call("paint")
        (entry,) = await gallery.collection.newest("local", 1)
        assert await gallery.lend("ann", entry.id) is None
        assert await gallery.lend("local", "a" * 24) is None
        assert (await gallery.lend("local", entry.id)).startswith("https://t.example/images/lent?link=")
        gallery.lending = replace(gallery.lending, hours=0.0)
        assert await gallery.lend("local", entry.id) is None


async def test_a_link_ends_with_its_time(services: Services, painter: Painter):
    painter.returns(picture(seed=5))
    gallery = Gallery(services.store, services.artefacts, Pictures(services.artefacts, Reader()), link_hours=1.0)
    async with Host([gallery, painter]) as host:
        await host.call("paint")
        (entry,) = await gallery.collection.newest("local", 1)
        secret = (await gallery.lend("local", entry.id)).rpartition("=")[2]
        services.clock.now += 3599
        assert await gallery.lending.lent(secret) == entry
        services.clock.now += 2
        assert await gallery.lending.lent(secret) is None


def test_a_tag_is_compared_as_the_rule_says():
    assert [is_known('"a"', given) for given in ('"a"', 'W/"a"', "*", '"b", "a"')] == [True] * 4
    assert [is_known('"a"', given) for given in (None, "", '"ab"', "a", '"b", *')] == [False] * 5


def test_keys_of_two_callers_are_never_the_same():
    pairs = [("a", "bc"), ("ab", "c"), ("a,b", "c"), ("a", "b,c"), ('a","b', "c"), ("A", "bc")]
    assert len({place_of(*pair) for pair in pairs}) == len(pairs)


async def test_a_picture_that_is_lost_is_counted_for_the_operator(gallery: Gallery, painter: Painter):
    (gauge,) = gallery.gauges()
    place = gallery.collection.artefacts.folder
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("no folder")
    painter.returns(picture())
    context = Context()
    async with Host([gallery, painter]) as host:
        await host.call("paint", {}, context)
    assert gauge.read() == 1
    assert [(note.decision, note.counts) for note in context.notes] == [("error", {"pictures": 0, "lost": 1})]


@pytest.mark.parametrize("failure", [InvalidArguments, Refused, Unavailable, UnknownTool])
async def test_an_order_of_which_nothing_was_drawn_may_be_sent_again(gallery: Gallery, failure: type[Exception]):
    async def fails() -> Drawn:
        raise failure("no")

    async with Host([gallery]):
        with pytest.raises(failure):
            await Repeats(gallery.collection).once("ann", "key", Order("a fox"), fails)
        assert await Repeats(gallery.collection).once("ann", "key", Order("a fox"), nothing) == Drawn([], [], None)


async def test_an_order_that_may_have_been_drawn_is_not_drawn_again(gallery: Gallery):
    async def fails() -> Drawn:
        raise ToolError("the connection broke")

    async with Host([gallery]):
        with pytest.raises(ToolError):
            await Repeats(gallery.collection).once("ann", "key", Order("a fox"), fails)
        with pytest.raises(HTTPException, match="409: this order may have been drawn"):
            await Repeats(gallery.collection).once("ann", "key", Order("a fox"), nothing)


async def test_an_order_whose_caller_left_is_not_drawn_again(gallery: Gallery):
    async def leaves() -> Drawn:
        scope.cancel()
        await anyio.sleep_forever()
        raise AssertionError

    async with Host([gallery]):
        with anyio.CancelScope() as scope:
            await Repeats(gallery.collection).once("ann", "key", Order("a fox"), leaves)
        with pytest.raises(HTTPException, match="409: this order may have been drawn"):
            await Repeats(gallery.collection).once("ann", "key", Order("a fox"), nothing)


async def nothing() -> Drawn:
    return Drawn([], [], None)
