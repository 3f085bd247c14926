"""Pictures over HTTP: by name alone, for whoever made them, as nothing but pictures."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from galleries import Served, png, served
from PIL import Image
from reaching import Reply

KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
CANARY = "content-from-outside-of-the-store"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("gallery")) as gallery:
        yield gallery


def told(reply: Reply) -> tuple[int, str]:
    """What a refusal says, without the request's own name."""
    return reply.status, reply.json["error"]["message"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_comes_back_as_it_was_drawn(gallery: Served, kind: str):
    data = png(seed=len(kind), kind=kind)
    image = gallery.draw(data, f"a {kind}")
    reply = gallery.get(image["url"])
    assert (reply.status, reply.body) == (200, data)
    assert reply.headers["content-type"] == KINDS[kind] == image["mime_type"]
    assert reply.headers["content-length"] == str(len(data))


def test_a_picture_is_served_as_nothing_but_a_picture(gallery: Served):
    headers = gallery.get(gallery.draw(png(seed=9), "headers")["url"]).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-disposition"].startswith('inline; filename="generate_image-1-')
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert headers["vary"] == "authorization"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_what_is_known_already_is_not_sent_again(gallery: Served):
    url = gallery.draw(png(seed=10), "etag")["url"]
    etag, small = (gallery.get(url + query).headers["etag"] for query in ("", "?preview"))
    assert etag != small
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        reply = gallery.get(url, if_none_match=known)
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", etag)
    assert gallery.get(url, if_none_match='"other"').status == 200


def test_the_head_of_a_picture_can_be_had_alone(gallery: Served):
    data = png(seed=11)
    reply = gallery.ask("HEAD", gallery.draw(data, "head")["url"])
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["content-length"] == str(len(data))


def test_a_preview_is_small(gallery: Served):
    image = gallery.draw(png(12, 1200, 900), "large")
    reply = gallery.get(image["preview_url"])
    assert reply.status == 200
    assert len(reply.body) <= 64 * 1024
    assert max(Image.open(io.BytesIO(reply.body)).size) <= 512
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert gallery.get(image["preview_url"]).body == reply.body


def test_another_principals_picture_is_as_if_it_were_not_there(gallery: Served):
    image = gallery.draw(png(seed=13), "private")
    unknown = f"/images/{'a' * 24}"
    for method, path in itertools.product(("GET", "DELETE"), ("", "?preview", "/about")):
        if method == "GET" or not path:
            mine = gallery.ask(method, image["url"] + path, who="bob")
            assert told(mine) == told(gallery.ask(method, unknown + path, who="bob"))
            assert mine.status == 404
    assert gallery.get("/images?search=private", who="bob").json["images"] == []
    assert gallery.get(image["url"]).status == 200


def test_nobody_gets_nothing(gallery: Served):
    url = gallery.draw(png(seed=14), "locked")["url"]
    for method, path in [
        ("GET", url),
        ("GET", "/images"),
        ("DELETE", url),
        ("POST", "/images"),
        ("GET", f"{url}/about"),
    ]:
        assert gallery.ask(method, path, who=None).status == 401
    assert gallery.get(url).status == 200


def test_an_operator_does_not_see_what_others_made(gallery: Served):
    assert gallery.get(gallery.draw(png(seed=15), "mine")["url"], who="op").status == 404


@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"<html><body onload=alert(1)>", b"GIF89a/*", b"%PDF-1.7"]
)
def test_a_picture_that_is_also_something_else_stays_a_picture(gallery: Served, tail: bytes):
    data = png(seed=16) + tail
    reply = gallery.get(gallery.draw(data, f"polyglot {tail!r}")["url"])
    assert reply.body == data
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "data", [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"<html>", b"GIF89a/*"]
)
def test_what_is_no_picture_is_never_kept(gallery: Served, data: bytes):
    before = len(gallery.originals)
    gallery.draws(data)
    reply = gallery.ask("POST", "/images", {"prompt": f"hostile {data!r}"})
    assert reply.status in (422, 502)
    assert len(gallery.originals) == before


def test_the_prompt_is_never_markup(gallery: Served):
    hostile = "<img src=x onerror=alert(1)>"
    gallery.draw(png(seed=17), hostile)
    reply = gallery.get("/images?limit=1")
    assert reply.json["images"][0]["prompt"] == hostile
    assert reply.headers["content-type"] == "application/json"


