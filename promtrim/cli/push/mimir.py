"""``promtrim push mimir``: reduced rule groups in the ruler of Mimir, Cortex or Grafana Cloud."""

from __future__ import annotations

import click
import msgspec

from promtrim.cli import remote
from promtrim.cli.planning import Asked, planning
from promtrim.cli.pushing import Teller, either, how
from promtrim.errors import CallError

CORTEX = "/api/v1/rules"
MIMIR = "/prometheus/config/v1/rules"


@click.command(short_help="Put reduced rule groups into the ruler of Mimir, Cortex or Grafana Cloud.")
@click.argument("paths", metavar="RULES...", nargs=-1, type=click.Path())
@click.option("--url", metavar="URL", required=True, help="The server.")
@click.option("--namespace", metavar="NAME", required=True, help="The namespace that holds the groups.")
@click.option("--tenant", metavar="ID", help="Whose rules: sent as X-Scope-OrgID. Grafana Cloud knows it from --user.")
@click.option("--cortex", is_flag=True, help=f"Cortex's path, {CORTEX}.")
@click.option("--api-path", metavar="PATH", help=f"The path of the ruler's API. [default: {MIMIR}]")
@click.option("--overwrite", is_flag=True, help="Also replace groups that somebody has changed.")
@planning
@remote.access("mimir")
@how()
def command(
    paths: tuple[str, ...],
    url: str,
    namespace: str,
    tenant: str | None,
    cortex: bool,
    api_path: str | None,
    overwrite: bool,
    asked: Asked,
    access: remote.Access,
    dry_run: bool,
    yes: bool,
    undo: bool,
    form: str,
    no_color: bool,
) -> int:
    """Create, change and remove only the rule groups of a namespace that differ; read them back.

    Groups that the rule files do not have are left alone. Where anything fails the old groups go back.

    \b
      promtrim push mimir --url http://mimir:8080 --tenant shop --namespace shop rules/*.yml
      promtrim push mimir --url https://prometheus-x.grafana.net --user 123 --namespace shop rules/*.yml
    """
    either(paths, undo, "rule files")
    if cortex and api_path is not None:
        raise CallError("--cortex and --api-path both say a path, give one of them")
    from promtrim import api

    teller = Teller(dry_run, yes, form, no_color)
    server = access.server(url)
    if tenant is not None:
        server = msgspec.structs.replace(server, headers=(*server.headers, ("X-Scope-OrgID", tenant)))
    path = CORTEX if cortex else api_path or MIMIR
    if undo:
        return teller.run(
            lambda: api.undo_mimir(
                server, namespace, tenant=tenant or "", path=path, overwrite=overwrite, go=teller.go, tell=teller.tell
            )
        )
    plan = asked.plan(paths)
    return teller.run(
        lambda: api.push_mimir(
            plan, server, namespace, tenant=tenant or "", path=path, overwrite=overwrite, go=teller.go, tell=teller.tell
        )
    )
