"""``promtrim topology``: what is deployed and how many; detect, show, check."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import options, streams
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.path.detected import Detected
    from promtrim.stack.sources import Sources


@click.group(name="topology", no_args_is_help=False, short_help="Read off, show and check what is deployed.")
def command() -> None:
    """What is deployed and how many: read it off what is there, look at it, check what you wrote."""


@command.command(name="detect", short_help="Read the topology off what is there.")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path())
@options.sources
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Where to write it. [default: standard output]")
@options.output_format("yaml", "json", text="yaml is a topology file, json prints what was read and what to know, too.")
def detect(folder: str | None, sources: Sources | None, output: str | None, form: str) -> None:
    """Read the topology off manifests, compose files, configurations and servers.

    DIR is looked through for all of them; a source that is named counts instead of what lies in DIR. Each value comes
    with where it was read, as a comment. What cannot be told is left out, which means that it is open. Correct the file
    and give it to other commands with --topology.

    \b
      promtrim topology detect . -o topology.yml
      promtrim topology detect . --kubernetes overlays/production
      promtrim topology detect --prometheus http://localhost:9090
    """
    found = _detected(folder, sources)
    if form == "json":
        from promtrim.output.topology import report

        text = report(found.topology, found.problems, found.read)
    else:
        from promtrim.topology.write import to_file

        text = to_file(found.topology, found.problems, found.read)
    _tell(found)
    if output is None:
        streams.write_report(text)
    else:
        from promtrim.rulefile.writing import write_atomically

        write_atomically(output, text)


@command.command(name="show", short_help="Show a topology as a table.")
@click.argument("what", metavar="[FILE|PRESET|DIR]", required=False, type=click.Path())
@options.sources
@options.output_format("text", "json", text="text is a table; json prints the topology and what to know.")
@options.no_color
def show(what: str | None, sources: Sources | None, form: str, no_color: bool) -> None:
    """Show a topology: what there is, how many, and where each was read; what is open; what you should know.

    \b
      promtrim topology show single-node
      promtrim topology show topology.yml --compose docker-compose.yml
      promtrim topology show .
    """
    import os

    from promtrim import api
    from promtrim.knowledge.index import shipped

    folder = what if what is not None and what not in shipped().presets and os.path.isdir(what) else None
    stated = what if folder is None else None
    if stated is not None and sources is None:
        found = api.load_topology(stated)
    else:
        found = _detected(folder, sources, stated)
    if form == "json":
        from promtrim.output.topology import report

        streams.write_report(report(found.topology, found.problems, found.read))
        return
    from promtrim.output.terminal import Paint
    from promtrim.output.topology import table

    paint = Paint(streams.colored(sys.stdout, no_color))
    technologies = {name: head.technology for name, head in shipped().heads.items()}
    width = streams.width(sys.stdout)
    streams.write_report(table(found.topology, found.problems, paint, width, technologies, found.read))


@command.command(name="check", short_help="Check topology files.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
def check(files: tuple[str, ...]) -> None:
    """Check topology files: their shape, and that what they name exists.

    Exits with 2 and one line per mistake, with line and column.
    """
    from promtrim import api
    from promtrim.errors import ErrorGroup, PromtrimError

    errors: list[PromtrimError] = []
    for file in files:
        try:
            api.check_topology(file)
        except PromtrimError as error:
            errors += error.errors if isinstance(error, ErrorGroup) else [error]
    if errors:
        raise errors[0] if len(errors) == 1 else ErrorGroup(errors)


def _detected(folder: str | None, sources: Sources | None, stated: str | None = None) -> Detected:
    from promtrim import api

    if folder is None and sources is None:
        raise CallError("say what to read: a folder, --compose FILE, --kubernetes PATH, --prometheus URL")
    return api.detect(folder, sources, topology=stated)


def _tell(found: Detected) -> None:
    """What a person should know, on standard error."""
    from promtrim.output.summary import place

    for each in found.problems:
        where = f"{place(each.file, each.line, each.column)}: " if each.file else "promtrim: "
        streams.complain(f"{where}{each.text}")
