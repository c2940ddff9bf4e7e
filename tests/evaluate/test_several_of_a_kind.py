"""Facts speak of each thing: two of a kind, two scrapes of one, gateways, names that others use too."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import pytest

from promtrim.evaluate.context import Records
from promtrim.evaluate.verdict import Conclusion, Judge
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import parse
from promtrim.topology.model import Topology

ALONE = {"members": 1, "mode": "standalone"}


@lru_cache(maxsize=16)
def _judge(topology: bytes) -> Judge:
    described = msgspec.convert(msgspec.json.decode(topology), Topology)
    return Judge(Metrics(shipped(), described), Records({}, shipped().records))


def said(expr: str, for_: float = 0.0, **topology: Any) -> Conclusion:
    return _judge(msgspec.json.encode(topology)).judge(parse(expr), for_)


VERSIONS = "count(count by (server_version) (etcd_server_version)) > 1"


def test_two_stand_alone_servers_may_differ() -> None:
    one = {"a": {"technology": "etcd", **ALONE}}
    two = {**one, "b": {"technology": "etcd", **ALONE}}
    assert said(VERSIONS, 3600, datastores=one, defaults={"scraped": True}).verdict == "cannot-fire"
    assert said(VERSIONS, 3600, datastores=two, defaults={"scraped": True}).verdict == "can-fire"


def test_two_scrapes_of_one_server_are_two_series() -> None:
    jobs = {"redis": {"technology": "redis", "targets": 1}}
    again = {**jobs, "redis-too": {"technology": "redis", "targets": 1}}
    expr, datastores = "count(redis_instance_info) > 1", {"cache": {"technology": "redis", **ALONE}}
    assert said(expr, 3600, datastores=datastores, jobs=jobs).verdict == "cannot-fire"
    assert said(expr, 3600, datastores=datastores, jobs=again).verdict == "can-fire"


def test_a_gateway_passes_on_what_others_push() -> None:
    def of(technology: str) -> str:
        return said("count(go_goroutines) > 1", 3600, jobs={"it": {"technology": technology, "targets": 1}}).verdict

    assert of("shop") == "cannot-fire"
    assert of("pushgateway") == "can-fire"


@pytest.mark.parametrize(("name", "verdict"), [("request_total", "can-fire"), ("redis_up", "cannot-fire")])
def test_a_name_that_others_use_may_be_theirs(name: str, verdict: str) -> None:
    """``prefixes`` tell whose names are whose; of other programs' metrics nothing is known here."""
    exporters = {"linkerd": False, "redis_exporter": False}
    assert said(f"{name} > 0", exporters=exporters).verdict == verdict


ONE = {"nodes": 1, "prometheus": {"instances": 1}, "defaults": {"replicas": 1, **ALONE, "scraped": True}}


@pytest.mark.parametrize(
    "expr",
    [
        'prometheus_build_info{version="2.30.0"} == 1',
        'prometheus_build_info{version!~"3[.].*"} == 1',
        'kube_node_info{kubelet_version=~"v1[.]2.*"} == 1',
    ],
)
def test_which_version_runs_is_not_known(expr: str) -> None:
    found = said(expr, **ONE)
    assert found.verdict == "can-fire"
    assert not found.meaningless


def test_a_pattern_of_jobs_may_be_many_jobs() -> None:
    assert not said('count(up{job=~"(api|web)-.*"} == 1) < 3', **ONE).meaningless
    assert said('count(up{job=~"api|web"} == 1) < 3', **ONE).meaningless
    assert said('count by (job) (up{job=~"(api|web)-.*"} == 1) < 2', **ONE).meaningless


AREAS = 'count by (area) (elasticsearch_jvm_memory_used_bytes{area=~"heap|non-heap"}) > 1'


def test_two_servers_that_an_exporter_of_clusters_tells_of() -> None:
    one = {"a": {"technology": "elasticsearch", **ALONE}}
    two = {**one, "b": {"technology": "elasticsearch", **ALONE}}
    for expr in ("count(elasticsearch_os_cpu_percent) > 1", AREAS):
        assert said(expr, 7200, datastores=one, defaults={"scraped": True}).verdict == "cannot-fire"
        assert said(expr, 7200, datastores=two, defaults={"scraped": True}).verdict == "can-fire"


def test_a_collector_beside_an_exporter_may_export_the_same() -> None:
    jobs = {"redis": {"technology": "redis", "targets": 1}}
    datastores = {"cache": {"technology": "redis", **ALONE}}
    beside = {**jobs, "it": {"technology": "otel-collector", "targets": 1}}
    assert said("count(redis_up) > 1", 3600, datastores=datastores, jobs=jobs).verdict == "cannot-fire"
    assert said("count(redis_up) > 1", 3600, datastores=datastores, jobs=beside).verdict == "can-fire"


@pytest.mark.parametrize(
    "expr",
    [
        'prometheus_build_info and on (instance) up{job="node"}',
        'label_replace(node_load1, "instance", "$1", "instance", "([^:]+):.*") and on (instance) node_memory_MemTotal_bytes > 0',
        'max by (instance) (mysql_up{zone="a"}) >= 0 and on (instance) mysql_global_status_uptime{zone="b"} >= 0',
        'label_replace(mysql_up, "x", "$1", "instance", "(.*)") == label_replace(mysql_up, "x", "$1", "job", "(.*)")',
        'count(sum by (exported_pod) (kube_pod_container_status_restarts_total)) > 1',
        'count(count by (node) (count_over_time(kube_pod_info{node!=""}[30d]))) > 1',
        "node_load1 * 1e300 / 1e300 > 2 * node_load1",
    ],
)
def test_what_need_not_be_one_or_meet(expr: str) -> None:
    assert said(expr, 7200, **ONE).verdict == "can-fire"


def test_where_a_target_never_answers_not_all_are_up() -> None:
    jobs = {"api": {"targets": 1, "dead": 1}, "web": {"targets": 1}}
    assert said("absent(up == 0)", 60, jobs=jobs).verdict != "always-fires"
    assert said("up == 0", 60, jobs=jobs).cause == "not-scraped"
    assert said('up{job="web"} == 1', 60, jobs=jobs, defaults={"scraped": True}).verdict == "always-fires"
