"""Forms that real rule files ask for, with what is shipped about real exporters. By expression alone: no name decides."""

from __future__ import annotations

from functools import lru_cache

import pytest

from promtrim.durations import parse_duration
from promtrim.evaluate.context import Records
from promtrim.evaluate.verdict import Conclusion, Judge
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import parse
from promtrim.topology.load import load
from tests.prove.battery import JOBS


@lru_cache(maxsize=4)
def _judge(preset: str) -> Judge:
    return Judge(Metrics(shipped(), load(preset, shipped().presets)), Records({}, shipped().records))


def said(expr: str, preset: str = "single-node", for_: str = "0s") -> Conclusion:
    return _judge(preset).judge(parse(expr), parse_duration(for_))


REQUESTS = "sum(namespace_cpu:kube_pod_container_resource_requests:sum{})"
CPU = 'kube_node_status_allocatable{job="kube-state-metrics",resource="cpu"}'


class TestMoreCpuPromisedThanIsThere:
    """Three versions of one alert, three verdicts on a single node."""

    def test_a_share_of_all_but_one_node_is_exceeded_always(self) -> None:
        expr = f"{REQUESTS} / sum({CPU}) > (count({CPU}) - 1) / count({CPU})"
        # On one node the right side is 0, and the requests of the cluster's own DNS exceed it.
        assert said(expr).verdict == "always-fires"
        assert said(expr, "ha-cluster").verdict == "can-fire"

    def test_guarded_by_a_second_node_it_cannot(self) -> None:
        expr = f"{REQUESTS} - (sum({CPU}) - max({CPU})) > 0 and (sum({CPU}) - max({CPU})) > 0"
        assert said(expr, for_="10m").verdict == "cannot-fire"
        assert said(expr, for_="10m").cause == "topology"
        assert said(expr, "ha-cluster", "10m").verdict == "can-fire"

    def test_compared_with_what_the_node_has_it_can(self) -> None:
        expr = f"{REQUESTS} > 1.5 * sum({CPU})"
        assert said(expr).verdict == "can-fire"
        assert said(expr).meaningless is None


@pytest.mark.parametrize("preset", ["single-node", "ha-cluster"])
def test_too_few_members_counted_by_what_answers_can_fire_on_one(preset: str) -> None:
    # On one member it means that this member is down.
    found = said('sum by (job) (up{job=~".*etcd.*"} == bool 1) < ((count by (job) (up{job=~".*etcd.*"}) + 1) / 2)', preset, "3m")
    assert found.verdict == "can-fire"
    assert found.meaningless is None


def test_configurations_that_differ_need_two_that_have_one() -> None:
    expr = 'count by (namespace,service) (count_values by (namespace,service) ("config_hash", alertmanager_config_hash)) != 1'
    assert said(expr, for_="20m").verdict == "cannot-fire"
    assert said(expr, for_="20m").cause == "topology"
    assert said(expr, "ha-cluster", "20m").verdict == "can-fire"
    # Without a hold a restart may show two for a moment: no proof, but nothing real either.
    assert said(expr).verdict == "can-fire"
    assert said(expr).meaningless


@pytest.mark.parametrize("preset", ["single-node", "ha-cluster", "docker-compose"])
@pytest.mark.parametrize("expr", ["absent(kube_node_info)", 'absent(up{job="kubelet"} == 1)', "absent_over_time(kube_node_info[5m])"])
def test_what_is_always_there_may_go_missing(expr: str, preset: str) -> None:
    found = said(expr, preset)
    assert (found.verdict, found.meaningless) == ("can-fire", None)


def test_fewer_nodes_than_a_cluster_has() -> None:
    assert said("count(kube_node_info) < 3").verdict == "always-fires"
    assert said("count(kube_node_info) < 3", "ha-cluster").verdict == "can-fire"
    assert said("count(kube_node_info) < 1").cause == "logic"


def test_a_lag_between_states_that_never_match() -> None:
    lag = 'mongodb_replset_member_optime_date{state="SECONDARY"} - mongodb_replset_member_optime_date{state="PRIMARY"} > 10'
    for preset in ("single-node", "ha-cluster"):
        found = said(lag, preset)
        assert (found.verdict, found.cause) == ("cannot-fire", "logic")
        assert "'state'" in found.because
        assert "'SECONDARY'" in found.because
    joined = lag.replace("} - ", "} - on (set) ")
    assert said(joined, "ha-cluster").verdict == "can-fire"
    assert said(joined).cause == "topology"


def test_volumes_that_nobody_measures() -> None:
    expr = "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.15"
    assert said(expr).verdict == "can-fire"
    found = said(expr, "single-node-k3s")
    assert (found.verdict, found.cause) == ("cannot-fire", "not-scraped")


def test_a_dead_mans_switch_is_constant_everywhere() -> None:
    for preset in shipped().presets:
        assert said("vector(1)", preset).constant


def _on_jobs(expr: str) -> str:
    return Judge(Metrics(shipped(), JOBS), Records({}, shipped().records)).judge(parse(expr), 3600.0).verdict


def test_any_target_may_deliver_what_a_language_s_runtime_does() -> None:
    # Three targets of web, one of api, two of redis_exporter and one of node_exporter, which are Go programs too.
    assert _on_jobs("count(go_goroutines) > 6") == "can-fire"
    assert _on_jobs("count(go_goroutines) > 7") == "cannot-fire"
    assert _on_jobs('count(go_goroutines{job=~"web|api"}) > 4') == "cannot-fire"


def test_targets_are_counted_by_the_jobs_asked_for() -> None:
    assert _on_jobs('count(redis_up{job="redis"}) > 1') == "can-fire"
    assert _on_jobs('count(redis_up{job="redis"}) > 2') == "cannot-fire"
    assert _on_jobs('count(up{job="web"} == 0) > 2') == "can-fire"
    assert _on_jobs('sum(up{job="web"}) < 3') == "can-fire"


def test_one_target_per_job_is_as_many_as_there_are_jobs() -> None:
    assert said('count(up{job="web"}) > 1').meaningless
    assert not said('count(up{job=~"web|api"}) > 1').meaningless
    assert said('count(up{job=~"web|api"}) > 2').meaningless
    assert _on_jobs('count(up{job="web"}) > 3') == "cannot-fire"
    assert _on_jobs("count(up) > 6") == "can-fire"
    assert _on_jobs("count(up) > 7") == "cannot-fire"
