"""``promtrim dashboard check``: which panels ask for series that the reduced rules no longer deliver."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import options, streams
from promtrim.cli.inputs import plan_of
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.plan.model import Level
    from promtrim.stack.sources import Sources


@click.command(name="check", short_help="Look for panels that reduced rules leave without data.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option(
    "--rules",
    metavar="PATH",
    multiple=True,
    required=True,
    type=click.Path(),
    help="Rules as they are before reduce; may be given several times.",
)
@options.analysis
@options.sources
@click.option("--drop-unused", is_flag=True, help="As for reduce: recording rules that nothing needs go.")
@click.option("--keep-blind-spots", is_flag=True, help="As for reduce: critical alerts that cannot fire stay.")
@options.output_format("text", "json", text="text is one line per query and series; json prints an object.")
@options.no_color
def command(
    files: tuple[str, ...],
    rules: tuple[str, ...],
    topology: str | None,
    level: Level | None,
    config: str | None,
    root: str | None,
    strict: bool,
    max_size: int,
    sources: Sources | None,
    drop_unused: bool,
    keep_blind_spots: bool,
    form: str,
    no_color: bool,
) -> int:
    """Look for panels, variables and annotations whose series the reduced rules do not deliver; exit 1 if there are any.

    Those are series of recording rules that reduce drops with the same options, recorded series that none of the rules
    gives, and ALERTS of alerts that are dropped. FILE is what promtrim dashboard trim takes.

    \b
      promtrim dashboard check dashboards/ --rules rules/ --level essential --drop-unused
    """
    if "-" in files and "-" in rules:
        raise CallError("standard input holds the dashboards or the rules, not both")
    from promtrim import api

    limit = max_size << 20
    plan = plan_of(
        rules,
        topology,
        level,
        config,
        root,
        strict,
        max_size,
        keep_blind_spots=keep_blind_spots,
        drop_unused=drop_unused,
        sources=sources,
    )
    stdin = streams.read_input(limit) if "-" in files else None
    found = api.check_dashboards(files, plan, config=config, max_bytes=limit, stdin=stdin)
    if form == "json":
        from promtrim.output.undelivered import report

        streams.write_report(report(found))
    else:
        from promtrim.output.terminal import Paint
        from promtrim.output.undelivered import text

        streams.write_report(text(found, Paint(streams.colored(sys.stdout, no_color))))
    return 1 if found else 0
