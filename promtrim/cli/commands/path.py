"""``promtrim path``: follow each alert from its target to a person, and tell where the way breaks."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import options, streams

if TYPE_CHECKING:
    from promtrim.stack.sources import Sources


@click.command(short_help="Follow each alert from its target to a person.")
@options.paths
@options.sources
@click.option("--alert", metavar="NAME", multiple=True, help="Only this alert, every link of it. Repeatable.")
@click.option(
    "--topology",
    metavar="FILE|PRESET",
    help="Corrects and completes what the sources say: a topology file, or the name of a preset.",
)
@click.option("--config", metavar="FILE", type=click.Path(), help="Settings. [default: promtrim.yml, looked for upwards]")
@options.root
@options.output_format("text", "json", text="text marks each link with + (holds), x (breaks) or ? (not known).")
@options.no_color
def command(
    paths: tuple[str, ...],
    sources: Sources | None,
    alert: tuple[str, ...],
    topology: str | None,
    config: str | None,
    root: str | None,
    form: str,
    no_color: bool,
) -> None:
    """Follow each alert's way: target, scrape, series, rule loaded, evaluation, Alertmanager, route, receiver.

    Without sources, what lies in the folder PATH is taken, or the prometheus.yml that leads to the rules. What cannot be
    read below a folder is told, and the rest is followed.

    \b
      promtrim path .
      promtrim path alert_rules.yml --compose docker-compose.yml --prometheus-config prometheus.yml
    """
    from promtrim import api
    from promtrim.path.model import Ways

    limit = 64 << 20
    stdin = streams.read_input(limit) if "-" in paths else None
    plan, ways = api.follow(
        paths, sources=sources, topology=topology, config=config, root=root, max_bytes=limit, stdin=stdin
    )
    if alert:
        from promtrim.plan.story import nearest

        for name in alert:
            if all(way.alert != name for way in ways.ways):
                raise nearest(plan, name)
        ways = Ways(ways.findings, tuple(way for way in ways.ways if way.alert in alert))
    if form == "json":
        from promtrim.output.path import report

        streams.write_report(report(ways))
        return
    from promtrim.output.path import text
    from promtrim.output.terminal import Paint

    paint = Paint(streams.colored(sys.stdout, no_color))
    streams.write_report(text(ways, paint, streams.width(sys.stdout), every=bool(alert)))
