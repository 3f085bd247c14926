"""An authorization server that nobody here wrote, installed once from a lock file, and servers that it guards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from toolpost.testing import Services
from toolpost_upstream.oauth.login import log_in
from toolpost_upstream.servers.server import Server

from ...real.conftest import installed, listening, node, run  # noqa: F401 - a fixture
from .guarded import Guarded, Visitor, guarded

HERE = Path(__file__).parent
NPM = HERE / "npm"
PATIENCE = 30.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def issuer(node: Path) -> Iterator[str]:  # noqa: F811 - as pytest names fixtures
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    def install(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NPM / name, folder / name)
        run([node, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"], folder)

    folder = installed("logins", (NPM / "package-lock.json").read_bytes(), install)
    with listening([node, NPM / "provider.mjs", folder]) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def site(issuer: str) -> Iterator[Guarded]:
    with guarded(issuer) as made:
        yield made


@pytest.fixture
def other(issuer: str) -> Iterator[Guarded]:
    with guarded(issuer) as made:
        yield made


@pytest.fixture
def elsewhere(issuer: str) -> Iterator[Guarded]:
    with guarded(issuer, "https://elsewhere.example/mcp") as made:
        yield made


def upstream(**urls: str) -> dict[str, Any]:
    """The settings of a host that offers what servers have."""
    servers = {name: {"url": url, "auth": "oauth", "start_timeout": 20.0} for name, url in urls.items()}
    return {"upstream": {"servers": servers, "wait": 8.0}}


async def logged_in(server: Server, services: Services, visitor: Visitor | None = None) -> Visitor:
    visitor = visitor or Visitor()
    with anyio.fail_after(PATIENCE):
        assert await log_in(server, services.store, visitor.visit, PATIENCE)
    return visitor


def scopes(visitor: Visitor) -> list[str]:
    return parse_qs(urlsplit(visitor.asked).query)["scope"][0].split()
