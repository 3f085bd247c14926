"""Pictures from the web, over real connections to servers that mean well or ill."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Sequence

import anyio
import pytest
from httpcore2 import ConnectError

from toolpost import Context, InvalidArguments
from toolpost_pictures.fetch import CANNOT, Fetcher, trust
from toolpost_pictures.network import CheckedNetwork


@pytest.fixture
def loading(plugin, web):
    """Loads an address of the server through a plugin that may reach it."""

    async def load(path: str, host: str = "localhost", **settings):
        pictures = plugin(**{"hosts": [f"{name}:{web.port}" for name in ("localhost", "127.0.0.1")], **settings})
        with anyio.fail_after(30):
            return await pictures.load(web.url(path, host), Context())

    return load


async def refusal(loading, *arguments, **settings) -> str:
    with pytest.raises(InvalidArguments) as refused:
        await loading(*arguments, **settings)
    return str(refused.value)


async def test_a_picture_is_loaded_from_a_host_that_the_operator_named(loading, web, drawn):
    web.serve_picture("/a.png", drawn())
    picture = await loading("/a.png")
    assert (picture.data, picture.mime_type, picture.width, picture.height) == (drawn(), "image/png", 40, 30)


async def test_a_host_that_nobody_named_is_not_even_connected_to(loading, web, drawn):
    web.serve_picture("/a.png", drawn())
    assert await refusal(loading, "/a.png", hosts=[]) == CANNOT
    assert await refusal(loading, "/a.png", hosts=["localhost"]) == CANNOT
    assert await refusal(loading, "/a.png", hosts=["localhost:1"]) == CANNOT
    assert web.connections == 0


async def test_the_request_says_nothing_about_the_person(loading, web, drawn, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    web.serve_picture("/a.png?b=1", drawn(), "Set-Cookie: a=b")
    await loading("/a.png?b=1#c")
    line, *headers = web.requests[0].strip().split("\r\n")
    names = {header.split(":")[0].lower() for header in headers}
    assert line == "GET /a.png?b=1 HTTP/1.1"
    assert names == {"host", "user-agent", "accept", "accept-encoding", "connection"}


async def test_a_stranger_with_a_certificate_of_their_own_is_refused(loading, web, drawn):
    web.serve_picture("/a.png", drawn())
    assert await refusal(loading, "/a.png", ca_file=None) == CANNOT
    assert web.requests == []


async def test_plain_http_is_loaded_only_if_the_operator_says_so(plugin, serving, drawn):
    server = serving(tls=False)
    server.serve_picture("/a.png", drawn())
    hosts = [f"localhost:{server.port}"]
    with pytest.raises(InvalidArguments, match="cannot be loaded"):
        await plugin(hosts=hosts).load(server.url("/a.png"), Context())
    assert (await plugin(hosts=hosts, allow_http=True).load(server.url("/a.png"), Context())).data == drawn()


class TestRedirects:
    async def test_three_are_followed(self, loading, web, drawn):
        for here, there, status in (("/1", "/2", 301), ("/2", "3", 307), ("/3", web.url("/a.png", "127.0.0.1"), 308)):
            web.redirect(here, there, status)
        web.serve_picture("/a.png", drawn())
        assert (await loading("/1")).width == 40

    async def test_a_fourth_is_not(self, loading, web, drawn):
        for number in range(1, 5):
            web.redirect(f"/{number}", f"/{number + 1}")
        web.serve_picture("/5", drawn())
        assert await refusal(loading, "/1") == CANNOT
        assert len(web.requests) == 4

    async def test_each_is_checked_as_a_new_address(self, loading, web, serving, drawn):
        other, plain = serving(), serving(tls=False)
        for server in (other, plain):
            server.serve_picture("/a.png", drawn())
        targets = [
            "https://169.254.169.254/",
            "https://127.1/",
            "https://user@localhost/",
            "file:///etc/passwd",
            "gopher://a/",
        ]
        targets += [
            other.url("/a.png"),
            plain.url("/a.png"),
            "https://localhost:25/",
            "https://localhost:6379/",
            "",
            "//",
        ]
        for target in targets:
            web.redirect("/go", target)
            assert await refusal(loading, "/go") == CANNOT, target
        assert (other.connections, plain.connections) == (0, 0)

    async def test_https_never_becomes_http(self, loading, web, serving, drawn):
        plain = serving(tls=False)
        plain.serve_picture("/a.png", drawn())
        web.redirect("/go", plain.url("/a.png"))
        hosts = [f"localhost:{web.port}", f"localhost:{plain.port}"]
        assert await refusal(loading, "/go", hosts=hosts, allow_http=True) == CANNOT
        assert plain.connections == 0

    async def test_two_places_at_once_are_none(self, loading, web, drawn):
        web.serve_picture("/a.png", drawn())
        web.answers["/go"] = b"HTTP/1.1 302 X\r\nLocation: /a.png\r\nLocation: /a.png\r\nContent-Length: 0\r\n\r\n"
        assert await refusal(loading, "/go") == CANNOT


class TestHostileAnswers:
    async def test_whatever_is_wrong_with_an_address_the_message_is_the_same(self, loading, web, drawn):
        picture, canary = drawn(), b"root:x:0:0 canary"
        web.answers |= {
            "/404": web.said(picture, status="404 Nothing"),
            "/500": web.said(canary, status="500 canary"),
            "/206": web.said(picture, status="206 Part"),
            "/101": b"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "/html": web.said(canary, "Content-Type: text/html"),
            "/json": web.said(canary, "Content-Type: Application/JSON; charset=utf-8"),
            "/gzip": web.said(gzip.compress(picture), "Content-Encoding: gzip"),
            "/short": web.said(picture[:50], f"Content-Length: {len(picture)}"),
            "/chunked": web.said(b"zz\r\n", "Transfer-Encoding: chunked"),
            "/noise": canary,
            "/nothing": b"",
            "/headers": web.said(picture, *(f"X-{number}: {'a' * 900}" for number in range(200))),
            "/header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000,
        }
        for path in web.answers:
            assert await refusal(loading, path) == CANNOT, path

    async def test_a_closed_port_sounds_like_a_forbidden_one(self, plugin):
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{closed.getsockname()[1]}"
        for hosts in ([address], []):
            with pytest.raises(InvalidArguments) as refused:
                await plugin(hosts=hosts).load(f"https://{address}/a.png", Context())
            assert str(refused.value) == CANNOT

    async def test_a_drip_ends_at_the_deadline(self, loading, web):
        def drip(stream: socket.socket, over: threading.Event) -> None:
            stream.sendall(web.said(b"", "Content-Length: 1000000"))
            while not over.wait(0.05):
                stream.sendall(b"x")

        web.answers["/drip"] = drip
        assert await refusal(loading, "/drip", timeout=0.5) == CANNOT

    async def test_headers_that_never_end_do_at_the_deadline(self, loading, web):
        def headers(stream: socket.socket, over: threading.Event) -> None:
            stream.sendall(b"HTTP/1.1 200 OK\r\n")
            while not over.wait(0.05):
                stream.sendall(b"X: y\r\n")

        web.answers["/headers"] = headers
        assert await refusal(loading, "/headers", timeout=0.5) == CANNOT

    async def test_a_body_without_an_end_is_cut_while_it_arrives(self, loading, web):
        def flood(stream: socket.socket, over: threading.Event) -> None:
            stream.sendall(web.said(b""))
            while not over.is_set():
                stream.sendall(bytes(65536))

        web.answers["/flood"] = flood
        assert "larger than 100000 bytes" in await refusal(loading, "/flood", max_bytes=100_000)

    @pytest.mark.parametrize("length", ["100001", "9" * 30])
    async def test_a_body_that_announces_too_much_is_not_read(self, loading, web, length: str):
        web.answers["/big"] = web.said(b"x", f"Content-Length: {length}")
        assert await refusal(loading, "/big", max_bytes=100_000) in (CANNOT, TOO_LARGE)

    async def test_what_is_declared_a_picture_and_is_none_is_no_picture(self, loading, web):
        web.answers["/a.png"] = web.said(b"<script>canary</script>", "Content-Type: image/png")
        assert await refusal(loading, "/a.png") == "this is not a picture; send a PNG, JPEG, WebP or GIF file"

    async def test_a_picture_of_another_declared_type_is_what_it_is(self, loading, web, drawn):
        web.serve_picture("/a.png", drawn("WEBP"), "Content-Type: application/octet-stream")
        assert (await loading("/a.png")).mime_type == "image/webp"


TOO_LARGE = "the picture at that address is larger than 100000 bytes; name a smaller one"


class TestNames:
    async def test_the_checked_address_is_connected_to_and_the_name_kept(self, web, authority, drawn):
        asked: list[str] = []

        async def rebinding(host: str, port: int) -> Sequence[str]:
            """The server's address first, one that must not be asked ever after."""
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.9.9.9"]

        web.serve_picture("/a.png", drawn())
        fetcher = Fetcher(
            await trust(authority[0]), 10**6, seconds=20.0, hosts=[f"Pictures.test:{web.port}"], resolve=rebinding
        )
        assert await fetcher.fetch(web.url("/a.png", "pictures.test")) == drawn()
        assert (asked, web.names) == (["pictures.test"], ["pictures.test"])
        assert f"Host: pictures.test:{web.port}\r\n" in web.requests[0]

    @pytest.mark.parametrize(
        "addresses",
        [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"], ["2606:4700::1111", "::1"], []],
    )
    async def test_one_private_address_among_many_is_enough_to_refuse(self, web, addresses: list[str]):
        async def resolve(host: str, port: int) -> Sequence[str]:
            return addresses

        with pytest.raises(ConnectError):
            await CheckedNetwork(resolve=resolve).connect_tcp("pictures.test", web.port)
        assert web.connections == 0

    async def test_the_next_address_is_tried_where_one_is_silent(self, web):
        async def resolve(host: str, port: int) -> Sequence[str]:
            return ["127.9.9.9", "127.0.0.1"]

        stream = await CheckedNetwork(trusted=True, resolve=resolve).connect_tcp("pictures.test", web.port)
        await stream.aclose()

    async def test_a_name_that_the_system_cannot_read_has_no_address(self):
        with pytest.raises(ConnectError):
            await CheckedNetwork().connect_tcp("a" * 70 + ".invalid", 443)
