"""Whether an expression can return anything: not the alert's verdict, though it rests on it."""

from __future__ import annotations

import pytest

from promtrim.evaluate.context import Records
from promtrim.evaluate.presence import nothing
from promtrim.evaluate.verdict import Judge
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import parse
from promtrim.topology.load import load

HPA = "kube_horizontalpodautoscaler_status_current_replicas"


def judge(preset: str) -> Judge:
    index = shipped()
    return Judge(Metrics(index, load(preset, index.presets)), Records({}, index.records))


@pytest.mark.parametrize(
    ("expr", "cause"),
    [(HPA, "topology"), (f"sum({HPA}) / 2", "topology"), ("up < -1", "logic"), ('x{a="1"} / x{a="2"}', "logic")],
)
def test_nothing(expr: str, cause: str) -> None:
    conclusion = nothing(judge("single-node"), parse(expr))
    assert conclusion is not None
    assert conclusion.cause == cause
    assert conclusion.because


@pytest.mark.parametrize(
    "expr",
    [
        "up", "vector(1)", "up == 1", "time()", "1 + 1", f"absent({HPA})", "count(kube_node_info) < 3", "x > bool 2",
        "kube_pod_status_ready offset 1w", "prometheus_notifications_alertmanagers_discovered",
    ],
)  # fmt: skip
def test_something_also_where_an_alert_would_always_fire_or_mean_nothing(expr: str) -> None:
    assert nothing(judge("single-node"), parse(expr)) is None


def test_what_shows_only_for_a_moment_after_a_restart_is_something() -> None:
    """Two series of what is one, until the old one is no longer looked at: a panel may show it."""
    expr = "count(prometheus_build_info) > 1"
    assert nothing(judge("single-node"), parse(expr)) is None


def test_a_cluster_has_it() -> None:
    assert nothing(judge("ha-cluster"), parse(HPA)) is None
