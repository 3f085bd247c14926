"""Pictures drawn, listed and removed over REST: one way to call a tool, and nothing paid twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from galleries import Served, drawn, png, served

from toolpost_openai.testing import Handler, error

ABOUT = {"prompt", "model", "width", "height", "mime_type", "made", "url", "preview_url", "uri", "id", "bytes"}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("orders")) as gallery:
        yield gallery


def test_an_order_is_answered_with_what_was_drawn(gallery: Served):
    gallery.draws(png(1))
    reply = gallery.ask("POST", "/images", {"prompt": "a lighthouse", "size": "1024x1024", "quality": "low", "n": 1})
    (image,) = reply.json["images"]
    assert reply.status == 201
    assert reply.headers["location"] == image["url"] == f"/images/{image['id']}"
    assert image.keys() >= ABOUT
    assert (image["prompt"], image["width"], image["mime_type"]) == ("a lighthouse", 64, "image/png")
    assert gallery.provider.journal[-1].body["quality"] == "low"
    assert gallery.get(f"{image['url']}/about").json == image


def test_the_policies_stand_around_an_order_too(gallery: Served):
    image = gallery.draw(png(2), "a card for ann@example.com")
    assert image["prompt"] == "a card for [EMAIL]"
    assert "ann@example.com" not in str(gallery.provider.journal[-1].body)


@pytest.mark.parametrize(
    "body",
    [{}, {"prompt": ""}, {"prompt": 1}, {"prompt": "x", "n": 0}, {"prompt": "x", "n": 11}, {"prompt": "x", "n": "1"},
     {"prompt": "x", "n": True}, {"prompt": "x", "principal": "bob"}, [], "x", None],
)  # fmt: skip
def test_an_order_that_is_none_is_refused_before_anything_is_spent(gallery: Served, body: object):
    before = gallery.paid
    assert gallery.ask("POST", "/images", body).status == 422
    assert gallery.paid == before


def test_arguments_that_the_tool_does_not_take_are_the_callers_to_mend(gallery: Served):
    reply = gallery.ask("POST", "/images", {"prompt": "x", "size": "9999x10"})
    assert reply.status == 422
    assert "size" in reply.json["error"]["message"]


def test_a_provider_that_refuses_is_told(gallery: Served):
    gallery.provider.replies.append(error(400, "your prompt was rejected", code="moderation_blocked"))
    reply = gallery.ask("POST", "/images", {"prompt": "forbidden"})
    assert reply.status in (403, 422, 502)
    assert reply.json["error"]["message"]


def test_an_order_of_one_key_is_drawn_once(gallery: Served):
    before = gallery.paid
    first = gallery.draw(png(3), "keyed", idempotency_key="k-1")
    again = gallery.ask("POST", "/images", {"prompt": "keyed"}, idempotency_key="k-1")
    assert (again.status, again.json["replayed"], again.json["images"]) == (201, True, [first])
    assert gallery.paid == before + 1


def test_a_key_belongs_to_one_order_and_one_caller(gallery: Served):
    gallery.draw(png(4), "first", idempotency_key="k-2")
    assert gallery.ask("POST", "/images", {"prompt": "second"}, idempotency_key="k-2").status == 409
    assert gallery.draw(png(5), "of bob", "bob", idempotency_key="k-2")["prompt"] == "of bob"


def test_an_order_under_way_is_not_begun_again(gallery: Served):
    asked, go_on = threading.Event(), threading.Event()

    def slowly(handler: Handler) -> None:
        asked.set()
        assert go_on.wait(60)
        drawn(png(6))(handler)

    gallery.provider.replies.append(slowly)
    statuses = []
    order = {"prompt": "slow"}
    first = threading.Thread(
        target=lambda: statuses.append(gallery.ask("POST", "/images", order, idempotency_key="k-3").status)
    )
    first.start()
    assert asked.wait(60)
    second = gallery.ask("POST", "/images", order, idempotency_key="k-3")
    go_on.set()
    first.join(60)
    assert (second.status, second.headers["retry-after"], statuses) == (409, "2", [201])


def test_an_order_that_failed_may_be_sent_again(gallery: Served):
    gallery.provider.replies.append(error(429, "slow down", retry_after="1"))
    order = {"prompt": "patience"}
    assert gallery.ask("POST", "/images", order, idempotency_key="k-4").status in (429, 503)
    gallery.draws(png(7))
    assert gallery.ask("POST", "/images", order, idempotency_key="k-4").status == 201


def test_a_list_has_pages(gallery: Served):
    made = [gallery.draw(png(20 + number), f"page {number}", "op")["id"] for number in range(5)]
    seen, cursor = [], ""
    for _ in range(3):
        page = gallery.get(f"/images?limit=2{cursor}", who="op").json
        seen += [image["id"] for image in page["images"]]
        cursor = f"&cursor={page['next']}"
    assert seen == made[::-1]
    assert page["next"] is None


def test_a_list_can_be_searched(gallery: Served):
    gallery.draw(png(8), "a Heron at dusk")
    found = gallery.get("/images?search=dusk%20heron").json["images"]
    assert [image["prompt"] for image in found] == ["a Heron at dusk"]
    assert gallery.get("/images?search=albatross").json == {"images": [], "next": None}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=..", "cursor=", f"search={'x' * 201}"])
def test_a_list_is_bounded(gallery: Served, query: str):
    assert gallery.get(f"/images?{query}").status == 422


def test_a_picture_is_deleted_with_its_bytes(gallery: Served):
    data = png(9)
    url = gallery.draw(data, "short-lived")["url"]
    reply = gallery.ask("DELETE", url)
    assert (reply.status, reply.body) == (204, b"")
    assert gallery.get(url).status == gallery.ask("DELETE", url).status == 404
    assert not gallery.original(data).exists()


def test_bytes_that_another_has_too_stay(gallery: Served):
    data = png(10)
    mine, theirs = gallery.draw(data, "shared"), gallery.draw(data, "shared", "bob")
    assert gallery.ask("DELETE", mine["url"]).status == 204
    assert gallery.get(theirs["url"], who="bob").body == data


def test_it_is_said_with_what_one_can_draw(gallery: Served):
    said = gallery.get("/images/drawing").json
    assert (said["tool"], said["accepts"]) == ("generate_image", ["model", "size", "quality", "n", "format"])


def test_where_nothing_draws_it_is_said_how_to_change_that(tmp_path: Path):
    with served(tmp_path / "bare", plugins="") as bare:
        reply = bare.ask("POST", "/images", {"prompt": "x"})
        assert reply.status == 404
        assert "enable the plugin dalle" in reply.json["error"]["message"]
        assert bare.get("/images/drawing").json == {"tool": None, "accepts": [], "cost_usd": None}


def test_results_over_mcp_say_where_the_picture_is(tmp_path: Path):
    with served(tmp_path / "public", 'public_url = "https://tools.example.com"') as public:
        public.draws(png(11))
        public.server.token = "token-of-ann"
        result = public.server.call("generate_image", prompt="a stamp").json["result"]
        (known,) = result["_meta"]["toolpost/gallery"]["pictures"]
        assert known["url"] == f"https://tools.example.com/images/{known['id']}"
        assert f"https://tools.example.com/gallery#{known['id']}" in str(result["content"])
        assert public.get(f"/images/{known['id']}").body == png(11)
