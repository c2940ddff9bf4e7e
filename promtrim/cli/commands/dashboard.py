"""``promtrim dashboard``: build, preview, trim, check. Each is a module in ``promtrim/cli/dashboard/``."""

from __future__ import annotations

import click

from promtrim.cli.folder import CommandFolder


@click.group(
    name="dashboard",
    cls=CommandFolder,
    package="promtrim.cli.dashboard",
    no_args_is_help=False,
    short_help="Build small Grafana dashboards from what is kept; trim those that exist.",
)
def command() -> None:
    """Grafana dashboards: built from the kept alerts, or trimmed to what can show anything here."""
