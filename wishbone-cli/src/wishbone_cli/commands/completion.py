"""`wishbone completion`: prints the script for completion in a shell."""

from __future__ import annotations

import click

SHELLS = ("bash", "zsh", "fish")


@click.command(epilog="Example: wishbone completion fish > ~/.config/fish/completions/wishbone.fish")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash: wishbone completion bash > ~/.local/share/bash-completion/completions/wishbone
    zsh:  wishbone completion zsh > a file _wishbone in a folder of $fpath
    fish: wishbone completion fish > ~/.config/fish/completions/wishbone.fish
    """  # noqa: D301 - click wants the \b as a character
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - nothing else needs it

    completion = get_completion_class(shell)
    assert completion is not None
    click.echo(completion(context.find_root().command, {}, "wishbone", "_WISHBONE_COMPLETE").source())
