"""Whether conditions of a ruleset (``docs/rulesets.md``, "when") hold in a topology: yes, no, or open.

The conditions' words are the topology's own; what follows from a condition is for :mod:`promtrim.knowledge`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Union

from promtrim.topology.model import (
    OPEN,
    Count,
    CountValue,
    Datastore,
    Topology,
    Tristate,
    Workload,
    parse_count,
)

Scalar = Union[bool, int, float, str]  # noqa: UP007 - as in promtrim.knowledge.model
Property = Union[Count, bool, str, None]  # noqa: UP007
"""What the topology says of one property: a count, a flag, a word; ``None`` is open."""

_COMPARISON = re.compile(r"\s*(>=|<=|>|<)\s*(\d+(?:\.\d+)?)\s*$")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


def holds(
    conditions: Mapping[str, Scalar],
    topology: Topology,
    technology: str,
    ruleset_options: Mapping[str, Scalar] | None = None,
) -> Tristate:
    """Whether all conditions hold: "yes" and "no" only where that is certain; no conditions hold everywhere.

    Args:
        conditions: property to wanted value, as in a ruleset's ``if``.
        technology: of the ruleset; ``members``, ``mode`` and ``replicas`` are its.
        ruleset_options: the options that are known (:func:`known_options`); one that is missing is open.

    Raises:
        ValueError: an unknown property, or a value that does not fit it: a mistake in the ruleset.
    """
    answer: Tristate = "yes"
    for name, wanted in conditions.items():
        if name.startswith("option."):
            found = _equal(_option(ruleset_options, name[7:]), wanted)
        else:
            answers = {_compare(name, each, wanted) for each in _properties(name, topology, technology)}
            # Several of one kind: certain only if all agree.
            found = answers.pop() if len(answers) == 1 else "open"
        if found == "no":
            return "no"
        if found == "open":
            answer = "open"
    return answer


def known_options(topology: Topology, ruleset: str, defaults: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """The options of a ruleset that are certain.

    Once the topology lists the ruleset, the options that it does not name have their defaults. A topology
    that says nothing of the ruleset leaves all its options open: nobody has looked at them.
    """
    stated = topology.options.get(ruleset)
    return {} if stated is None else {**defaults, **stated}


def mistakes(conditions: Mapping[str, Scalar], options: Iterable[str] = ()) -> list[str]:
    """What :func:`holds` would not understand, one sentence each; for checking rulesets."""
    found = []
    for name, wanted in conditions.items():
        if name.startswith("option."):
            if name[7:] not in options:
                found.append(f"{name}: the ruleset has no option {name[7:]!r}")
            continue
        if name not in _KINDS:
            found.append(f"unknown condition {name!r}, use one of: {', '.join(sorted(_KINDS))}, option.NAME")
            continue
        try:
            _compare(name, {"count": OPEN, "flag": None, "word": None}[_KINDS[name]], wanted)
        except ValueError as error:
            found.append(str(error))
    return found


_KINDS = {
    "nodes": "count", "zones": "count", "replicas": "count", "members": "count", "prometheus": "count",
    "alertmanagers": "count", "mode": "word", "distribution": "word", "volume-driver": "word", "hpa": "flag",
    "vpa": "flag", "keda": "flag", "cluster-autoscaler": "flag", "pod-disruption-budgets": "flag",
    "volume-statistics": "flag", "remote-peers": "flag",
}  # fmt: skip

_NEEDS_KUBERNETES = {"hpa", "vpa", "keda", "cluster-autoscaler", "pod-disruption-budgets"}


def _properties(name: str, topology: Topology, technology: str) -> list[Property]:
    """What the topology says; several values where several things have the property."""
    if name == "replicas":
        return list(_replicas(topology, technology))
    if name == "members":
        return list(members(topology, technology))
    if name == "mode":
        return list(_modes(topology, technology))
    if name in _NEEDS_KUBERNETES and topology.kubernetes.distribution == "none":
        return [False]
    server, scaling = topology.prometheus, topology.autoscaling
    if name in _COUNTS:
        return [_count(_COUNTS[name](topology))]
    simple: dict[str, bool | str | None] = {
        "distribution": topology.kubernetes.distribution,
        "pod-disruption-budgets": topology.kubernetes.pod_disruption_budgets,
        "volume-statistics": topology.volumes.statistics,
        "volume-driver": topology.volumes.driver,
        "remote-peers": server.remote_peers,
        "hpa": scaling.hpa,
        "vpa": scaling.vpa,
        "keda": scaling.keda,
        "cluster-autoscaler": scaling.cluster,
    }
    if name not in simple:
        raise ValueError(f"unknown condition {name!r}, use one of: {', '.join(sorted(_KINDS))}, option.NAME")
    return [simple[name]]


_COUNTS: dict[str, Callable[[Topology], CountValue]] = {
    "nodes": lambda topology: topology.nodes,
    "zones": lambda topology: topology.zones,
    "prometheus": lambda topology: topology.prometheus.instances,
    "alertmanagers": lambda topology: topology.prometheus.alertmanagers,
}

_MONITORING = {"prometheus": "prometheus", "alertmanager": "alertmanagers"}
"""Technologies that the topology counts in a section of their own."""


def _replicas(topology: Topology, technology: str) -> list[Count]:
    """Of the technology's workloads; where there are none (it watches them all) of every workload."""
    own = _entries(topology, technology)
    if own:
        return [_size(each, topology) for each in own]
    everything = [_size(each, topology) for each in _all(topology).values() if not each.external]
    if not topology.closed or not everything:
        everything.append(_count(topology.defaults.replicas))
    return everything


