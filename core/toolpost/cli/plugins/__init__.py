"""`toolpost plugins`: what is installed and what runs, and changing both. None of these imports a plugin."""

from __future__ import annotations

from importlib import import_module

import click

# Each command by the module that has it, which is imported when the command is called.
MODULES = {
    "list": "listing",
    "show": "showing",
    "enable": "switching",
    "disable": "switching",
    "install": "installing",
    "upgrade": "installing",
    "uninstall": "removing",
    "freeze": "locking",
    "restore": "locking",
    "manifest": "describing",
    "new": "creating",
    "check": "checking",
}


class Subcommands(click.Group):
    """The commands by module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*MODULES, *self.commands})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in MODULES:
            module = import_module(f"{__name__}.{MODULES[name]}")
            command: click.Command = getattr(module, f"{name}_" if name == "list" else name)
            return command
        return super().get_command(ctx, name)


@click.group(cls=Subcommands)
def plugins() -> None:
    """Find out about plugins, install, enable and lock them. No plugin is imported for it."""
