"""``promtrim classify``: the verdict and decision for each rule, without cutting anything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import options, streams
from promtrim.cli.planning import Asked, analysing

if TYPE_CHECKING:
    from promtrim.output.summary import Cut
    from promtrim.plan.model import Plan


@click.command(short_help="Show the verdict and the decision for each rule.")
@options.paths
@analysing()
@options.output_format("text", "json", "markdown", text="text is a table with one line per rule.")
@options.coverage
@options.suggest
@options.no_color
def command(
    paths: tuple[str, ...],
    asked: Asked,
    form: str,
    coverage: bool,
    suggest: bool,
    no_color: bool,
) -> None:
    """Show verdict, tier, failure mode and decision of each rule; nothing is cut or written.

    Of a folder all is judged that can be read; what cannot is told on standard error.

    \b
      promtrim classify alert_rules.yml
      promtrim classify --format json rules/ | jq '.rules[] | select(.verdict == "cannot-fire").alert'
    """
    plan = asked.plan(paths, evidence=form == "json", lenient=True)
    if form == "json":
        from promtrim.output.json import report

        streams.write_report(report(plan, _cuts(plan)))
    elif form == "markdown":
        from promtrim.output.markdown import markdown

        streams.write_report(markdown(plan, _cuts(plan)))
    else:
        from promtrim.output.summary import place, told
        from promtrim.output.table import table
        from promtrim.output.terminal import Paint

        streams.write_report(table(plan, Paint(streams.colored(sys.stdout, no_color))))
        if coverage:
            from promtrim.output.coverage import table as covered

            streams.write_report("\n" + covered(plan))
        if suggest:
            from promtrim import api
            from promtrim.output.suggest import group, outside

            suggested = api.suggest(plan, asked.sources)
            rules = "groups:\n" + group(suggested.rules) if suggested.rules else ""
            streams.write_report("\n" + "\n".join(filter(None, (rules, outside(suggested.checks)))))
        for problem in plan.problems:
            streams.complain(f"{place(problem.file, problem.line, problem.column)}: {told(problem)}")


def _cuts(plan: Plan) -> list[Cut]:
    """What a reduction would leave of each file; nothing is written."""
    from promtrim import api

    return [api.cut_of(document, api.reduce_document(plan, document)) for document in plan.documents]
