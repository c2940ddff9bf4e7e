"""The shape of a ruleset: facts about one exporter's metrics. Values only.

A ruleset is one YAML file in ``rulesets/`` of exactly this shape (``docs/rulesets.md`` explains each field;
``schema/ruleset.schema.json`` checks it). Everything said here must be defensible before the exporter's
maintainers, and carries its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Union

import msgspec

Number = Union[int, float]  # noqa: UP007 - msgspec reads it at run time on Python 3.10
Scalar = Union[bool, int, float, str]  # noqa: UP007
Bound = Union[int, float, str]  # noqa: UP007 - "inf", "-inf"

MetricType = Literal["counter", "gauge", "histogram", "summary", "info", "stateset", "untyped"]
Tier = Literal["critical", "useful", "low"]
FailureMode = Literal[
    "down", "errors", "latency", "disk", "memory", "cpu", "connections", "certificate", "backup", "crash",
    "corruption", "replication", "quorum", "scaling", "config", "queue", "network", "hardware", "security",
    "monitoring", "performance", "scheduling", "other",
]  # fmt: skip

Shape = Literal[
    "value", "rate", "ratio", "quantile", "absent", "age", "prediction", "count", "changes", "spread", "variants",
]  # fmt: skip
"""How an expression uses its metric; ``docs/rulesets.md``, "judge", says what each is."""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a fact can be looked up."""

    url: str
    note: str | None = None


class Consequence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What follows for a metric where a condition on the topology certainly holds."""

    if_: dict[str, Scalar] = msgspec.field(name="if")
    """All must hold: property of the topology to its value ("members: 1", "hpa: false", "nodes: '>1'")."""
    labels: dict[str, str] = {}
    """Only for series with these label values (a value may be ``a|b``); empty: for all series of the metric."""
    absent: bool = False
    value: Number | None = None
    range: tuple[Bound, Bound] | None = None
    healthy: Union[Number, tuple[Bound, Bound], None] = None  # noqa: UP007
    series: int | None = None
    """How many series per target, at most and at least, in all."""
    identity: tuple[str, ...] | None = None
    """One series per target and combination of these labels, fewer than the metric's ``identity`` says."""
    steady: bool = False
    """Each series keeps its value: it never changes, resets or grows."""
    settles: str | None = None
    """For how long at a time, after a start say, it does not hold (``30s``); a longer ``for`` rules that out."""
    meaningless: bool = False
    """A judgement, not a proof: it could be otherwise, but about nothing real on this topology."""
    because: str = ""
    """One sentence that a tired person understands."""
    source: str | None = None


class Judgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What an alert on this metric is about when it compares so. The first that fits counts."""

    labels: dict[str, str] = {}
    """Only where the selector demands these values (a value is a regular expression on the matcher's value)."""
    above: Number | None = None
    """Fires on values at or above a threshold of at least this (`> 0.9` fits `above: 0.85`)."""
    below: Number | None = None
    """Fires on values at or below a threshold of at most this."""
    per: Literal["second", "minute", "hour", "day", None] = None
    """The bounds count events per this time, whatever the range (`increase(x[10m]) > 3` is 18 per hour)."""
    shape: str | None = None
    """A ``Shape``; ``promtrim rules check`` looks whether it is one."""
    tier: Tier | None = None
    mode: FailureMode | None = None
    because: str | None = None


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Facts about one metric, or about all metrics whose name fits a pattern with ``*``."""

    type: MetricType = "untyped"
    unit: str | None = None
    help: str | None = None
    labels: tuple[str, ...] | None = None
    """Every label that the exporter itself can set; None: not known."""
    values: dict[str, tuple[str, ...]] = {}
    """Label to all its possible values."""
    identity: tuple[str, ...] | None = None
    """One series per target and combination of these labels; ``[]``: one per target; None: not known."""
    range: tuple[Bound, Bound] | None = None
    """Possible values; None: what the type implies (counter, histogram parts: 0 and more)."""
    integer: bool = False
    nan: bool | None = None
    """Whether a sample may be NaN; None: what the type implies (only untyped and summary quantiles may)."""
    healthy: Union[Number, tuple[Bound, Bound], None] = None  # noqa: UP007
    """Values while nothing is wrong."""
    present: bool = False
    """Exists, without gaps, in every healthy deployment that runs and scrapes the exporter with its defaults."""
    when: tuple[Consequence, ...] = ()
    mode: FailureMode | None = None
    tier: Tier | None = None
    judge: tuple[Judgement, ...] = ()
    component: str | None = None
    """What an alert on it watches, where this differs from the ruleset's: node, volume, {label}, ..."""
    renamed_to: str | None = None
    """This name is gone; the exporter now uses another one."""
    since: str | None = None
    until: str | None = None
    source: str | None = None
    """A key of ``sources``, or an URL; None: the ruleset's first source."""


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What one scrape target of the exporter stands for."""

    per: Literal["node", "member", "replica", "cluster", "prometheus", "unknown"] = "unknown"
    """One target per: Kubernetes or host node; member of the technology; workload replica; cluster (one in all)."""
    survives: bool = False
    """Whether the target's identity (``instance``) survives a restart: host processes yes, pods no."""


class Detect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """How a workload is recognised as this exporter or as what it watches."""

    images: tuple[str, ...] = ()
    """Image names without registry and tag (``oliver006/redis_exporter``), of the exporter."""
    ports: tuple[int, ...] = ()
    relay_images: tuple[str, ...] = ()
    """Programs that pass on series of others (collectors, gateways): what answers there may export anything."""
    push_images: tuple[str, ...] = ()
    """Of those, programs to which applications push metrics of their own: no exporter's come from there."""
    technology_images: tuple[str, ...] = ()
    technology_ports: tuple[int, ...] = ()
    """Ports of the watched program itself; they speak no Prometheus unless in ``ports``."""
    jobs: tuple[str, ...] = ()
    """Usual names of scrape jobs, as regular expressions."""
    at_run_time: tuple[Literal["nodes", "copies"], ...] = ()
    """What commands set up while it runs, so that no manifest shows it: nodes joined, data copied to another server."""


class LiveQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A query whose result on a running server is what a topology says: a configured number, or what is at least there."""

    sets: str
    """Path of the value in a topology; ``*`` is the name that each result gives: workloads.*.replicas."""
    query: str
    """An instant vector (PromQL). It is asked only where series of the first metric that it names are there."""
    name: str | None = None
    """The label whose value is the name for ``*``."""
    value: Union[bool, int, str, None] = None  # noqa: UP007
    """What it says where there is a result; None: the number of each result."""
    least: bool = False
    """The number is what is seen now: at least so many."""
    also: dict[str, str] = {}
    """More of the same entry, ``{label}`` standing for a label of the result: ``namespace: "{namespace}"``."""


class Ruleset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Facts about one exporter (or program that exports its own metrics)."""

    ruleset: str
    """Its id; the file's name without ``.yml``."""
    title: str
    technology: str
    """What it watches: redis, postgresql, node, kubernetes, ... The conditions ``members`` and ``mode`` are its."""
    kind: Literal[
        "workload", "datastore", "cache", "broker", "proxy", "node", "cluster", "volume", "monitoring", "probe",
        "hardware", "network", "cloud", "ci", "identity", "other",
    ]  # fmt: skip
    sources: dict[str, Source]
    prefixes: tuple[str, ...] = ()
    """Metric names that start so are this exporter's: one that is not listed below is renamed or misspelt."""
    complete: bool = False
    """Whether ``metrics`` lists all that the exporter exports, so that an unlisted name is worth a word."""
    target: Target = Target()
    up: Union[FailureMode, None] = "down"  # noqa: UP007
    detect: Detect = Detect()
    options: dict[str, Scalar] = {}
    """Options (collectors, flags) that conditions name as ``option.NAME``, with their defaults."""
    counts: dict[str, Literal["nodes", "zones"]] = {}
    """Labels that name one of what the topology counts: as many values, at most."""
    metrics: dict[str, Metric] = {}
    renamed_labels: dict[str, str] = {}
    """Labels that none of its metrics has any more, to those that took their place."""
    records: dict[str, str] = {}
    """Recording rules that everybody knows by name, to what they record (PromQL)."""
    live: tuple[LiveQuery, ...] = ()
    """Queries by which a running server tells what a topology says."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One name in the index."""

    ruleset: str
    metric: str
    """Its name in the ruleset (the base name of a histogram, or the pattern)."""
    part: str
    """``bucket``, ``count`` or ``sum`` of a histogram or summary; else empty."""
    encoded: msgspec.Raw
    """The ``Metric`` as MessagePack."""


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names that contain one of the words are probably about this."""

    words: tuple[str, ...]
    mode: FailureMode
    tier: Tier
    shapes: tuple[str, ...] = ()
    """Only for these shapes of the expression; empty: any."""
    sure: bool = False
    """Holds whatever the severity."""


class Index(msgspec.Struct):
    """All rulesets, compiled."""

    heads: dict[str, Ruleset] = {}
    """Without their metrics."""
    exact: Mapping[str, list[Entry]] = {}
    patterns: Mapping[str, list[tuple[str, Entry]]] = {}
    """By what stands before the first ``*``."""
    records: dict[str, str] = {}
    """Recording rules by name, for rules whose own files do not hold them."""
    words: tuple[Word, ...] = ()
    """Vocabulary for names that no ruleset knows."""
    presets: dict[str, str] = {}
    baselines: dict[str, str] = {}
