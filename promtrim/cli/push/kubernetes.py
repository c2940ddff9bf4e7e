"""``promtrim push kubernetes``: PrometheusRule manifests for a GitOps repository."""

from __future__ import annotations

import click

from promtrim.cli.planning import Asked, planning
from promtrim.cli.pushing import Teller, how
from promtrim.errors import CallError


@click.command(short_help="Write PrometheusRule manifests for a GitOps repository.")
@click.argument("paths", metavar="RULES...", nargs=-1, required=True, type=click.Path())
@click.option("-o", "--output", "folder", metavar="DIR", required=True, type=click.Path(), help="Where to write them.")
@planning
@click.option("--namespace", metavar="NAME", help="The namespace of resources that wrap rule files.")
@click.option("--label", "labels", metavar="NAME=VALUE", multiple=True, help="A label of resources that wrap rule files: "
              "what the operator's ruleSelector asks for, such as release=monitoring. Repeatable.")  # fmt: skip
@how(undo=False)
def command(
    paths: tuple[str, ...],
    folder: str,
    asked: Asked,
    namespace: str | None,
    labels: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    form: str,
    no_color: bool,
) -> int:
    """Write reduced rules as PrometheusRule manifests; your GitOps tool applies them, and its history takes them back.

    PrometheusRules and ConfigMaps stay what they are, with rules cut out; rule files are wrapped, their text unchanged.

    \b
      promtrim push kubernetes -o deploy/monitoring --label release=monitoring rules/*.yml --yes
    """
    pairs = {}
    for each in labels:
        name, equals, value = each.partition("=")
        if not name or not equals:
            raise CallError(f"--label {each}: write NAME=VALUE, such as release=monitoring")
        pairs[name] = value
    from promtrim import api

    teller = Teller(dry_run, yes, form, no_color)
    plan = asked.plan(paths)
    return teller.run(
        lambda: api.push_kubernetes(
            plan, folder, namespace=namespace, labels=pairs, go=teller.go, tell=teller.tell
        )
    )
