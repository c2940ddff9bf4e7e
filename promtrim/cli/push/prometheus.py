"""``promtrim push prometheus``: write reduced rule files where a Prometheus reads them, and have it load them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from promtrim.cli import remote
from promtrim.cli.planning import Asked, planning
from promtrim.cli.pushing import Teller, either, how
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.push.steps import Outcome


@click.command(short_help="Write reduced rule files where a Prometheus reads them, and reload it.")
@click.argument("paths", metavar="RULES...", nargs=-1, type=click.Path())
@click.option("--url", metavar="URL", required=True, help="The Prometheus.")
@click.option("--rules-dir", "folder", metavar="DIR", required=True, type=click.Path(),
              help="The folder on this machine from which it loads its rules.")  # fmt: skip
@planning
@click.option("--pid", metavar="PID", type=click.IntRange(min=1), help="Reload by SIGHUP to this process instead of "
              "POST /-/reload.")  # fmt: skip
@click.option("--no-reload", is_flag=True, help="Only write: somebody else reloads.")
@click.option("--no-wait", is_flag=True, help="Do not wait until each rule was evaluated once.")
@click.option("--overwrite", is_flag=True, help="Also replace files with rules that RULES have not, or that somebody has "
              "changed since the push that --undo takes back.")  # fmt: skip
@remote.access("prometheus")
@how()
def command(
    paths: tuple[str, ...],
    url: str,
    folder: str,
    asked: Asked,
    pid: int | None,
    no_reload: bool,
    no_wait: bool,
    overwrite: bool,
    access: remote.Access,
    dry_run: bool,
    yes: bool,
    undo: bool,
    form: str,
    no_color: bool,
) -> int:
    """Write reduced rule files under the same names, reload, and compare what Prometheus has loaded with the plan.

    What was pending or firing stays so. The old files are kept in $XDG_STATE_HOME/promtrim; they come back by themselves
    where anything fails, and with --undo.

    \b
      promtrim push prometheus --url http://localhost:9090 --rules-dir /etc/prometheus/rules rules/*.yml
      promtrim push prometheus --url http://localhost:9090 --rules-dir /etc/prometheus/rules --undo --yes
    """
    either(paths, undo, "rule files")
    if pid is not None and no_reload:
        raise CallError("--pid says how to reload and --no-reload not to, give one of them")
    from promtrim import api
    from promtrim.push.prometheus.reload import Reload

    teller = Teller(dry_run, yes, form, no_color)
    server = access.server(url)
    reload = Reload(pid, no_reload, not no_wait)
    if undo:
        return teller.run(
            lambda: api.undo_prometheus(
                server, folder, reload=reload, overwrite=overwrite, go=teller.go, tell=teller.tell
            )
        )
    plan = asked.plan(paths)

    def push() -> Outcome:
        return api.push_prometheus(
            plan, server, folder, reload=reload, overwrite=overwrite, go=teller.go, tell=teller.tell
        )

    return teller.run(push)
