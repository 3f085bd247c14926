"""`toolpost completion`: completion of commands for the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash:  toolpost completion bash > ~/.local/share/bash-completion/completions/toolpost
    zsh:   toolpost completion zsh > "${fpath[1]}/_toolpost"
    fish:  toolpost completion fish > ~/.config/fish/completions/toolpost.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "toolpost", "_TOOLPOST_COMPLETE").source())
