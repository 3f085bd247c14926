"""`toolpost upstream login` and `logout`."""

from __future__ import annotations

import webbrowser
from collections.abc import Iterable
from typing import TYPE_CHECKING

import anyio
import click

from toolpost import ConfigError

if TYPE_CHECKING:
    from toolpost import Store
    from toolpost_upstream.servers.server import Server


def log_in(store: Store, server: Server, *, browser: bool, timeout: float) -> None:
    """Log in to a server, and say how it went."""
    _refuse_what_needs_none(server)
    from toolpost_upstream.oauth.login import log_in as complete
    from toolpost_upstream.wires.wire import WireError

    async def show(address: str) -> None:
        click.echo(f"open this address, and log in to {server.name}:\n{address}", err=True)
        if browser:
            await anyio.to_thread.run_sync(webbrowser.open, address, abandon_on_cancel=True)

    async def run() -> bool:
        try:
            return await complete(server, store, show, timeout)
        finally:
            await store.aclose()

    try:
        done = anyio.run(run)
    except WireError as error:
        raise click.ClickException(f"server {server.name!r} {error}") from error
    click.echo(f"logged in to {server.name}" if done else f"{server.name} wants no login")


def forget(store: Store, servers: Iterable[Server]) -> bool:
    """Forget logins; False where there was none."""
    from toolpost_upstream.oauth.keeping import Keeping

    async def run() -> bool:
        try:
            return any([await Keeping.of(server, store).forget() for server in servers])
        finally:
            await store.aclose()

    return anyio.run(run)


def _refuse_what_needs_none(server: Server) -> None:
    if server.transport == "stdio":
        raise ConfigError(f"{server.origin}: a server that is started has no login; give its keys in `env`")
    if server.auth == "none":
        raise ConfigError(f'{server.origin}: set auth = "oauth" there first; without, a login is not used')
    if server.oauth.grant == "client_credentials":
        raise ConfigError(
            f"{server.origin}: logs in by itself, with its client_secret; `toolpost upstream check` tries it"
        )
