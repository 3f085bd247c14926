"""Commands that plugins bring along: listed from metadata, and asked for only when a name is none of ours."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from toolpost.errors import ConfigError

SECTION = "Commands of plugins"
# Under this name a command finds its host, not yet opened, in the `meta` of its click context (`hookspecs.commands`).
HOST = "toolpost.host"


def add_commands(context: click.Context) -> None:
    """Ask every enabled plugin for its commands, once for a command line, and keep the host for these."""
    whole = context.find_root()
    if HOST in whole.meta or not isinstance(cli := whole.command, click.Group):
        return
    from toolpost.cli.start import plugins_on_stderr, start
    from toolpost.config.load import load

    host = start(load(whole.params.get("config")))
    before = dict(cli.commands)
    with plugins_on_stderr():
        host.registry.commands(cli)
    cli.commands.update(before)  # a plugin adds commands, it does not replace them
    whole.meta[HOST] = host


def write_commands(formatter: click.HelpFormatter, config: Path | None, above: str = "") -> None:
    """Add the commands of plugins, within the group `above`, to its help; no plugin is imported."""
    from toolpost.packages.declared import declared

    enabled, rows = _enabled(config), []
    for one in declared():
        if " ".join(one.words[:-1]) == above:
            rests = "" if enabled is None or one.plugin in enabled else f" (plugin {one.plugin!r} is not enabled)"
            rows.append((one.words[-1], f"{one.summary}{rests}"))
    if rows:
        with formatter.section(SECTION):
            formatter.write_dl(rows)


def names(begun: str, above: str = "") -> list[str]:
    """The names of declared commands, within the group `above`, that begin so."""
    from toolpost.packages.declared import declared

    found = (one.words[-1] for one in declared() if " ".join(one.words[:-1]) == above)
    return [name for name in found if name.startswith(begun)]


def resting(words: str, config: Path | None) -> str:
    """A sentence on a command that exists, of a plugin which is not enabled; empty if there is none."""
    from toolpost.packages.declared import declared

    owner = next((one.plugin for one in declared() if " ".join(one.words) == words), None)
    if owner is None or owner in (_enabled(config) or ()):
        return ""
    return (
        f"`toolpost {words}` is a command of plugin {owner!r}, which is not enabled; "
        f"run `toolpost plugins enable {owner}`"
    )


def _enabled(config: Path | None) -> list[str] | None:
    from toolpost.packages.listed import Listed

    # Help must come even where the configuration is broken.
    with suppress(ConfigError):
        return Listed.read(config).enabled
    return None
