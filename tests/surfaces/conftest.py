"""A running `toolpost serve`, for those that must leave it standing and for those that end it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The hostile plugins are a distribution of their own, which is not installed but lies on the path.
sys.path.append(str(Path(__file__).parent / "hostile"))

from serving import CONFIG, Served, served  # noqa: E402

HERE = Path(__file__).parent
# One look through each way in; all others start servers again and again, and are for `-m slow`.
QUICK = {
    "test_cli_arguments.py",
    "test_cli_call.py",
    "test_cli_connect.py",
    "test_cli_help.py",
    "test_cli_plugins.py",
    "test_mcp_client.py",
    "test_mcp_requests.py",
    "test_stdio_framing.py",
    "http/test_bearer.py",
    "http/test_connection.py",
    "http/test_edge.py",
    "http/test_gallery_pictures.py",
    "gateway/test_chat.py",
    "gateway/test_links.py",
    "gateway/test_open_webui.py",
    "gateway/test_responses.py",
    "upstream/test_cli.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and item.path.relative_to(HERE).as_posix() not in QUICK:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def standing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of a module: each of them must leave it standing."""
    with served(tmp_path_factory.mktemp("served"), CONFIG, "--backend", request.param) as server:
        yield server.handshake()


@pytest.fixture(params=["asyncio", "trio"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """A server of one's own, to bring to its end."""
    with served(tmp_path / "served", CONFIG, "--backend", request.param) as server:
        yield server.handshake()