def members(topology: Topology, technology: str) -> list[Count]:
    """Configured members of each thing of a technology; what the defaults say where none is listed."""
    own = _entries(topology, technology)
    if own:
        return [_size(each, topology) for each in own]
    if technology in _MONITORING:
        stated = _count(_COUNTS[_MONITORING[technology]](topology))
        if stated != OPEN:
            return [stated]
    return [_default_members(topology)]


def _modes(topology: Topology, technology: str) -> list[str | None]:
    own = _entries(topology, technology) or [Datastore()]
    return [_mode(each, topology) for each in own]


def _mode(entry: Workload | Datastore, topology: Topology) -> str | None:
    stated = entry.mode if isinstance(entry, Datastore) else None
    size = _size(entry, topology)
    if stated is None and size == _default_members(topology):
        stated = topology.defaults.mode
    return _NOT_ALONE if stated is None and size.lo > 1 else stated


_NOT_ALONE = "replicated|cluster|sharded"
"""More than one member and nothing else known: any of these."""


def _all(topology: Topology) -> dict[str, Workload | Datastore]:
    return {**topology.workloads, **topology.datastores}


def _entries(topology: Topology, technology: str) -> list[Workload | Datastore]:
    """What is of a technology; where none is written, a name says it."""
    return [each for name, each in _all(topology).items() if (each.technology or name) == technology]


def _size(entry: Workload | Datastore, topology: Topology) -> Count:
    """How many there are of it: as written, else as the defaults say."""
    if isinstance(entry, Workload):
        return _count(topology.defaults.replicas if entry.replicas is None else entry.replicas)
    if entry.members is None:
        return Count(1, 1) if entry.mode == "standalone" else _default_members(topology)
    return _count(entry.members)


def _default_members(topology: Topology) -> Count:
    defaults = topology.defaults
    if defaults.members is None and defaults.mode == "standalone":
        return Count(1, 1)
    return _count(defaults.members)


@lru_cache(maxsize=512)
def _count(value: CountValue) -> Count:
    return parse_count(value) or OPEN


def _option(options: Mapping[str, Scalar] | None, name: str) -> bool | str | None:
    value = (options or {}).get(name)
    return value if value is None or isinstance(value, bool) else str(value)


def _compare(name: str, found: Property, wanted: Scalar) -> Tristate:
    kind = _KINDS[name]
    if kind == "count":
        return _compare_count(found if isinstance(found, Count) else OPEN, wanted, name)
    if kind == "flag" and not isinstance(wanted, bool):
        raise ValueError(f"condition {name}: {wanted!r} is neither true nor false")
    if kind == "word" and not isinstance(wanted, str):
        raise ValueError(f"condition {name}: {wanted!r} is no word")
    if isinstance(found, str) and "|" in found:
        answers = {_equal(each, wanted) for each in found.split("|")}
        return answers.pop() if len(answers) == 1 else "open"
    return _equal(found if not isinstance(found, Count) else None, wanted)


def _equal(found: bool | str | None, wanted: Scalar) -> Tristate:
    if found is None:
        return "open"
    if isinstance(found, bool) or isinstance(wanted, bool):
        return "yes" if found is wanted else "no"
    return "yes" if found in [word.strip() for word in str(wanted).split("|")] else "no"


def _compare_count(found: Count, wanted: Scalar, name: str) -> Tristate:
    if isinstance(wanted, bool):
        raise ValueError(f"condition {name}: {wanted!r} is no count")
    if isinstance(wanted, str) and (match := _COMPARISON.match(wanted)):
        compare, bound = _OPERATORS[match[1]], float(match[2])
        ends = {compare(found.lo, bound), compare(found.hi, bound)}
        return "open" if len(ends) == 2 else "yes" if ends.pop() else "no"
    try:
        numbers = {float(word) for word in str(wanted).split("|")}
    except ValueError:
        raise ValueError(f"condition {name}: {wanted!r} is no count, write 1, '1|2' or '>1'") from None
    if not any(found.lo <= number <= found.hi for number in numbers):
        return "no"
    if found.hi - found.lo < 100 and all(float(number) in numbers for number in range(int(found.lo), int(found.hi) + 1)):
        return "yes"
    return "open"
