"""``promtrim dashboard check``: which panels ask for series that the reduced rules no longer deliver."""

from __future__ import annotations

import sys

import click

from promtrim.cli import options, streams
from promtrim.cli.planning import Asked, analysing, drop_unused, keep_blind_spots
from promtrim.errors import CallError


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
@analysing(keep_blind_spots, drop_unused)
@options.output_format("text", "json", text="text is one line per query and series; json prints an object.")
@options.no_color
def command(
    files: tuple[str, ...],
    rules: tuple[str, ...],
    asked: Asked,
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

    limit = asked.max_size << 20
    plan = asked.plan(rules)
    stdin = streams.read_input(limit) if "-" in files else None
    found = api.check_dashboards(files, plan, config=asked.config, max_bytes=limit, stdin=stdin)
    if form == "json":
        from promtrim.output.undelivered import report

        streams.write_report(report(found))
    else:
        from promtrim.output.terminal import Paint
        from promtrim.output.undelivered import text

        streams.write_report(text(found, Paint(streams.colored(sys.stdout, no_color))))
    return 1 if found else 0
