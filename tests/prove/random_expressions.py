"""Random alert expressions over a few known and unknown metrics: every operator, aggregation and function of PromQL.

They lean towards what an evaluator reasons about (a value with itself, counts of few, contradictions, clock functions), so
that many get a verdict and the others get claims about their sub-expressions.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

import msgspec

from promtrim.knowledge.index import shipped
from promtrim.promql.parse import ExpressionError, parse
from promtrim.topology.load import load
from promtrim.topology.model import Topology
from tests.prove.model import Case

GAUGES = (
    "up", "kube_node_info", "kube_deployment_spec_replicas", "kube_node_status_condition", "kube_node_status_allocatable",
    "kube_pod_status_phase", "kube_statefulset_replicas", "redis_up", "redis_connected_slaves", "redis_memory_used_bytes",
    "elasticsearch_cluster_health_number_of_nodes", "elasticsearch_cluster_health_status",
    "elasticsearch_cluster_health_unassigned_shards", "node_filesystem_avail_bytes", "node_load1", "node_time_seconds",
    "prometheus_config_last_reload_successful", "etcd_server_has_leader", "some_gauge", "other_gauge",
)  # fmt: skip
COUNTERS = (
    "node_cpu_seconds_total", "redis_rejected_connections_total", "prometheus_notifications_dropped_total",
    "etcd_server_leader_changes_seen_total", "some_total", "other_total",
)  # fmt: skip
HISTOGRAMS = ("etcd_disk_wal_fsync_duration_seconds_bucket", "some_seconds_bucket")
LABELS = {
    "job": ("node", "redis", "api"), "instance": ("a:1", "b:2"), "namespace": ("prod", "kube-system"),
    "mode": ("idle", "system"), "condition": ("Ready", "MemoryPressure"), "status": ("true", "false"),
    "color": ("green", "red", "yellow"), "phase": ("Failed", "Running"), "node": ("n1",), "code": ("200", "500"),
}  # fmt: skip
RANGES = ("1m", "5m", "10m", "30m")
NUMBERS = ("0", "1", "2", "3", "0.5", "-1", "0.9", "100", "1e6", "Inf", "NaN", "1e-9")
FEW = ("0", "1", "2", "3")
MAPPED = (
    "abs", "ceil", "floor", "round", "exp", "ln", "log2", "log10", "sqrt", "sgn", "sin", "cos", "tan", "asin", "acos",
    "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad", "timestamp", "sort", "sort_desc", "minute",
    "hour", "month", "year", "day_of_week", "day_of_month", "days_in_month", "day_of_year",
)  # fmt: skip
OVER_TIME = (
    "avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "last_over_time",
    "present_over_time", "stddev_over_time", "stdvar_over_time", "changes", "resets", "delta", "idelta", "deriv",
    "absent_over_time", "mad_over_time", "ts_of_min_over_time", "ts_of_max_over_time", "ts_of_last_over_time",
)  # fmt: skip
OF_HISTOGRAMS = ("histogram_count", "histogram_sum", "histogram_avg", "histogram_stddev", "histogram_stdvar")
SHIFTS = (" offset 5m", " offset 5m", " offset -3m", " @ 600", " @ end()", " @ start()", " @ 300 offset 2m")
RATES = ("rate", "increase", "irate", "delta", "changes", "resets")
AGGREGATIONS = ("sum", "min", "max", "avg", "count", "group", "stddev", "stdvar")
CLOCKS = ("hour()", "minute()", "month()", "day_of_week()", "day_of_month()", "days_in_month()", "day_of_year()", "year()")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
ARITHMETIC = ("-", "/", "/", "+", "-", "*", "/", "%", "^", "atan2")
SETS = ("and", "and", "or", "unless", "and on ()", "unless on ()", "or on ()", "and on (job)", "and ignoring (mode)")
MATCHINGS = (
    "", "", "on ()", "on (job)", "on (instance)", "ignoring (mode)", "ignoring (job, instance)", "on (job) group_left ()",
    "on (instance) group_right ()", "on (job) group_left (node)",
)  # fmt: skip
GROUPINGS = ("", "", " by (job) ", " by (instance) ", " by () ", " without (instance) ", " by (namespace, node) ")
MATCHERS = (
    '{label}="{value}"', '{label}="{value}"', '{label}!="{value}"', '{label}=~"{values}"', '{label}=~".+"',
    '{label}!~"{value}.*"', '{label}=~"{start}.*"', '{label}=""',
)  # fmt: skip
VECTORS = (
    "{over}({gauge}[{range}]{offset})",
    "{rate}({counter}[{range}]{offset})",
    "{gauge}{shift}",
    "absent({gauge}{shift})",
    "{of_histograms}({v})",
    "{of_histograms}(rate({gauge}[{range}]))",
    "histogram_fraction(0, {number}, {v})",
    "histogram_quantile({phi}, {v})",
    "{smoothing}({gauge}[{range}], 0.5, 0.5)",
    "{smoothing}({gauge}[{range}], 2, 0.5)",
    'label_replace({v}, "new", "$1", "job", "(?=a)")',
    'label_join({v}, "no-name", "-", "job")',
    "topk({number}, {v})",
    "({v}) {arithmetic} on (job) group_left (instance) ({v})",
    "{sorting}({v}, \"job\")",
    "limitk{by}({few}, {v})",
    "limit_ratio({phi}, {v})",
    "count({over_steps}(({choosing})[{steps}:]))",
    "({v}) {arithmetic} vector({zero})",
    "({v}) {arithmetic} vector(scalar({v}))",
    "{aggregation}{by}({v})",
    "{aggregation}{by}({v})",
    "{aggregation}{by}({v})",
    "topk{by}({few}, {v})",
    "bottomk({few}, {v})",
    "quantile{by}({phi}, {v})",
    'count_values("value", {v})',
    "{mapped}({v})",
    "{mapped}({v})",
    "absent({v})",
    "vector({number})",
    "{clock}",
    "vector(scalar({v}))",
    "vector(time()) - ({v})",
    "clamp({v}, {number}, {number})",
    "clamp_min({v}, {number})",
    "clamp_max({v}, {number})",
    "-({v})",
    "round({v}, {step})",
    'label_replace({v}, "job", "x", "", "")',
    'label_replace({v}, "new", "$1", "job", "(.*)")',
    'label_join({v}, "new", "-", "job", "instance")',
    "histogram_quantile({phi}, rate({bucket}[5m]))",
    "histogram_quantile(0.9, sum by (le) (rate({bucket}[5m])))",
    "predict_linear({gauge}[{range}], {ahead})",
    "predict_linear({gauge}[{range}], scalar({v}))",
    "quantile_over_time({phi}, {gauge}[{range}])",
    "{over_steps}(({c})[{steps}:1m])",
    "{over_steps}(({v})[{steps}:]{shift})",
    "{over_steps}(({v})[{steps}:2m])",
    "{over_steps}({over_steps}(({v})[{steps}:1m])[{steps}:1m])",
    "({c}) {set} ({c})",
    "({c}) {set} ({c})",
    "({v}) {arithmetic} {number}",
    "({v}) {arithmetic} {matching} ({v})",
    "({v}) {arithmetic} {matching} ({v})",
    "({same}) {arithmetic} {matching} ({same})",
    "({same}) {arithmetic} {aggregation}({same})",
)
CONDITIONS = (
    "({v}) {comparison} {number}",
    "({v}) {comparison} {few}",
    "({v}) {comparison} {few}",
    "{number} {comparison} ({v})",
    "({v}) {comparison} bool {few}",
    "({v}) {comparison} {matching} ({v})",
    "({same}) {comparison} {matching} ({same})",
    "({same}) {comparison} {aggregation}({same})",
    "({v}) {comparison} bool ({v})",
)
TOPOLOGIES = ("single-node", "single-node", "single-node-k3s", "docker-compose", "ha-cluster", "jobs")
JOBS = msgspec.convert(
    {
        "name": "jobs", "nodes": 1, "defaults": {"replicas": 1, "members": 1, "mode": "standalone", "scraped": True},
        "jobs": {
            "node": {"targets": 1, "technology": "node_exporter"}, "redis": {"targets": 3, "technology": "redis"},
            "api": {"targets": "2"}, "web": {"targets": "0..2"}, "etcd": {"targets": 1},
        },
    },
    Topology,
)  # fmt: skip
"""All scrape jobs are known, and how many targets each has: one, several, and some that may have none."""


def cases(count: int, seed: int) -> Iterator[Case]:
    """So many cases; the same for the same seed."""
    rng = random.Random(seed)
    known = {name: load(name, shipped().presets) for name in dict.fromkeys(TOPOLOGIES) if name != "jobs"}
    known["jobs"] = JOBS
    made = 0
    while made < count:
        expr = Writer(rng).alert()
        try:
            node = parse(expr)
        except ExpressionError:
            continue
        topology = known[rng.choice(TOPOLOGIES)]
        for_ = rng.choice((0.0, 0.0, 0.0, 120.0, 600.0))
        yield Case(f"random {seed}/{made}", expr, node, for_, topology)
        made += 1


class Writer:
    """Writes one expression by filling in templates."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self._gauges = rng.sample(GAUGES, 2)
        self._counter = rng.choice(COUNTERS)
        self._earlier: list[str] = []
        words: dict[str, tuple[str, ...]] = {
            "over": OVER_TIME,
            "rate": RATES,
            "aggregation": AGGREGATIONS,
            "by": GROUPINGS,
            "mapped": MAPPED,
            "clock": CLOCKS,
            "range": RANGES,
            "offset": ("", "", "", "", *SHIFTS),
            "shift": SHIFTS,
            "of_histograms": OF_HISTOGRAMS,
            "smoothing": ("holt_winters", "double_exponential_smoothing"),
            "sorting": ("sort_by_label", "sort_by_label_desc"),
            "ahead": ("3600", "-60", "0", "NaN", "Inf"),
            "zero": ("0", "-0", "0 * -1", "0 - 0", "-(0)"),
            "few": FEW,
            "number": NUMBERS,
            "set": SETS,
            "phi": ("0", "0.5", "0.9", "1", "2"),
            "step": ("5", "0.1", "0", "-2"),
            "steps": ("5m", "10m"),
            "arithmetic": ARITHMETIC,
            "matching": MATCHINGS,
            "comparison": COMPARISONS,
            "over_steps": ("max_over_time", "min_over_time", "count_over_time", "avg_over_time", "last_over_time"),
        }
        self._words = words

    def alert(self) -> str:
        """An expression as an alert would have it: mostly a condition."""
        kind = self.rng.random()
        if kind < 0.55:
            return self.condition(self.rng.randint(0, 2))
        if kind < 0.85:
            return self._fill("({c}) {set} ({c})", 2)
        return self.vector(2)

    def condition(self, depth: int) -> str:
        """A comparison."""
        return self._fill(self.rng.choice(CONDITIONS), depth + 1)

    def vector(self, depth: int) -> str:
        """A vector; now and then one that was there before, so that the same stands on both sides of an operator."""
        if self._earlier and self.rng.random() < 0.2:
            return self.rng.choice(self._earlier)
        if depth > 0:
            made = self._fill(self.rng.choice(VECTORS), depth)
        else:
            made = self.selector(self.rng.choice((*self._gauges, self._counter)))
        self._earlier.append(made)
        return made

    def _fill(self, template: str, depth: int) -> str:
        below: dict[str, Callable[[], str]] = {
            "v": lambda: self.vector(depth - 1),
            "c": lambda: self.condition(depth - 2),
            "choosing": lambda: self.rng.choice(
                (f"topk(1, {self.vector(0)})", f'count_values("v", {self.vector(0)})', f"bottomk by (job) (1, {self.vector(0)})")
            ),
            "gauge": lambda: self.selector(self.rng.choice(self._gauges)),
            "counter": lambda: self.selector(self._counter),
            "bucket": lambda: self.selector(self.rng.choice(HISTOGRAMS)),
        }
        same = self.vector(depth - 1) if "{same}" in template else ""

        def word(match: re.Match[str]) -> str:
            name = match[1]
            if name == "same":
                return same
            return below[name]() if name in below else self.rng.choice(self._words[name])

        return re.sub(r"\{(\w+)\}", word, template)

    def selector(self, name: str) -> str:
        """A selector of a metric with some matchers."""
        matchers = []
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            label = self.rng.choice(list(LABELS))
            values = LABELS[label]
            value = self.rng.choice(values)
            template = self.rng.choice(MATCHERS)
            matchers.append(template.format(label=label, value=value, values="|".join(values), start=values[0][:2]))
        return name + (f"{{{', '.join(matchers)}}}" if matchers else "")