def steps() -> Iterator[str]:
    """Ways out of a folder, in the encodings that one reader or another takes apart."""
    ups = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..\\", "..%5c", "%252e%252e%252f", "..%c0%af", "..%ef%bc%8f"]
    ups += ["....//", "..;/", ".%00./", "%c0%ae%c0%ae/", "..%u2215", "%2e%2e%5c", "..%09/", "..%0d%0a/"]
    for up, times in itertools.product(ups, (1, 2, 3, 6, 12)):
        for goal in ("canary.txt", "etc/passwd", "config.toml", "toolpost.sqlite3"):
            yield up * times + goal


def names(folder: Path, file: Path) -> Iterator[str]:
    """Names that are none: ways out, absolute paths, and what file systems and URLs make something of."""
    yield from steps()
    digest = file.name
    yield from (str(folder / "canary.txt"), f"%2f{str(folder)[1:]}/canary.txt", f"file:%2f%2f{folder}/canary.txt")
    yield from (digest, f"{digest[:2]}/{digest}", f"{digest[:2]}%2f{digest}", f"artefact:{digest}", f"gallery/{digest}")
    yield from (
        "",
        ".",
        "..",
        "%00",
        "a%00.png",
        "con",
        "nul.png",
        "~",
        "%7e/x",
        "*",
        "?",
        "%3f",
        "a" * 300,
        "a" * 5_000,
    )
    yield from ("A" * 24, "q" * 24, "a" * 23, "a" * 25, "a" * 24 + ".png", "a" * 24 + "%0a", "%61" * 24, "a" * 24 + "/")
    yield from (
        "drawing/",
        "about",
        "a/about",
        "%F0%9F%98%80",
        "%ff%fe",
        "%E2%80%AE",
        "a;b",
        "a%26b",
        "${HOME}",
        "{name}",
    )


def test_no_name_leads_out_of_the_store(gallery: Served):
    gallery.draw(png(seed=18), "traversal")
    (gallery.folder / "canary.txt").write_text(CANARY)
    (gallery.folder / "home" / "canary.txt").write_text(CANARY)
    tried = list(names(gallery.folder, gallery.originals[0]))
    assert len(tried) > 350
    seen = set()
    for name, method in [*((name, "GET") for name in tried), *((name, "DELETE") for name in tried[::7])]:
        for query in ("", "?preview") if method == "GET" else ("",):
            reply = gallery.ask(method, f"/images/{name}{query}")
            assert reply.status in (400, 404, 405), (name, reply)
            assert CANARY.encode() not in reply.body
            seen.add((*told(reply), reply.headers["content-type"]))
    assert len(seen) <= 4, seen
    assert gallery.get("/images").status == 200
    assert (gallery.folder / "canary.txt").exists()


def test_a_raw_request_with_steps_in_it_is_refused(gallery: Served):
    port = gallery.server.port
    for path in (
        b"/images/../../canary.txt",
        b"/images/\xff\xfe",
        b"/images/..\\..\\canary.txt",
        b"/images//etc/passwd",
    ):
        token = b"authorization: Bearer token-of-ann\r\n"
        head = b"GET %b HTTP/1.1\r\nhost: localhost:%d\r\nconnection: close\r\n%b\r\n" % (path, port, token)
        answer = gallery.server.raw(head)
        assert answer[9:12] in (b"400", b"404"), (path, answer[:100])


BROKEN = ["link", "folder link", "pipe", "folder", "torn", "empty", "other", "gone"]


@pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")
@pytest.mark.parametrize("kind", BROKEN)
def test_what_was_not_kept_is_not_served(gallery: Served, kind: str):
    data = png(seed=100 + BROKEN.index(kind), width=40)
    url = gallery.draw(data, f"broken {kind}")["url"]
    path = gallery.original(data)
    outside = gallery.folder / "outside"
    outside.write_bytes(CANARY.encode().ljust(len(data)))
    if kind == "folder link":
        elsewhere = gallery.folder / "elsewhere"
        path.parent.rename(elsewhere)
        path.parent.symlink_to(elsewhere)
    else:
        path.unlink()
    match kind:
        case "link":
            path.symlink_to(outside)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "torn":
            path.write_bytes(data[:-1])
        case "empty":
            path.touch()
        case "other":
            path.write_bytes(outside.read_bytes())
    reply = gallery.get(url)
    assert reply.status == 404
    assert CANARY.encode() not in reply.body
    if kind == "folder link":
        path.parent.unlink()
        elsewhere.rename(path.parent)
        assert gallery.get(url).status == 200
    assert gallery.get(gallery.draw(png(seed=200 + BROKEN.index(kind)), f"after {kind}")["url"]).status == 200
