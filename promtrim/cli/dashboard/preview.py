"""``promtrim dashboard preview``: one page that draws a dashboard with a snapshot of real data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from promtrim.cli import destination, remote, streams
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.cli.remote import Access


@click.command(name="preview", short_help="Draw a dashboard with real data, in one page.")
@click.argument("file", metavar="FILE.json", type=click.Path())
@click.option("--prometheus", "url", metavar="URL", required=True, help="The Prometheus to ask, such as http://host:9090.")
@remote.access("prometheus")
@click.option("-o", "--output", metavar="FILE.html", type=click.Path(), help="Write the page there.")
@click.option("--since", metavar="DURATION", help="How far back curves reach, such as 1h. [default: as the dashboard says]")
@click.option(
    "--max-size", metavar="MIB", type=click.IntRange(min=1), default=16, show_default=True,
    help="Refuse a dashboard larger than this, in MiB.",
)  # fmt: skip
def command(file: str, url: str, access: Access, output: str | None, since: str | None, max_size: int) -> None:
    """Draw a dashboard with a snapshot of real data, for people without a Grafana at hand.

    The page needs nothing else, neither a network nor a server: send it, keep it with an incident, open it on a phone.
    FILE.json may also be a ConfigMap that holds a dashboard; - is standard input.

    \b
      promtrim dashboard preview dashboard.json --prometheus http://localhost:9090 -o page.html
    """
    from promtrim import api
    from promtrim.durations import parse_duration

    span = None
    if since is not None:
        try:
            span = parse_duration(since)
        except ValueError as error:
            raise CallError(f"--since: {error}") from None
        if not 60 <= span <= 366 * 86400:
            raise CallError(f"--since {since} is too short or too long, give from 1m to 1y")
    limit = max_size << 20
    text = api.preview_dashboard(
        file, access.server(url), span=span, max_bytes=limit, stdin=streams.read_input(limit) if file == "-" else None
    )
    if output is None or output == "-":
        streams.write_report(text)
        return
    from promtrim.rulefile.writing import write_atomically

    destination.make_folders([output])
    write_atomically(output, text)
