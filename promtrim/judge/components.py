"""Which components an alert watches: workloads, datastores, volumes, the node, the cluster, the monitoring itself."""

from __future__ import annotations

from promtrim.judge.signals import Signal, metric_name
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.model import Ruleset
from promtrim.patterns import matches
from promtrim.promql.tree import Selector
from promtrim.topology.model import Topology

OBJECT_LABELS = ("deployment", "statefulset", "daemonset", "container", "app", "service")
"""Labels that name a workload."""
ANY_WORKLOAD = "workloads"
KINDS = {"node": "node", "hardware": "node", "cluster": "cluster", "volume": "volume", "monitoring": "monitoring"}


def components(metrics: Metrics, found: tuple[Signal, ...], constant: bool) -> tuple[str, ...]:
    """What the alert watches, what its first signal is about first.

    Named by a matcher (job, deployment, container), by the workload that exports the metric, or by the technology that
    the metric's ruleset is about.
    """
    if constant:
        return ("monitoring",)
    names: dict[str, None] = {}
    for signal in found:
        if signal.guard and names:
            continue
        for selector in signal.selectors[:1] if signal.shape == "ratio" else signal.selectors[:4]:
            for name in _of_selector(metrics, selector):
                names[name] = None
    return tuple(names) or ("application",)


def _of_selector(metrics: Metrics, selector: Selector) -> tuple[str, ...]:
    topology = metrics.topology
    named = _named(topology, selector)
    if named:
        return named
    name = metric_name(selector)
    owners = tuple(w for w, workload in topology.workloads.items() if _exports(workload.metrics, name))
    if owners:
        return owners
    for known in metrics.known(name):
        head = metrics.head(known)
        place = known.metric.component
        if place == "workload":
            return _workloads(topology)
        if place is not None and place.startswith("{"):
            value = next((m.value for m in selector.matchers if m.name == place[1:-1] and m.op == "="), None)
            return (value,) if value else _workloads(topology)
        if place is not None:
            return (place,)
        return _of_ruleset(topology, head, selector)
    job = _job(selector)
    return (job,) if job else ()


def _named(topology: Topology, selector: Selector) -> tuple[str, ...]:
    """Workloads and datastores of the topology that a matcher names."""
    for matcher in selector.matchers:
        if matcher.op not in ("=", "=~"):
            continue
        if matcher.name == "job":
            owners = [name for name, w in topology.workloads.items() if _matches(matcher.value, matcher.op, w.jobs)]
            owners += [name for name, d in topology.datastores.items() if _matches(matcher.value, matcher.op, d.jobs)]
            job = (topology.jobs or {}).get(matcher.value)
            if job is not None and job.component:
                owners.append(job.component)
            if owners:
                return tuple(owners)
        if matcher.name == "job" or matcher.name in OBJECT_LABELS:
            everything = (*topology.workloads, *topology.datastores)
            hit = tuple(name for name in everything if _matches(matcher.value, matcher.op, (name,)))
            if hit:
                return hit
    return ()


def _matches(pattern: str, op: str, names: tuple[str, ...]) -> bool:
    if op == "=":
        return pattern in names
    return any(matches(pattern, name) for name in names)


def _exports(prefixes: tuple[str, ...], name: str) -> bool:
    return any(name.startswith(prefix) if prefix.endswith("_") else name == prefix for prefix in prefixes)


def _of_ruleset(topology: Topology, head: Ruleset, selector: Selector) -> tuple[str, ...]:
    stores = tuple(name for name, d in topology.datastores.items() if (d.technology or name) == head.technology)
    if stores:
        return stores
    if head.kind in KINDS:
        job = _job(selector) if head.kind == "monitoring" else None
        return (job or KINDS[head.kind],)
    if head.kind in ("workload", "probe", "other"):
        owners = tuple(name for name, w in topology.workloads.items() if w.technology == head.technology)
        return owners or ((_job(selector),) if _job(selector) else ("application",))  # type: ignore[return-value]
    return (head.technology,)


def _workloads(topology: Topology) -> tuple[str, ...]:
    return tuple(name for name, w in topology.workloads.items() if not w.external) or (ANY_WORKLOAD,)


def _job(selector: Selector) -> str | None:
    return next((m.value for m in selector.matchers if m.name == "job" and m.op == "="), None)
