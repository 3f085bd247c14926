"""`toolpost tokens`: who may call over HTTP. The configuration holds hashes; a token is seen once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from toolpost.cli.output import as_json, table
from toolpost.config.load import load
from toolpost.errors import ConfigError
from toolpost.nearest import did_you_mean

if TYPE_CHECKING:
    from toolpost.config.edit import Amendment, Edited
    from toolpost.config.tables import Token

JSON = click.option("--json", "for_programs", is_flag=True, help="Print JSON.")
SCOPES = ("call", "admin")
# Whoever sees it, or finds it in a log, knows what it is.
PREFIX, RANDOM_BYTES = "tp_", 32
# Of a hash, enough to tell two apart.
SHOWN = 12
LATER = "`toolpost reload` tells servers that run"


def _names(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    known = load(ctx.find_root().params.get("config"), lenient=True).http.tokens
    return [name for name in known if name.startswith(begun)]


@click.group()
def tokens() -> None:
    """Give, list and revoke the bearer tokens that `serve --http` takes."""


@tokens.command()
@click.argument("name")
@click.option("--principal", help="Whom limits, budgets and policies know the caller as; by default NAME.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do; by default call.")
@JSON
@click.pass_obj
def add(config: Path | None, name: str, principal: str | None, scopes: tuple[str, ...], for_programs: bool) -> None:
    """Make a token called NAME and print it, this once; the configuration file gets its hash.

    Several tokens may have one principal. With --scope admin it opens the routes of operators,
    and may call tools only if --scope call is given too.

    \b
    toolpost tokens add ann
    toolpost tokens add ann-laptop --principal ann
    toolpost tokens add ops --scope call --scope admin
    """
    from hashlib import sha256
    from secrets import token_urlsafe

    from toolpost.config.tokens import add_token

    who = principal or name
    _check(name, who)
    if name in load(config, lenient=True).http.tokens:
        raise ConfigError(f"there is a token {name!r} already; revoke it first, or choose another name")
    token = PREFIX + token_urlsafe(RANDOM_BYTES)
    may = [scope for scope in SCOPES if scope in (scopes or ("call",))]
    entry = {"sha256": sha256(token.encode()).hexdigest(), "principal": who, "scopes": may}
    edited = _edit(config, add_token(name, entry))
    if for_programs:
        as_json({"name": name, "principal": who, "scopes": may, "token": token, **_file(edited)})
        return
    _tell_copy(edited)
    click.echo(f"token {name} of {who} is in {edited.path}; {LATER}. It is shown this once:", err=True)
    click.echo(token)


@tokens.command("list")
@JSON
@click.pass_obj
def list_(config: Path | None, for_programs: bool) -> None:
    """List the tokens by name: who brings each, and what it may do."""
    known = [_describe(name, token) for name, token in load(config, lenient=True).http.tokens.items()]
    if for_programs:
        as_json(known)
        return
    rows = [(one["name"], one["principal"], ", ".join(one["scopes"]), one["sha256"]) for one in known]
    table(("TOKEN", "PRINCIPAL", "MAY", "SHA-256 BEGINS"), rows)


@tokens.command()
@click.argument("name", shell_complete=_names)
@JSON
@click.pass_obj
def revoke(config: Path | None, name: str, for_programs: bool) -> None:
    """Take the token NAME out of the configuration file."""
    from toolpost.config.tokens import remove_token

    known = load(config, lenient=True).http.tokens
    if name not in known:
        raise ConfigError(f"there is no token {name!r}; {did_you_mean(name, known)}")
    edited = _edit(config, remove_token(name))
    if for_programs:
        as_json({"name": name, "revoked": True, **_file(edited)})
        return
    _tell_copy(edited)
    click.echo(f"token {name} is revoked in {edited.path}; {LATER}")


def _edit(config: Path | None, change: Amendment) -> Edited:
    from toolpost.config.edit import edit

    return edit(load(config, lenient=True).path, change)


def _check(name: str, principal: str) -> None:
    for what, text in (("name", name), ("principal", principal)):
        if not text or len(text) > 200 or not text.isprintable() or text != text.strip():
            raise ConfigError(f"this is no {what} for a token: 1 to 200 printable characters, without spaces around")


def _describe(name: str, token: Token) -> dict[str, Any]:
    return {"name": name, "principal": token.principal, "scopes": token.scopes, "sha256": token.sha256[:SHOWN]}


def _file(edited: Edited) -> dict[str, Any]:
    return {"file": str(edited.path), "copied_from": str(edited.copied_from) if edited.copied_from else None}


def _tell_copy(edited: Edited) -> None:
    if edited.copied_from:
        click.echo(f"{edited.copied_from} came with toolpost and stays as it is; {edited.path} is yours", err=True)
