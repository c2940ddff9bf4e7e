"""Expressions by which every piece of the evaluator's reasoning shows: what mutants are tried on, and the short run."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from promtrim.durations import parse_duration
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import parse
from promtrim.topology.load import load
from promtrim.topology.model import Topology
from tests.prove.model import Case

TOPOLOGY = "single-node"
EXPRESSIONS = """
some_gauge / some_gauge != 1
some_gauge - some_gauge != 0
some_gauge != some_gauge
some_gauge == some_gauge
some_gauge >= 3
NaN != some_gauge
sum(some_gauge) - max(some_gauge) > 0
redis_up - redis_up != 0
redis_up != redis_up
vector(scalar(some_gauge)) == vector(scalar(some_gauge))
redis_up and on () up == 0
redis_up > 1
redis_up >= 1
redis_up <= 0
redis_up == bool 0
redis_up > bool 1
up == 0
up{job="node"} unless up{job="node"}
redis_up unless redis_up == 0
redis_up unless on () vector(0) > 1
redis_up > 1 or up == 0
redis_connected_slaves > 0 or redis_up == 0
redis_connected_slaves > 0 and redis_up == 0
redis_connected_slaves > 0
redis_up and redis_connected_slaves
count(redis_up) > 1
count(redis_up) > 1 for 3m
count(last_over_time(redis_up[10m])) > 1 for 7m
count(max_over_time(redis_up[10m:1m])) > 1 for 7m
count(count_over_time(redis_up[30m])) > 1
count(redis_up) < 2
count by (namespace) (kube_deployment_spec_replicas) > 1 for 20m
sum by (namespace) (kube_deployment_spec_replicas) < 2
sum by (namespace, deployment) (kube_deployment_spec_replicas) < 2
count by (namespace, deployment) (kube_deployment_spec_replicas) > 1
count by (namespace, deployment) (kube_deployment_spec_replicas) > 1 for 7m
count(some_gauge > 5) < 1
absent(redis_up)
absent(redis_connected_slaves > 0)
absent(some_gauge)
absent(up{job="node"})
vector(scalar(some_gauge)) >= 0 or vector(scalar(some_gauge)) < 0
vector(scalar(redis_up)) >= 0
vector(0) > 0
vector(1) >= 1
delta(some_gauge[10m]) < 0
deriv(redis_up[10m]) < 0
rate(redis_rejected_connections_total[5m]) < 0
rate(some_total[5m]) > 1
increase(redis_rejected_connections_total[10m]) > 0
changes(redis_up[10m]) > 1
resets(some_total[10m]) > 0
predict_linear(redis_up[10m], 3600) < 0
avg_over_time(redis_up[10m]) < 0.9
sum_over_time(redis_up[10m]) > 3
stddev_over_time(redis_up[10m]) > 0
max_over_time(redis_up[5m]) - min_over_time(redis_up[5m]) > 0
floor(node_load1 / 7) < ceil(node_load1 / 7)
hour() > 12
minute() > 5
day_of_month() < 2
days_in_month() > 30
sum(redis_up) > 1
sum(up) > 1
sum by (job) (up) > 1
avg(up) == 0.5
avg by (job) (up) < 1
min(up) < max(up)
stddev(some_gauge) != 0
stddev(up) > 0
quantile(0.5, up) < 1
group(up) > 0
topk(2, some_gauge) > 0
count(topk(2, some_gauge)) > 1
count by (job) (up{job=~"node|redis"} == 0) > 0
count_values("value", up) > 1
some_gauge * -2 < 0
some_gauge * other_gauge < 0
node_load1 * -1 < 0
node_load1 / node_time_seconds > 5
1 / node_load1 > 1e300
-redis_up < 0
redis_up - 1 < 0
1 - redis_up > 0
5 - redis_up > 4
redis_up % 2 > 0
-node_load1 % 7 < 0
2 ^ redis_up > 1
some_gauge ^ 2 < 0
up{job!="node"} == 0
up{job=~"node|redis"} == 0
up{job=~"node|redis"} and up{job="redis"}
up{job=~"node|redis"} == on (job) up{job="redis"}
up{job!~"node.*"} == 1
kube_node_status_condition{condition="Ready", status="true"} == 0
kube_node_status_condition{status="true"} == 0
elasticsearch_cluster_health_status{color="red"} == 1
elasticsearch_cluster_health_status == 1
elasticsearch_cluster_health_number_of_nodes < 3
elasticsearch_cluster_health_unassigned_shards > 0
sum without (job) (up{job="node"}) > 0
sum by (job) (up{job="node"}) == 0
some_gauge * on (job) group_left (node) other_gauge > 0
some_gauge > on (job) group_left (node) other_gauge
other_gauge - on (instance) group_right () some_gauge < 0
some_gauge + on (job) other_gauge > 0
some_gauge + ignoring (mode) other_gauge > 0
redis_up == on (job) up
redis_up == ignoring (mode) redis_connected_slaves
redis_up + on (instance) redis_connected_slaves > 0
label_replace(up, "job", "x", "", "") == 0
label_replace(up{job="node"}, "job", "redis", "", "") == 1
label_replace(up{job="node"}, "new", "$1", "job", "(.*)") == 1
label_join(up, "new", "-", "job", "instance") == 1
clamp(some_gauge, 0, 1) > 0
clamp_max(some_gauge, 3) < -1
clamp_min(some_gauge, 3) > 5
round(some_gauge) != some_gauge
round(some_gauge, 5) > 2
abs(some_gauge) > 0
sgn(some_gauge) < 0
sqrt(some_gauge) >= 0
ln(node_load1) < 0
exp(some_gauge) > 1
timestamp(some_gauge) > 60
time() - some_gauge > 3600
histogram_quantile(0.9, rate(some_seconds_bucket[5m])) > 1
histogram_quantile(0.9, sum by (le) (rate(some_seconds_bucket[5m]))) > 1
sum(rate(some_total{code="500"}[5m])) / sum(rate(some_total[5m])) > 0.5
sum(rate(some_total{code="500"}[5m])) / sum(rate(some_total[5m])) > 1
some_gauge{mode="idle"} / ignoring (mode) some_gauge{mode="system"} < 0
redis_memory_used_bytes / redis_memory_max_bytes > 0.9
up offset 5m == 0 unless up == 0
kube_deployment_spec_replicas != kube_deployment_status_replicas_available
count(kube_node_info) > 1
count(kube_node_info) < 2
(count(kube_node_info) - 1) / count(kube_node_info) < 0.5
1 / -redis_up > 0
1 / -redis_connected_slaves == -Inf
1 / -(redis_up < 1) < 0
1 / -(redis_up < 1) > 0
1 / (some_gauge >= 0) < 0
(some_gauge >= 0) ^ -1 < 0
some_gauge @ 600 > 0
redis_up @ 60 == 1
redis_up offset -10m == 1
redis_up offset 5m == 1
count(max_over_time(topk(1, some_gauge)[20m:1m])) > 1
count(max_over_time((elasticsearch_cluster_health_number_of_nodes * on (job) group_left (mode) some_gauge)[20m:1m])) > 1
count(max_over_time(count_values("v", redis_connected_slaves)[20m:1m])) > 1
sum by (mode) (rate(some_total{code="500"}[5m])) / on () group_right () sum by (mode) (rate(some_total[5m])) > 2
count by (mode) (some_gauge{code="500"}) / on (job) group_right () count by (mode) (some_gauge) > 2
predict_linear(elasticsearch_cluster_health_number_of_nodes[10m], NaN) != 1
predict_linear(elasticsearch_cluster_health_number_of_nodes[10m], 3600) < 2
deriv(node_memory_MemAvailable_bytes[10m]) != 0
quantile(0.5, redis_up) > 1
vector(8 ^ (1 / 3)) != 2
histogram_count(-some_histogram) < 0
clamp_max(redis_up, scalar(some_gauge + on (job) other_gauge)) >= 0 or redis_up
min(redis_up) == max(redis_up)
sum by (mode, code) (some_gauge >= 0) / on (mode) group_left () sum by (mode) (some_gauge >= 0) > 1
count by (mode, code) (some_gauge) / on (mode) group_left () count by (mode) (some_gauge) > 1
count by (mode, code) (some_gauge) / ignoring (mode, code) group_left () count by (mode) (some_gauge) > 1
count(some_gauge > 5) / count(some_gauge) > 0.5
quantile(0.5, redis_up) - redis_up != 0
topk(NaN, some_gauge) or redis_up
holt_winters(some_gauge[10m], 2, 0.5) or redis_up
label_replace(redis_up, "new", "$1", "job", "(?=a)")
some_gauge * on () group_left (mode) redis_up or redis_up
limitk(1, redis_up) - redis_up != 0
avg(redis_up) - max(redis_up) != 0
redis_up / sum(redis_up) > 1
count(count_values("v", redis_connected_slaves)) > 1
hour() >= 8 and hour() < 8
hour() >= 8 and on () hour() < 9
redis_memory_used_bytes > 2 * redis_memory_used_bytes
redis_memory_used_bytes > on () group_left () 0.5 * max(redis_memory_used_bytes)
redis_memory_used_bytes > 1.5 * scalar(avg(redis_memory_used_bytes))
count(sum by (instance) (rate(node_cpu_seconds_total[5m]))) > 1
count by (mode) (sum by (instance, mode) (rate(node_cpu_seconds_total[5m]))) > 1
count(sum by (instance) (rate(redis_commands_total[5m]))) > 1 for 20m
count(sum by (instance, mode) (node_cpu_seconds_total)) > 1
count(sum by (instance) (some_gauge)) > 1
"""
ON_JOBS = """
count(up{job="web"}) > 2
count(up{job="web"} == 0) > 2 for 10m
count(up{job="web"}) > 3
count(up{job=~"web|api"}) > 3
count(up == 0) > 3
sum(up{job="web"}) < 4
sum(up) < 3
stddev(up) > 0
max(up) - min(up) > 0
count(redis_up) > 1
count(redis_up) > 2 for 10m
sum(redis_up) < 3
count by (job) (redis_up) > 1
count(redis_up{job="redis"}) > 2
max(redis_connected_slaves) - min(redis_connected_slaves) > 0
count(nodejs_eventloop_lag_seconds) > 1
max(process_start_time_seconds) - min(process_start_time_seconds) > 0
count(node_load1) > 1
absent(up{job="gone"})
up{job="gone"} == 0
"""
JOBS = msgspec.convert(
    {
        "name": "jobs", "nodes": 1, "defaults": {"replicas": 1, "members": 1, "mode": "standalone", "scraped": True},
        "jobs": {
            "web": {"targets": 3}, "api": {"targets": 1}, "redis": {"targets": 2, "technology": "redis_exporter"},
            "node": {"targets": 1, "technology": "node_exporter"},
        },
    },
    Topology,
)  # fmt: skip
"""Several scrape jobs with several targets each: numbers of targets, and not of jobs, are what counts."""


def cases() -> Iterator[Case]:
    """The battery as cases on one topology, and some on another."""
    topology = load(TOPOLOGY, shipped().presets)
    for here, expressions in ((topology, EXPRESSIONS), (JOBS, ON_JOBS)):
        for number, line in enumerate(expressions.strip().splitlines()):
            expr, _, for_ = line.partition(" for ")
            name = f"battery {here.name or TOPOLOGY} {number}"
            yield Case(name, expr, parse(expr), parse_duration(for_) if for_ else 0.0, here)
