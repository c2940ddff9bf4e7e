"""``promtrim completion``: what a shell needs to complete promtrim's commands and options."""

from __future__ import annotations

import click

from promtrim.cli import streams


@click.command(short_help="Print a completion script for a shell.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print a completion script for a shell.

    \b
      bash: promtrim completion bash > ~/.local/share/bash-completion/completions/promtrim
      zsh:  promtrim completion zsh > ~/.zfunc/_promtrim
      fish: promtrim completion fish > ~/.config/fish/completions/promtrim.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click knows no completion for {shell}", ctx)
    completion = found(ctx.find_root().command, {}, "promtrim", "_PROMTRIM_COMPLETE")
    # Not completion.source(): for bash that starts a bash of its own to look at its version.
    streams.write_report(completion.source_template % completion.source_vars())
