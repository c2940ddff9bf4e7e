"""A group of commands that is a folder of modules, each with a ``command`` that is imported only when it runs."""

from __future__ import annotations

import os
from typing import Any

import click


class CommandFolder(click.Group):
    """A group whose commands are the modules of a package.

    Args:
        package: the package's dotted name, below ``promtrim.cli``.
    """

    def __init__(self, *arguments: Any, package: str, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.package = package
        below = package.removeprefix("promtrim.cli.").split(".")
        self._folder = os.path.join(os.path.dirname(__file__), *below)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(
            name[:-3].replace("_", "-")
            for name in os.listdir(self._folder)
            if name.endswith(".py") and not name.startswith("_")
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        # __import__ rather than importlib: it is there already.
        module = __import__(f"{self.package}.{cmd_name.replace('-', '_')}", fromlist=["command"])
        command: click.Command = module.command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which commands there are where the given one is none (a path alone is a usual slip)."""
        if args and args[0] not in self.list_commands(ctx) and not args[0].startswith("-"):
            names = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"there is no command {args[0]!r}, use one of: {names}", ctx)
        return super().resolve_command(ctx, args)
