"""What an alert watches: named by a matcher, by who exports the metric, or by what the metric's ruleset is about."""

from __future__ import annotations

import pytest

from promtrim.judge.components import components
from promtrim.judge.signals import signals
from promtrim.promql.parse import parse

SHOP = {
    "workloads": {
        "backend": {"jobs": ["backend-api"], "metrics": ["http_", "shop_orders"]},
        "frontend": {},
        "checker": {"technology": "probe"},
        "mailer": {"external": True},
    },
    "datastores": {"stock": {"technology": "depot", "jobs": ["stock-exporter"]}, "redis": {}},
    "jobs": {"backend-api": {}, "edge": {"component": "frontend"}},
}


@pytest.fixture
def watched(metrics):
    def run(expr: str, topology: dict | None = None, constant: bool = False) -> tuple[str, ...]:
        return components(metrics(SHOP if topology is None else topology), signals(parse(expr)), constant)

    return run


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ('up{job="backend-api"} == 0', ("backend",)),
        ('up{job=~"backend-.*"} == 0', ("backend",)),
        ('up{job="stock-exporter"} == 0', ("stock",)),
        ('up{job="edge"} == 0', ("frontend",)),
        ('up{job="frontend"} == 0', ("frontend",)),
        ('x{deployment="backend"} == 0', ("backend",)),
        ('x{container=~"backend|frontend"} == 0', ("backend", "frontend")),
        ('x{app="redis"} == 0', ("redis",)),
        ('x{service="frontend"} == 0', ("frontend",)),
        ('x{namespace="backend"} == 0', ("application",)),  # names no workload
        ('x{deployment!="backend"} == 0', ("application",)),
        (r'x{deployment=~"\\pL+"} == 0', ("application",)),  # a pattern that only RE2 can read
        ('depot_up{job="backend-api"} == 0', ("backend",)),  # who is named counts before what the metric is about
    ],
)
def test_named_by_a_matcher(watched, expr: str, found: tuple[str, ...]) -> None:
    assert watched(expr) == found


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("rate(http_requests_total[5m]) > 1", ("backend",)),
        ("shop_orders == 0", ("backend",)),
        ("shop_orders_total == 0", ("application",)),  # a name, not a prefix
        ("httpd_up == 0", ("application",)),
    ],
)
def test_named_by_who_exports_the_metric(watched, expr: str, found: tuple[str, ...]) -> None:
    assert watched(expr) == found


class TestByTheRuleset:
    def test_the_datastore_of_this_technology(self, watched) -> None:
        assert watched("depot_up == 0") == ("stock",)

    def test_the_technology_where_the_topology_names_none(self, watched) -> None:
        assert watched("depot_up == 0", {}) == ("depot",)

    def test_all_of_them_where_there_are_several(self, watched) -> None:
        stores = {"datastores": {"one": {"technology": "depot"}, "two": {"technology": "depot"}}}
        assert watched("depot_up == 0", stores) == ("one", "two")

    def test_what_the_metric_says_itself(self, watched) -> None:
        assert watched("bench_node_load > 1") == ("node",)
        assert watched("bench_disk_free < 1") == ("volume",)

    def test_all_workloads_here_where_it_is_about_some(self, watched) -> None:
        assert watched("bench_deployment_ready == 0") == ("backend", "frontend", "checker")
        assert watched("bench_deployment_ready == 0", {}) == ("workloads",)

    def test_the_value_of_a_label(self, watched) -> None:
        assert watched('bench_app_up{app="till"} == 0') == ("till",)
        assert watched("bench_app_up == 0", {}) == ("workloads",)

    def test_the_kind_of_what_it_is_about(self, watched) -> None:
        assert watched("bench_quorum == 0") == ("cluster",)
        assert watched("watch_config_ok == 0") == ("monitoring",)
        assert watched('watch_config_ok{job="watcher"} == 0') == ("watcher",)

    def test_the_workload_of_its_technology(self, watched) -> None:
        assert watched("probe_ok == 0") == ("checker",)
        assert watched("probe_ok == 0", {}) == ("application",)
        assert watched('probe_ok{job="outside"} == 0', {}) == ("outside",)


class TestSeveralSignals:
    def test_each_names_its_own_in_order(self, watched) -> None:
        assert watched('up{job="frontend"} == 0 or depot_up == 0') == ("frontend", "stock")

    def test_a_guard_names_none(self, watched) -> None:
        assert watched('up{job="frontend"} == 0 and on () depot_up == 1') == ("frontend",)

    def test_a_guard_names_one_where_nothing_else_does(self, watched) -> None:
        assert watched("vector(1) and on () depot_up == 0") == ("stock",)

    def test_of_a_share_the_part_counts(self, watched) -> None:
        assert watched("depot_used_ratio / bench_node_load > 1") == ("stock",)

    def test_of_a_difference_both_count(self, watched) -> None:
        assert watched("depot_used_ratio - bench_node_load > 1") == ("stock", "node")


def test_an_unknown_metric_is_the_jobs_or_the_applications(watched) -> None:
    assert watched('x{job="till"} > 1') == ("till",)
    assert watched("x > 1") == ("application",)


def test_a_dead_mans_switch_watches_the_monitoring(watched) -> None:
    assert watched("vector(1)", constant=True) == ("monitoring",)
