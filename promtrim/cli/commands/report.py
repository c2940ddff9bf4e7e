"""``promtrim report``: one self-contained HTML page about a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from promtrim.cli import options, streams
from promtrim.cli.inputs import plan_of

if TYPE_CHECKING:
    from promtrim.plan.model import Level
    from promtrim.stack.sources import Sources


@click.command(short_help="Write one HTML page: every rule with its decision and why.")
@options.paths
@options.analysis
@options.sources
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write the page there. [default: standard output]")
@click.option("--title", default="", help="What heads the page.")
def command(
    paths: tuple[str, ...],
    topology: str | None,
    level: Level | None,
    config: str | None,
    root: str | None,
    strict: bool,
    max_size: int,
    sources: Sources | None,
    output: str | None,
    title: str,
) -> None:
    """Write one page with the numbers, coverage before and after, blind spots, and every rule with its evidence.

    The page needs no network and no server: open it from a disk, attach it to a ticket, print it.

    \b
      promtrim report alert_rules.yml -o report.html
      promtrim report . --compose docker-compose.yml -o report.html
    """
    from promtrim import api

    plan = plan_of(paths, topology, level, config, root, strict, max_size, evidence=True, sources=sources)
    text = api.report_page(plan, title)
    if output is None:
        streams.write_report(text)
        return
    from promtrim.rulefile.writing import write_atomically

    write_atomically(output, text, bom=False)
