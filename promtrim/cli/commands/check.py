"""``promtrim check``: what is wrong with rules as they stand, for a terminal, an editor, a commit hook or CI."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import formats, options, streams

if TYPE_CHECKING:
    from promtrim.stack.sources import Sources


@click.command(short_help="Say what is wrong with rules; exit 1 where something is.")
@options.paths
@options.topology
@options.sources
@options.config
@options.root
@formats.checking
@options.max_size
@options.no_color
def command(
    paths: tuple[str, ...],
    topology: str | None,
    sources: Sources | None,
    config: str | None,
    root: str | None,
    formats_: tuple[str, ...],
    fail_on: tuple[str, ...],
    baseline: str | None,
    write_baseline: str | None,
    max_size: int,
    no_color: bool,
) -> int:
    """Say of each alert what is wrong with it here: it cannot fire, fires all the time, stands twice, and the like.

    In a repository nothing outside it is read, save what is named on the command line.

    \b
      promtrim check alert_rules.yml
      promtrim check --topology topology.yml --format sarif=promtrim.sarif rules/
      promtrim check --write-baseline .promtrim-baseline.json rules/
    """
    from promtrim import api
    from promtrim.output.forms import rendered
    from promtrim.output.terminal import Paint

    outputs = formats.wanted(formats_)
    limit = max_size << 20
    result = api.check(
        paths,
        topology=topology,
        sources=sources,
        config=config,
        root=root,
        fail_on=fail_on,
        baseline=baseline,
        max_bytes=limit,
        stdin=streams.read_input(limit) if "-" in paths else None,
    )
    if write_baseline is not None:
        from promtrim.review.baseline import write_baseline as write

        write(write_baseline, (*result.accepted, *result.findings))
    from promtrim.review.repository import root_of

    home = root_of(".")
    paint = Paint(streams.colored(sys.stdout, no_color))
    formats.write(outputs, lambda form, shown: rendered(result, form, home, paint if shown else Paint()))
    return 1 if result.fails and write_baseline is None else 0
