"""Where it listens: at this machine alone unless it asks for tokens, and by which names it is known there."""

from __future__ import annotations

import hashlib
import socket
from pathlib import Path

import pytest
from reaching import CONFIG, parsed, reached

from toolpost.config.tables import Http
from toolpost.errors import ConfigError
from toolpost.http.addresses import addresses, is_private, url_of
from toolpost.http.doorkeeper import neighbourhood

TOKEN = f'[http.tokens.ann]\nsha256 = "{hashlib.sha256(b"tp_ann").hexdigest()}"\nprincipal = "ann"\n'


def has_version_6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def health(address: str, port: int, host: str) -> int:
    with socket.create_connection((address, port), timeout=60) as connection:
        connection.sendall(f"GET /health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode())
        return parsed(connection.recv(65536)).status


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]", "0", "::ffff:0.0.0.0", "192.0.2.1"])
def test_what_others_could_reach_is_refused_without_tokens(tmp_path: Path, host: str):
    with pytest.raises(AssertionError, match="toolpost tokens add"), reached(tmp_path, CONFIG, "--host", host):
        pass


def test_a_name_is_what_it_stands_for(monkeypatch: pytest.MonkeyPatch):
    """Not what it is called: a name that begins like loopback may stand for anything."""
    known = {"box.example.com": "192.0.2.7", "inside.example.com": "127.0.0.1"}

    def resolve(host: str, *given: object, **named: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (known[host], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert not is_private(addresses(Http(host="box.example.com")))
    assert is_private(addresses(Http(host="inside.example.com")))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.2", "127.1", "::1", "[::1]", "localhost", "LOCALHOST", "localhost."]
)
def test_loopback_is_private(host: str):
    assert is_private(addresses(Http(host=host)))


@pytest.mark.parametrize("host", ["", "no such name", "256.1.1.1", "a" * 300, "\u2603.invalid"])
def test_a_host_that_is_none_is_named(host: str):
    with pytest.raises(ConfigError, match=r"\[http\] host"):
        addresses(Http(host=host))


@pytest.mark.skipif(not has_version_6(), reason="this machine has no IPv6")
def test_localhost_is_both_of_its_addresses(tmp_path: Path):
    with reached(tmp_path, CONFIG, "--host", "localhost") as server:
        assert health("127.0.0.1", server.port, f"localhost:{server.port}") == 200
        assert health("::1", server.port, f"[::1]:{server.port}") == 200


@pytest.mark.skipif(not has_version_6(), reason="this machine has no IPv6")
def test_everywhere_is_both_versions(tmp_path: Path):
    with reached(tmp_path, TOKEN + CONFIG, "--host", "::") as server:
        for address in ("127.0.0.1", "::1"):
            assert health(address, server.port, "localhost") == 200
            assert health(address, server.port, "[::]") == 421


def test_other_names_are_those_that_the_operator_lists(tmp_path: Path):
    config = '[http]\nhost = "0.0.0.0"\nhosts = ["tools.example.com"]\n' + TOKEN + CONFIG
    with reached(tmp_path, config) as server:
        found = {name: health("127.0.0.1", server.port, name) for name in ("tools.example.com", "0.0.0.0", "localhost")}
        assert found == {"tools.example.com": 200, "0.0.0.0": 421, "localhost": 200}
        assert health("127.0.0.1", server.port, "example.com") == 421


def test_a_loopback_address_of_ones_own_is_a_name(tmp_path: Path):
    with reached(tmp_path, CONFIG, "--host", "127.0.0.2") as server:
        assert health("127.0.0.2", server.port, f"127.0.0.2:{server.port}") == 200


@pytest.mark.parametrize(
    ("host", "shown"), [("::", "localhost"), ("0.0.0.0", "localhost"), ("tools.example.com", "tools.example.com")]
)
def test_the_address_that_is_told_can_be_used(host: str, shown: str):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert url_of(Http(host=host), listener) == f"http://{shown}:{port}/mcp"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
    ],
)
def test_one_network_of_version_6_is_one_visitor(one: str, other: str, same: bool):
    assert (neighbourhood(one) == neighbourhood(other)) is same


def test_who_listens_everywhere_is_told_of_names(tmp_path: Path):
    with reached(tmp_path, TOKEN + CONFIG, "--host", "0.0.0.0") as server:
        assert health("127.0.0.1", server.port, "localhost") == 200
    said = server.errors.read_text()
    assert "other machines are refused until [http] hosts has the names or addresses" in said


def test_a_port_that_somebody_has_is_named_once(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = rf"127.0.0.1:{port} cannot be listened at: Address already in use; end what listens there"
        with pytest.raises(AssertionError, match=said), reached(tmp_path, CONFIG, "--port", str(port)):
            pass


def test_it_says_which_pages_and_apis_are_there(tmp_path: Path):
    plugins = "[plugins.openai]\n[plugins.gateway]\n"
    with reached(tmp_path, CONFIG + plugins) as server:
        root = server.url.removesuffix("/mcp")
        # It answers when all is said.
        assert health("127.0.0.1", int(root.rpartition(":")[2]), root.partition("//")[2]) == 200
        said = f"beside it: chat {root}/chat · docs {root}/docs · OpenAI's API {root}/v1"
        assert said in server.stderr().splitlines()
