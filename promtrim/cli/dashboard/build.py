"""``promtrim dashboard build``: one small dashboard from the kept alerts."""

from __future__ import annotations

import click

from promtrim.cli import destination, options, streams
from promtrim.cli.planning import Asked, analysing, keep_blind_spots
from promtrim.errors import CallError


@click.command(name="build", short_help="Build one small dashboard from the kept alerts.")
@options.paths
@analysing(keep_blind_spots)
@click.option("-o", "--output", metavar="FILE", type=click.Path(), help="Write the dashboard there.")
@click.option(
    "--format",
    "form",
    type=click.Choice(("json", "configmap")),
    default="json",
    show_default=True,
    help="json is for provisioning and the HTTP API; configmap is for the sidecar of Grafana's Helm chart.",
)
@click.option("--title", metavar="TEXT", help="The dashboard's title. [default: the topology's name]")
@click.option("--uid", metavar="UID", help="The dashboard's uid. [default: made from the title]")
@click.option(
    "--folder", metavar="NAME", help="With --format configmap: Grafana's folder, as the annotation grafana_folder."
)
def command(
    paths: tuple[str, ...],
    asked: Asked,
    output: str | None,
    form: str,
    title: str | None,
    uid: str | None,
    folder: str | None,
) -> None:
    """Build one dashboard from the alerts that reduce keeps: what fires, the state of each component, and a panel per
    signal with its limit, for Grafana 10.1 and later.

    The same input gives the same bytes, so that the dashboard can stand in git beside the rules.

    \b
      promtrim dashboard build alert_rules.yml -o dashboard.json
      promtrim dashboard build --level essential --format configmap rules/ | kubectl apply -n monitoring -f -
    """
    if folder is not None and form != "configmap":
        raise CallError("--folder is for --format configmap: in JSON the provisioning or the HTTP API names the folder")
    from promtrim import api

    plan = asked.plan(paths)
    dashboard = api.build_dashboard(plan, title=title, uid=uid, config=asked.config)
    if form == "configmap":
        from promtrim.dashboards.building.build import config_map

        text = config_map(dashboard, folder)
    else:
        from promtrim.dashboards.building.grafana import text_of

        text = text_of(dashboard)
    if output is None or output == "-":
        streams.write_report(text)
        return
    from promtrim.rulefile.writing import write_atomically

    destination.make_folders([output])
    write_atomically(output, text)
