"""``promtrim diff``: what a change of rules, topology or settings does to the person on call."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from promtrim.cli import formats, options, streams

if TYPE_CHECKING:
    from promtrim.plan.model import Level
    from promtrim.stack.sources import Sources


@click.command(short_help="Say what a change of rules or topology does.")
@click.argument("base", type=click.Path())
@click.argument("head", required=False, type=click.Path())
@click.option(
    "--paths",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Look for rules only there in the repository. Repeatable. [default: everywhere]",
)
@click.option("--merge-base", is_flag=True, help="Compare with the commit that HEAD branched off from BASE.")
@options.analysis
@options.sources
@click.option(
    "--dashboards",
    metavar="PATH",
    multiple=True,
    type=click.Path(),
    help="Dashboards, or folders of them, that may lose their data. Repeatable.",
)
@formats.checking
@click.option("--title", metavar="TEXT", default="", help="Title of the Markdown, which also tells two comments apart.")
@options.no_color
def command(
    base: str,
    head: str | None,
    paths: tuple[str, ...],
    merge_base: bool,
    topology: str | None,
    level: Level | None,
    config: str | None,
    root: str | None,
    strict: bool,
    max_size: int,
    sources: Sources | None,
    dashboards: tuple[str, ...],
    formats_: tuple[str, ...],
    fail_on: tuple[str, ...],
    baseline: str | None,
    write_baseline: str | None,
    title: str,
    no_color: bool,
) -> int:
    """Compare BASE with HEAD: each a rule file, a folder or a git revision; without HEAD the working tree.

    Rules are matched by what they mean, across files, groups and renames. Topology and promtrim.yml of each side
    count. It exits 1 where the change brings about a finding of --fail-on.

    \b
      promtrim diff origin/main
      promtrim diff old.yml new.yml
      promtrim diff --format markdown=comment.md --format sarif=promtrim.sarif v1.0 v1.1 --paths rules/
    """
    from promtrim import api
    from promtrim.output.reviews import rendered
    from promtrim.output.terminal import Paint

    outputs = formats.wanted(formats_)
    review = api.diff(
        base,
        head,
        paths=paths,
        merge_base=merge_base,
        topology=topology,
        level=level,
        config=config,
        root=root,
        strict=strict,
        sources=sources,
        dashboards=dashboards,
        fail_on=fail_on,
        baseline=baseline,
        max_bytes=max_size << 20,
    )
    if write_baseline is not None:
        from promtrim.review.baseline import write_baseline as write

        result = review.result
        write(write_baseline, (*result.known, *result.accepted, *result.findings))
    paint, width = Paint(streams.colored(sys.stdout, no_color)), streams.width(sys.stdout)
    formats.write(
        outputs, lambda form, shown: rendered(review, form, title, paint if shown else Paint(), width if shown else 100)
    )
    return 1 if review.result.fails and write_baseline is None else 0
