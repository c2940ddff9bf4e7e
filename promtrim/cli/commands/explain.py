"""``promtrim explain``: the story of one alert."""

from __future__ import annotations

import sys

import click

from promtrim.cli import options, streams
from promtrim.cli.planning import Asked, analysing


@click.command(short_help="Tell the story of one alert.")
@click.argument("path", type=click.Path())
@click.argument("alert")
@analysing()
@options.output_format("text", "json", text="text is for people; json prints an array.")
@options.no_color
def command(
    path: str,
    alert: str,
    asked: Asked,
    form: str,
    no_color: bool,
) -> None:
    """Tell the story of one alert: what becomes of it and why, what would make it fire, who else tells.

    ALERT is the alert's name. Where several rules have it, each is told.
    """
    from promtrim import api

    stories = api.explain(asked.plan([path], evidence=True, lenient=True), alert)
    if form == "json":
        from promtrim.output.json import encoded
        from promtrim.output.story import told

        streams.write_report(encoded([told(s.decided, s.would_fire, s.covered_by) for s in stories]))
        return
    from promtrim.output.story import story
    from promtrim.output.terminal import Paint

    paint = Paint(streams.colored(sys.stdout, no_color))
    width = streams.width(sys.stdout)
    texts = [story(s.decided, s.would_fire, s.covered_by, paint, width) for s in stories]
    streams.write_report("\n".join(texts))
