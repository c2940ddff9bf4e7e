"""``promtrim report``: one self-contained HTML page about a plan."""

from __future__ import annotations

import click

from promtrim.cli import options, streams
from promtrim.cli.planning import Asked, analysing


@click.command(short_help="Write one HTML page: every rule with its decision and why.")
@options.paths
@analysing()
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write the page there. [default: standard output]")
@click.option("--title", default="", help="What heads the page.")
def command(
    paths: tuple[str, ...],
    asked: Asked,
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

    text = api.report_page(asked.plan(paths, evidence=True, lenient=True), title)
    if output is None:
        streams.write_report(text)
        return
    from promtrim.rulefile.writing import write_atomically

    write_atomically(output, text, bom=False)
