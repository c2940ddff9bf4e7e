"""Random alert expressions over a few known and unknown metrics: every operator, aggregation and function of PromQL.

They lean towards what an evaluator reasons about (a value with itself, counts of few, contradictions, clock functions), so
that many get a verdict and the others get claims about their sub-expressions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from promtrim.knowledge.index import shipped
from promtrim.promql.parse import ExpressionError, parse
from promtrim.topology.load import load
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
    "abs", "ceil", "floor", "round", "exp", "ln", "log2", "log10", "sqrt", "sgn", "sin", "cos", "tan", "asin", "acos", "atan",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad", "timestamp", "sort", "sort_desc", "minute", "hour",
    "month", "year", "day_of_week", "day_of_month", "days_in_month", "day_of_year",
)  # fmt: skip
OVER_TIME = (
    "avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "count_over_time", "last_over_time",
    "present_over_time", "stddev_over_time", "stdvar_over_time", "changes", "resets", "delta", "idelta", "deriv",
    "absent_over_time",
)  # fmt: skip
RATES = ("rate", "increase", "irate", "delta", "changes", "resets")
AGGREGATIONS = ("sum", "min", "max", "avg", "count", "group", "stddev", "stdvar")
CLOCKS = ("hour()", "minute()", "month()", "day_of_week()", "day_of_month()", "days_in_month()", "day_of_year()", "year()")
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
ARITHMETIC = ("+", "-", "*", "/", "%", "^", "atan2")
TOPOLOGIES = ("single-node", "single-node", "single-node-k3s", "docker-compose", "ha-cluster")


def cases(count: int, seed: int) -> Iterator[Case]:
    """So many cases; the same for the same seed."""
    rng = random.Random(seed)
    known = {name: load(name, shipped().presets) for name in dict.fromkeys(TOPOLOGIES)}
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
    """Writes one expression."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names = [rng.choice(GAUGES) for _ in range(2)]
        self.counters = [rng.choice(COUNTERS)]
        self._earlier: list[str] = []

    def alert(self) -> str:
        """An expression as an alert would have it: mostly a condition."""
        rng = self.rng
        kind = rng.random()
        if kind < 0.55:
            return self.condition(rng.randint(0, 2))
        if kind < 0.85:
            return f"({self.condition(1)}) {self.setting()} ({self.condition(1)})"
        return self.vector(2)

    def setting(self) -> str:
        return self.rng.choice(
            ("and", "and", "or", "unless", "and on ()", "unless on ()", "or on ()", "and on (job)", "and ignoring (mode)")
        )

    def condition(self, depth: int) -> str:
        rng = self.rng
        left = self.vector(depth)
        if rng.random() < 0.15:
            return f"{rng.choice(NUMBERS)} {rng.choice(COMPARISONS)} ({left})"
        if rng.random() < 0.3:
            return f"({left}) {rng.choice(COMPARISONS)} {self.matching()} ({self.other(left, depth)})"
        return f"({left}) {rng.choice(COMPARISONS)} {rng.choice((*NUMBERS, *FEW, *FEW))}"

    def other(self, left: str, depth: int) -> str:
        """A second operand: often the first again, or a part of it."""
        kind = self.rng.random()
        if kind < 0.35:
            return left
        if kind < 0.5:
            return f"{self.rng.choice(AGGREGATIONS)}({left})"
        return self.vector(max(depth - 1, 0))

    def matching(self) -> str:
        return self.rng.choice(("", "", "bool", "on ()", "on (job)", "on (instance)", "ignoring (mode)", "ignoring (job, instance)",
                                "on (job) group_left ()", "on (instance) group_right ()", "on (job) group_left (node)"))  # fmt: skip

    def vector(self, depth: int) -> str:
        rng = self.rng
        if self._earlier and rng.random() < 0.2:
            return rng.choice(self._earlier)
        made = self._vector(depth)
        self._earlier.append(made)
        return made

    def _vector(self, depth: int) -> str:
        rng = self.rng
        if depth <= 0:
            return self.selector()
        kind = rng.randrange(14)
        if kind == 0:
            return f"{rng.choice(OVER_TIME)}({self.ranged(rng.choice(self.names))})"
        if kind == 1:
            return f"{rng.choice(RATES)}({self.ranged(rng.choice(self.counters))})"
        if kind in (2, 3, 4):
            return f"{rng.choice(AGGREGATIONS)}{self.grouping()}({self.vector(depth - 1)})"
        if kind == 5:
            op = rng.choice((f"topk{self.grouping()}({rng.choice(FEW)}, ", f"bottomk({rng.choice(FEW)}, ",
                             f"quantile{self.grouping()}({rng.choice(('0', '0.5', '1', '2'))}, ", 'count_values("value", '))  # fmt: skip
            return f"{op}{self.vector(depth - 1)})"
        if kind == 6:
            return f"{rng.choice(MAPPED)}({self.vector(depth - 1)})"
        if kind == 7:
            return rng.choice((f"absent({self.vector(depth - 1)})", f"vector({rng.choice(NUMBERS)})", rng.choice(CLOCKS),
                               f"vector(scalar({self.vector(depth - 1)}))", f"vector(time()) - {self.vector(depth - 1)}"))  # fmt: skip
        if kind == 8:
            low, high = rng.choice(NUMBERS), rng.choice(NUMBERS)
            return rng.choice((f"clamp({self.vector(depth - 1)}, {low}, {high})", f"clamp_min({self.vector(depth - 1)}, {low})",
                               f"clamp_max({self.vector(depth - 1)}, {high})", f"-({self.vector(depth - 1)})",
                               f"round({self.vector(depth - 1)}, {rng.choice(('5', '0.1', '0', '-2'))})"))  # fmt: skip
        if kind == 9:
            inner = self.vector(depth - 1)
            return rng.choice((f'label_replace({inner}, "job", "x", "", "")', f'label_replace({inner}, "new", "$1", "job", "(.*)")',
                               f'label_join({inner}, "new", "-", "job", "instance")', f"histogram_quantile(0.9, rate({self.bucket()}[5m]))",
                               f"histogram_quantile(0.9, sum by (le) (rate({self.bucket()}[5m])))"))  # fmt: skip
        if kind == 10:
            function = rng.choice(("max_over_time", "min_over_time", "count_over_time", "avg_over_time", "last_over_time"))
            return f"{function}(({self.condition(depth - 1)})[{rng.choice(('5m', '10m'))}:1m])"
        if kind == 11:
            return f"({self.condition(depth - 1)}) {self.setting()} ({self.condition(depth - 1)})"
        if kind == 12:
            return f"({self.vector(depth - 1)}) {rng.choice(ARITHMETIC)} {rng.choice(NUMBERS)}"
        left = self.vector(depth - 1)
        matching = self.matching().replace("bool", "")
        return f"({left}) {rng.choice(('-', '/', '/', *ARITHMETIC))} {matching} ({self.other(left, depth)})"

    def grouping(self) -> str:
        return self.rng.choice(
            ("", "", " by (job) ", " by (instance) ", " by () ", " without (instance) ", " by (namespace, node) ")
        )

    def ranged(self, name: str) -> str:
        offset = self.rng.choice(("", "", "", " offset 5m"))
        return f"{self.selector(name)}[{self.rng.choice(RANGES)}]{offset}"

    def bucket(self) -> str:
        return self.selector(self.rng.choice(HISTOGRAMS))

    def selector(self, name: str | None = None) -> str:
        rng = self.rng
        name = name or rng.choice(self.names + self.counters)
        matchers = []
        for _ in range(rng.choice((0, 0, 1, 1, 2))):
            label = rng.choice(list(LABELS))
            values = LABELS[label]
            matchers.append(rng.choice((
                f'{label}="{rng.choice(values)}"', f'{label}="{rng.choice(values)}"', f'{label}!="{rng.choice(values)}"',
                f'{label}=~"{"|".join(values)}"', f'{label}=~".+"', f'{label}!~"{rng.choice(values)}.*"', f'{label}=~"{values[0][:2]}.*"',
                f'{label}=""',
            )))  # fmt: skip
        return name + (f"{{{', '.join(matchers)}}}" if matchers else "")
