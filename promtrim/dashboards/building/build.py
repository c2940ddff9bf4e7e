"""``promtrim dashboard build``: from a plan to a dashboard, as JSON or as a ConfigMap for Grafana's sidecar.

The door of the building half of this room. grafanalib is imported here only, when a dashboard is really built.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from promtrim.errors import CallError, InputError

if TYPE_CHECKING:
    from promtrim.dashboards.building.grafana import Dashboard
    from promtrim.evaluate.context import Records
    from promtrim.knowledge.facts import Metrics
    from promtrim.plan.model import Plan

_LARGEST_CONFIG_MAP = 1 << 20
"""Bytes of data that Kubernetes lets one ConfigMap hold (https://kubernetes.io/docs/concepts/configuration/configmap/)."""
_UID = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""What Grafana takes for a dashboard's uid (pkg/util/shortid_generator.go)."""


def build(
    plan: Plan, metrics: Metrics, records: Records, title: str | None = None, uid: str | None = None
) -> Dashboard:
    """The dashboard for what a plan keeps.

    Args:
        metrics: what is known of them in the plan's topology, for units and labels.
        records: the recording rules, to look into.
        title: None names the topology.
        uid: None makes one from the title.

    Raises:
        CallError: Grafana would not take the uid, or the title is empty.
    """
    from promtrim.dashboards.building.board import board_of
    from promtrim.dashboards.building.grafana import dashboard_of

    if uid is not None and not _UID.fullmatch(uid):
        raise CallError(f"--uid {uid!r} is none that Grafana takes, give at most 40 letters, digits, - and _")
    if title is not None and not title.strip():
        raise CallError("--title is empty, Grafana wants one: leave it out or say what the dashboard shows")
    return dashboard_of(board_of(plan, metrics, records, title, uid))


def config_map(dashboard: Dashboard, folder: str | None = None) -> str:
    """A ConfigMap that the sidecar of Grafana's Helm chart picks up.

    Args:
        folder: Grafana's folder, for a sidecar whose ``folderAnnotation`` is ``grafana_folder``.

    Raises:
        InputError: it is larger than a ConfigMap may be.
    """
    from promtrim.dashboards.building.grafana import text_of

    text = text_of(dashboard)
    if len(text) > _LARGEST_CONFIG_MAP:
        raise InputError(f"{len(text)} bytes, and a ConfigMap holds {_LARGEST_CONFIG_MAP}: use --format json", "dashboard")
    name = re.sub(r"[^a-z0-9-]+", "-", f"dashboard-{dashboard.uid.lower()}").strip("-")
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata:", f"  name: {name}", "  labels:", '    grafana_dashboard: "1"']
    if folder is not None:
        # A JSON string is a YAML string too.
        lines += ["  annotations:", f"    grafana_folder: {json.dumps(folder)}"]
    lines += ["data:", f"  {name}.json: |"]
    # All of it is ASCII, so that each character may stand in a literal block.
    return "\n".join([*lines, *(f"    {line}" for line in text.splitlines())]) + "\n"


__all__ = ["build", "config_map"]
