"""``promtrim dashboard trim``: cut out of dashboards what can show nothing here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import destination, options, streams
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.dashboards.existing.work import TrimmedDashboards
    from promtrim.stack.sources import Sources


@click.command(name="trim", short_help="Cut out of dashboards what can show nothing here.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@options.topology
@click.option(
    "--rules",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Rules whose recorded series the dashboards show; may be given several times.",
)
@options.config
@options.root
@options.max_size
@options.sources
@click.option("-o", "--output", metavar="FILE|DIR", type=click.Path(), help="Write the trimmed dashboards there.")
@click.option("--in-place", is_flag=True, help="Write each trimmed dashboard over its original, atomically.")
@options.output_format(
    "text",
    "json",
    text="text prints the dashboard, and an account on standard error; json prints the account on standard "
    "output, and dashboards go only to -o or --in-place.",
)
@click.option("--check", is_flag=True, help="Write no dashboards; exit 1 if anything would be removed.")
@click.option("--quiet", "-q", is_flag=True, help="No account on standard error.")
@options.no_color
def command(
    files: tuple[str, ...],
    topology: str | None,
    rules: tuple[str, ...],
    config: str | None,
    root: str | None,
    max_size: int,
    sources: Sources | None,
    output: str | None,
    in_place: bool,
    form: str,
    check: bool,
    quiet: bool,
    no_color: bool,
) -> int:
    """Cut out queries that can return nothing on this deployment, then empty panels and rows, and variables and links
    that nothing uses any more; close up the grid.

    FILE is a dashboard's JSON in any of Grafana's formats, a ConfigMap or Helm values that hold some, a folder, or - for
    standard input. A query goes only if the topology proves that it returns nothing, whatever Grafana's variables are;
    queries in other languages stay. What is kept stays as it was, byte for byte, but for places in the grid.

    \b
      promtrim dashboard trim kafka.json -o kafka.small.json
      promtrim dashboard trim --topology topology.yml --rules rules/ --in-place dashboards/
    """
    if in_place and output is not None:
        raise CallError("--in-place and -o say two places to write, give one of them")
    if check and (in_place or output is not None):
        raise CallError("--check writes no dashboards, leave out --in-place and -o")
    if "-" in files and "-" in rules:
        raise CallError("standard input holds the dashboards or the rules, not both")
    from promtrim import api

    limit = max_size << 20
    trimmed = api.trim_dashboards(
        files,
        rules=rules,
        topology=topology,
        config=config,
        root=root,
        max_bytes=limit,
        stdin=streams.read_input(limit) if "-" in files else None,
        sources=sources,
    )
    places: list[str | None] = [None] * len(trimmed.files)
    if not check and (form == "text" or output is not None or in_place):
        places = destination.targets([file.file for file in trimmed.files], output, in_place)
    written = _write(trimmed, places, to_stdout=form == "text" and not check, in_place=in_place)
    _tell(trimmed, written, form, quiet, no_color)
    return 1 if check and any(each.trimming.removed for file in trimmed.files for each in file.dashboards) else 0


def _write(
    trimmed: TrimmedDashboards, places: list[str | None], to_stdout: bool, in_place: bool
) -> list[str | None]:
    """Write what is to be written; where each file went."""
    from promtrim.rulefile.writing import write_atomically

    destination.make_folders(places)
    written: list[str | None] = []
    for file, path in zip(trimmed.files, places, strict=True):
        if path is not None and (file.changed or not in_place):
            write_atomically(path, file.text, file.bom)
            written.append(path)
            continue
        if path is None and to_stdout:
            streams.write_rules(file.text, file.bom)
        written.append(None)
    return written


def _tell(trimmed: TrimmedDashboards, written: list[str | None], form: str, quiet: bool, no_color: bool) -> None:
    if form == "json":
        from promtrim.output.trimmed import report

        streams.write_report(report(trimmed, written))
    elif not quiet:
        from promtrim.output.terminal import Paint
        from promtrim.output.trimmed import account

        paint = Paint(streams.colored(sys.stderr, no_color))
        streams.write_account(account(trimmed, written, paint, streams.width(sys.stderr)))
