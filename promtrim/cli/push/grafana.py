"""``promtrim push grafana``: dashboards by uid, in a folder."""

from __future__ import annotations

import click

from promtrim.cli import remote
from promtrim.cli.pushing import Teller, either, how


@click.command(short_help="Put dashboards into a Grafana; what somebody edited there stays.")
@click.argument("paths", metavar="DASHBOARD...", nargs=-1, type=click.Path())
@click.option("--url", metavar="URL", required=True, help="The Grafana.")
@click.option("--folder", metavar="UID", default="promtrim", show_default=True, help="The uid of their folder; it is made "
              "where it is not there.")  # fmt: skip
@click.option("--folder-title", metavar="TITLE", help="Its title where it is made. [default: its uid]")
@click.option("--overwrite", is_flag=True, help="Also replace dashboards that somebody made or edited in Grafana.")
@remote.access("grafana")
@how()
def command(
    paths: tuple[str, ...],
    url: str,
    folder: str,
    folder_title: str | None,
    overwrite: bool,
    access: remote.Access,
    dry_run: bool,
    yes: bool,
    undo: bool,
    form: str,
    no_color: bool,
) -> int:
    """Create or change dashboards, known by their uid, and read them back.

    \b
      promtrim push grafana --url http://localhost:3000 --token-file token dashboard.json
      promtrim push grafana --url http://localhost:3000 --token-file token --undo --yes
    """
    either(paths, undo, "dashboards")
    from promtrim import api

    teller = Teller(dry_run, yes, form, no_color)
    server = access.server(url)
    if undo:
        return teller.run(lambda: api.undo_grafana(server, overwrite=overwrite, go=teller.go, tell=teller.tell))
    return teller.run(
        lambda: api.push_grafana(
            paths, server, folder=folder, folder_title=folder_title, overwrite=overwrite, go=teller.go, tell=teller.tell
        )
    )
