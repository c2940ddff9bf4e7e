"""``promtrim rules``: what is known of exporters' metrics; check, list, show, coverage."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from promtrim.cli import options, streams
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.knowledge.model import Index

config = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    help="Settings whose own rulesets count too. [default: promtrim.yml in this folder or above]",
)


@click.group(name="rules", no_args_is_help=False, short_help="Check, list and show what is known of exporters' metrics.")
def command() -> None:
    """What promtrim knows of exporters' metrics: the shipped rulesets, and your own (rulesets: in promtrim.yml)."""


@command.command(name="check", short_help="Look for mistakes in rulesets.")
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
@click.option(
    "--ruleset",
    "own",
    metavar="FILE|DIR",
    multiple=True,
    type=click.Path(),
    help="Check these instead of the shipped rulesets; may be given several times.",
)
@options.output_format("text", "json", text="text is one line per finding; json prints an array.")
def check(paths: tuple[str, ...], own: tuple[str, ...], form: str) -> int:
    """Look for contradictions, overlaps, facts without a source, and what can never fit; exit 1 if there are any.

    Each PATH holds rules (as for reduce): a pattern in a ruleset that matches none of their metrics is a finding. In a
    source tree, an exporter without a file of test cases is one too.

    \b
      promtrim rules check
      promtrim rules check --ruleset monitoring/shop.yml
    """
    import os

    from promtrim.knowledge.check import check as look
    from promtrim.knowledge.index import SOURCES, lookup, shipped
    from promtrim.knowledge.written import read_all_written, shipped_written

    names = None if not paths else _names(paths)
    if own:
        index = shipped()
        found = look(read_all_written(own), names, elsewhere=lambda name: lookup(index, name))
    else:
        cases = os.path.join(os.path.dirname(SOURCES), "tests", "rulesets", "cases")
        cases = os.path.relpath(cases) if os.path.isdir(cases) else ""
        found = look(shipped_written(), names, cases or None)
    if form == "json":
        _json([{"file": f.file, "line": f.line or None, "metric": f.metric or None, "text": f.text} for f in found])
    else:
        streams.write_report("".join(f"{finding}\n" for finding in found))
    return 1 if found else 0


@command.command(name="list", short_help="List the rulesets.")
@config
@options.output_format("text", "json", text="text is a table; json prints an array.")
@options.no_color
def list_(config: str | None, form: str, no_color: bool) -> None:
    """List the rulesets: what each watches, and how many metrics it knows."""
    from promtrim.knowledge.written import of_index

    rulesets = [written.ruleset for written in of_index(_index(config))]
    if form == "json":
        fields = ("ruleset", "title", "technology", "kind")
        _json([{**{f: getattr(r, f) for f in fields}, "metrics": len(r.metrics)} for r in rulesets])
        return
    from promtrim.output.rulesets import listed
    from promtrim.output.terminal import Paint

    streams.write_report(listed(rulesets, Paint(streams.colored(sys.stdout, no_color))))


@command.command(name="show", short_help="Show what is known of one exporter.")
@click.argument("exporter")
@click.option(
    "--topology",
    metavar="FILE|PRESET",
    default="single-node",
    show_default=True,
    help="Show what follows on this deployment.",
)
@config
@options.output_format("text", "json", text="text is for people; json prints the ruleset and what follows.")
@options.no_color
def show(exporter: str, topology: str, config: str | None, form: str, no_color: bool) -> None:
    """Show what is known of one exporter, where from, and what holds on one deployment and why.

    EXPORTER is the name of a ruleset: see promtrim rules list.
    """
    import msgspec

    from promtrim.knowledge.written import of_index
    from promtrim.topology.load import load

    index = _index(config)
    if exporter not in index.heads:
        raise CallError(f"there is no ruleset {exporter!r}{_meant(exporter, index)}; see promtrim rules list")
    ruleset = next(written.ruleset for written in of_index(index) if written.ruleset.ruleset == exporter)
    deployment = load(topology, index.presets)
    if form == "json":
        from promtrim.knowledge.account import consequences

        holds = [each for each in consequences(ruleset, deployment) if each.where != "elsewhere"]
        _json({"ruleset": msgspec.to_builtins(ruleset), "holds": msgspec.to_builtins(holds)})
        return
    from promtrim.output.rulesets import shown
    from promtrim.output.terminal import Paint

    paint = Paint(streams.colored(sys.stdout, no_color))
    streams.write_report(shown(ruleset, deployment, paint, streams.width(sys.stdout)))


@command.command(name="coverage", short_help="Show the share of metrics in rule files that are known.")
@options.paths
@config
@options.output_format("text", "json", text="text is a table by exporter, and the unknown metrics.")
@options.no_color
def coverage(paths: tuple[str, ...], config: str | None, form: str, no_color: bool) -> None:
    """Show how many of the metrics in rule files have a fact, by exporter, and which have none.

    PATH is what promtrim reduce takes. Names of recording rules do not count.
    """
    from promtrim.knowledge.coverage import coverage as account_of

    account = account_of(_index(config), _documents(paths))
    if form == "json":
        import msgspec

        exporters = [{**msgspec.to_builtins(each), "share": each.share} for each in account.exporters]
        _json({**msgspec.to_builtins(account), "share": account.share, "exporters": exporters})
        return
    from promtrim.output.rulesets import covered
    from promtrim.output.terminal import Paint

    streams.write_report(covered(account, Paint(streams.colored(sys.stdout, no_color))))


def _index(config: str | None) -> Index:
    """The shipped index, with the rulesets that the settings name."""
    from promtrim.config import load_config
    from promtrim.knowledge.index import shipped, with_rulesets

    index = shipped()
    return with_rulesets(index, load_config(config, ".", index.presets).rulesets)


def _documents(paths: Sequence[str]) -> list[Any]:
    from promtrim.rulefile.reading import read

    return read(paths, stdin=streams.read_input(64 << 20) if "-" in paths else None)


def _names(paths: Sequence[str]) -> list[str]:
    from promtrim.knowledge.coverage import used

    uses, _ = used([rule for document in _documents(paths) for rule in document.rules])
    return [use.metric for use in uses]


def _meant(exporter: str, index: Index) -> str:
    """The ruleset that was probably meant: of this technology, or of nearly this name."""
    own = [name for name, head in index.heads.items() if exporter in (head.technology, name.removesuffix("_exporter"))]
    if not own:
        from difflib import get_close_matches

        own = get_close_matches(exporter, list(index.heads), 3, 0.6)
    return f", did you mean {' or '.join(own)}?" if own else ""


def _json(value: object) -> None:
    import msgspec

    streams.write_report(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")
