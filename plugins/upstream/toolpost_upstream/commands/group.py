"""The group `toolpost upstream`, of one configured plugin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from toolpost import ConfigError

if TYPE_CHECKING:
    from toolpost_upstream.plugin import Upstream
    from toolpost_upstream.servers.foreign import Gathered
    from toolpost_upstream.servers.server import Server

for_programs = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
TRANSPORTS = click.Choice(["stdio", "http", "sse"])


def group(upstream: Upstream) -> click.Group:
    """The commands of one configured plugin."""

    @click.group("upstream")
    def commands() -> None:
        """MCP servers whose tools are offered here."""

    for add in (_list, _add, _remove, _check, _import, _login, _logout):
        commands.add_command(add(upstream))
    return commands


def _list(upstream: Upstream) -> click.Command:
    @click.command("list")
    @for_programs
    @click.pass_obj
    def list_(config: Path | None, as_json: bool) -> None:
        """List the servers that are configured, and how they stand in a toolpost that runs; none is started."""
        from toolpost_upstream.commands.listing import show, states
        from toolpost_upstream.commands.writing import configuration

        ailing = states(upstream.folders, configuration(config)) if upstream.folders else None
        show(_gathered(upstream, config), ailing, as_json)

    return list_


def _add(upstream: Upstream) -> click.Command:
    @click.command()
    @click.argument("name")
    @click.argument("target", nargs=-1, metavar="{URL | -- COMMAND [ARGS]...}")
    @click.option("--env", multiple=True, metavar="NAME[=VALUE]", help="A variable for the command: yours, or a value.")
    @click.option("--header", "headers", multiple=True, metavar="NAME=VALUE", help="A header for the address.")
    @click.option("--transport", type=TRANSPORTS, help="If the address does not tell: `sse` for the old one.")
    @click.option("--cwd", type=click.Path(path_type=Path), help="The folder to start the command in.")
    @click.option("--oauth", is_flag=True, help="A person logs in, with `toolpost upstream login`.")
    @click.option("--replace", is_flag=True, help="In the place of the server that has this name.")
    @click.pass_obj
    def add(config: Path | None, /, name: str, replace: bool, **given: Any) -> None:
        """Write a server into the configuration; ${NAME} in it is a variable of the environment.

        \b
        toolpost upstream add files -- npx -y @modelcontextprotocol/server-filesystem ~/Documents
        toolpost upstream add tracker https://mcp.example.com/mcp --header 'Authorization=Bearer ${TOKEN}'
        """
        from toolpost_upstream.commands.adding import literal_secrets, settings
        from toolpost_upstream.commands.writing import configuration, report, write

        path = configuration(config)
        if name in upstream.servers and not replace:
            raise ConfigError(f"there is a server {name!r} already; give another name, or --replace")
        if taken := next((key for key, one in upstream.servers.items() if one.prefix == name != key), ""):
            raise ConfigError(f"server {taken!r} has {name!r} as its prefix; give another name")
        raw = settings(**given)
        edited = write(path, {name: raw})
        report(edited)
        for place in literal_secrets(raw):
            click.echo(
                f"note: {place} stands in {edited.path} as it is; ${{NAME}} takes it from the environment", err=True
            )
        click.echo(f"server {name} is in {edited.path}; `toolpost upstream check {name}` tries it")

    return add


def _remove(upstream: Upstream) -> click.Command:
    @click.command()
    @click.argument("name")
    @click.pass_obj
    def remove(config: Path | None, name: str) -> None:
        """Take a server out of the configuration, and forget its login and what its tools said."""
        from toolpost_upstream.commands.login import forget
        from toolpost_upstream.commands.unpinning import unpin
        from toolpost_upstream.commands.writing import configuration
        from toolpost_upstream.commands.writing import remove as take_out

        server = _named(upstream, config, name)
        if name not in upstream.servers:
            raise ConfigError(f"{server.origin}: take it out there, or take the file out of [plugins.upstream] files")
        edited = take_out(configuration(config), name)
        forget(upstream.store, [server])
        others = [one for one in _gathered(upstream, config).servers if one.name != name]
        count = unpin(upstream.folders, server, others) if upstream.folders else 0
        forgotten = f"; what its tools said is forgotten ({count})" if count else ""
        click.echo(f"server {name} is out of {edited.path}{forgotten}")

    return remove


def _check(upstream: Upstream) -> click.Command:
    @click.command()
    @click.argument("name", required=False)
    @for_programs
    @click.pass_obj
    def check(config: Path | None, name: str | None, as_json: bool) -> None:
        """Connect to the servers, or to one, and say what they have; the exit status is 1 if one fails."""
        from toolpost_upstream.commands.checking import check as try_all

        gathered = _gathered(upstream, config)
        servers = [_named(upstream, config, name)] if name else [one for one in gathered.servers if one.enabled]
        if not try_all(upstream, servers, () if name else gathered.notes, as_json):
            raise click.exceptions.Exit(1)

    return check


def _import(upstream: Upstream) -> click.Command:
    @click.command("import")
    @click.argument("file", required=False, metavar="[FILE]")
    @click.option("--only", multiple=True, metavar="NAME", help="These servers, and no others.")
    @click.option("--variables", is_flag=True, help="Take secrets from the environment, and say from which variables.")
    @click.option("--replace", is_flag=True, help="Also servers whose names are taken.")
    @click.option("--take-out", is_flag=True, help="Take them out of FILE too, so that they are not started twice.")
    @click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
    @click.pass_obj
    def import_(config: Path | None, /, file: str | None, **options: Any) -> None:
        """Take servers over from the file of another program, by default Claude Desktop's.

        FILE is a path, or claude-desktop, claude-code, cursor, vscode or windsurf. What --take-out leaves of it
        is as it is written, and the file as it was is kept beside it.
        """
        from toolpost_upstream.commands.taking import take_over

        gathered = _gathered(upstream, config)
        taken = {one.name: one for one in gathered.servers if one.name in upstream.servers}
        take_over(file or "claude-desktop", taken, config, **options)

    return import_


def _login(upstream: Upstream) -> click.Command:
    @click.command()
    @click.argument("name")
    @click.option("--no-browser", is_flag=True, help="Only print the address; open it where you like.")
    @click.option("--timeout", type=click.FloatRange(min=1), default=300.0, show_default=True, help="In seconds.")
    @click.pass_obj
    def login(config: Path | None, name: str, no_browser: bool, timeout: float) -> None:
        """Log in to a server, in the browser; what it gives is kept for the host."""
        from toolpost_upstream.commands.login import log_in

        log_in(upstream.store, _named(upstream, config, name), browser=not no_browser, timeout=timeout)

    return login


def _logout(upstream: Upstream) -> click.Command:
    @click.command()
    @click.argument("name")
    @click.pass_obj
    def logout(config: Path | None, name: str) -> None:
        """Forget the login to a server."""
        from toolpost_upstream.commands.login import forget

        known = forget(upstream.store, [_named(upstream, config, name)])
        click.echo(f"the login to {name} is forgotten" if known else f"there is no login to {name}")

    return logout


def _gathered(upstream: Upstream, config: Path | None) -> Gathered:
    from toolpost_upstream.commands.writing import configuration
    from toolpost_upstream.servers.foreign import gathered

    return gathered(upstream.servers, upstream.files, configuration(config))


def _named(upstream: Upstream, config: Path | None, name: str) -> Server:
    """The server of that name.

    Raises:
        ConfigError: there is none.
    """
    from toolpost import did_you_mean

    servers = {one.name: one for one in _gathered(upstream, config).servers}
    if name not in servers:
        raise ConfigError(f"there is no server {name[:64]!r}; {did_you_mean(name[:64], servers)}")
    return servers[name]
