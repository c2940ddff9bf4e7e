"""``promtrim reduce``: cut the rules that do not matter here out of rule files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import destination, options, streams
from promtrim.cli.planning import Asked, planning
from promtrim.errors import CallError

if TYPE_CHECKING:
    from promtrim.api import Reduced
    from promtrim.output.summary import Cut
    from promtrim.plan.model import Plan


@click.command(short_help="Cut the rules that do not matter here out of rule files.")
@options.paths
@planning
@click.option("-o", "--output", metavar="FILE|DIR", type=click.Path(), help="Write the reduced rules there.")
@click.option("--in-place", is_flag=True, help="Write each reduced file over its original, atomically.")
@options.output_format(
    "text",
    "json",
    "markdown",
    text="text prints the rules, and an account on standard error; the others print the account "
    "on standard output, and the rules go only to -o or --in-place.",
)
@click.option("--check", is_flag=True, help="Write no rules; exit 1 if any would be dropped.")
@click.option(
    "--style",
    type=click.Choice(("preserve", "compact")),
    default="preserve",
    show_default=True,
    help="preserve keeps every kept byte; compact writes the kept rules anew, as short as they get.",
)
@options.coverage
@options.suggest
@click.option("--quiet", "-q", is_flag=True, help="No account on standard error.")
@options.no_color
def command(
    paths: tuple[str, ...],
    asked: Asked,
    output: str | None,
    in_place: bool,
    form: str,
    check: bool,
    style: str,
    coverage: bool,
    suggest: bool,
    quiet: bool,
    no_color: bool,
) -> int:
    """Reduce rule files to the alerts that matter on this deployment.

    PATH is a rule file, a PrometheusRule, a ConfigMap or Helm values that hold rules, a prometheus.yml
    whose rule files are followed, a directory, a glob, or - for standard input. What is kept stays as it
    was, byte for byte.

    \b
      promtrim reduce alert_rules.yml > reduced.yml
      promtrim reduce --topology topology.yml --level essential --in-place rules/
    """
    if in_place and output is not None:
        raise CallError("--in-place and -o say two places to write, give one of them")
    if check and (in_place or output is not None):
        raise CallError("--check writes no rules, leave out --in-place and -o")
    from promtrim import api

    plan = asked.plan(paths, evidence=form == "json")
    documents = [document for document in plan.documents if document.container != "none"] or plan.documents
    places: list[str | None] = [None] * len(documents)
    if not check and (form == "text" or output is not None or in_place):
        places = destination.targets([document.file for document in documents], output, in_place)
    results = [
        api.reduce_document(plan, document, "compact" if style == "compact" else "preserve") for document in documents
    ]
    checks = ""
    if suggest and not check:
        from promtrim.output.suggest import outside

        suggested = api.suggest(plan, asked.sources)
        checks = outside(suggested.checks)
        holder = next((index for index, each in enumerate(documents) if each.container == "rule-file"), None)
        if suggested.rules and holder is None:
            raise CallError("none of these is a plain rule file that could hold suggested rules, use classify --suggest")
        if holder is not None:
            results[holder] = api.with_suggestions(results[holder], suggested.rules)
    _write_rules(results, places, to_stdout=form == "text" and not check, in_place=in_place)
    done = zip(documents, results, places, strict=True)
    _tell(plan, [api.cut_of(document, result, place) for document, result, place in done], form, quiet, no_color)
    if coverage and not quiet:
        from promtrim.output.coverage import table

        streams.write_account("\n" + table(plan))
    if checks and not quiet:
        streams.write_account("\n" + checks)
    return 1 if check and any(not decided.keep for decided in plan.rules) else 0


def _write_rules(results: list[Reduced], places: list[str | None], to_stdout: bool, in_place: bool) -> None:
    from promtrim.rulefile.writing import write_atomically

    destination.make_folders(places)
    for result, place in zip(results, places, strict=True):
        if place is None:
            if to_stdout:
                streams.write_rules(result.text, result.bom)
        elif result.changed or not in_place:
            write_atomically(place, result.text, result.bom)


def _tell(plan: Plan, cuts: list[Cut], form: str, quiet: bool, no_color: bool) -> None:
    if form == "json":
        from promtrim.output.json import report

        streams.write_report(report(plan, cuts))
    elif form == "markdown":
        from promtrim.output.markdown import markdown

        streams.write_report(markdown(plan, cuts))
    elif not quiet:
        from promtrim.output.terminal import Paint
        from promtrim.output.text import account

        paint = Paint(streams.colored(sys.stderr, no_color))
        if streams.on_terminal(sys.stdout) and streams.on_terminal(sys.stderr):
            streams.write_account("\n")  # the rules stand right above
        streams.write_account(account(plan, cuts, paint, streams.width(sys.stderr)))
