"""``promtrim push``: take a plan to running systems, and back. Each target is a module in ``promtrim/cli/push/``."""

from __future__ import annotations

import click

from promtrim.cli.folder import CommandFolder


@click.group(
    name="push",
    cls=CommandFolder,
    package="promtrim.cli.push",
    no_args_is_help=False,
    short_help="Take reduced rules to running systems, and back.",
)
def command() -> None:
    """Take reduced rules to running systems, safely, and take them back.

    Nothing is changed without --yes, save where a person at a terminal says so. Exit status 1: the final state is not the
    wanted one.
    """
