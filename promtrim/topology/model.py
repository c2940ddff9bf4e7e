"""The topology: what is deployed and how many. Values only; reading files belongs beside this module.

A count is *configured* (replicas asked for, nodes, members), not what exists at one moment. ``None`` means
open: it is not known, and nothing is concluded from it. A topology file is YAML of exactly this shape; see
``docs/topology.md``.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Union

import msgspec
from msgspec import Meta

INFINITY = float("inf")

CountText = Annotated[str, Meta(pattern=r"^\s*[0-9]+\s*(\.\.\s*[0-9]*\s*)?$")]
CountValue = Union[Annotated[int, Meta(ge=0)], CountText, None]  # noqa: UP007 - read at run time on Python 3.10
"""A count as a file writes it: ``3``, ``"1..3"``, ``"3.."``; None is open. :func:`parse_count` reads it."""

DurationText = Annotated[str, Meta(pattern=r"^\s*(0|([0-9]+(ms|[smhdwy]))+)\s*$")]
DurationValue = Union[Annotated[int, Meta(ge=0)], Annotated[float, Meta(ge=0)], DurationText, None]  # noqa: UP007
"""Seconds, or a Prometheus duration (``15s``, ``1m30s``). :func:`promtrim.durations.seconds` reads it."""

Mode = Literal["standalone", "replicated", "cluster", "sharded"]
"""How the members of a datastore work together; ``standalone`` has one member."""

WorkloadKind = Literal[
    "deployment", "statefulset", "daemonset", "replicaset", "pod", "job", "cronjob", "container", "process",
    "function",
]  # fmt: skip

CheckMode = Literal["down", "errors", "latency", "certificate", "backup", "network", "monitoring"]
"""What a check from outside can tell; each is a failure mode of ``promtrim.knowledge.model``."""


class Count(msgspec.Struct, frozen=True):
    """A configured number: an interval of integers, both ends included; ``hi`` may be infinite."""

    lo: float = 0
    hi: float = INFINITY

    @property
    def known(self) -> bool:
        return self.lo == self.hi

    def __str__(self) -> str:
        if self.known:
            return str(int(self.lo))
        return f"{int(self.lo)}.." + ("" if self.hi == INFINITY else str(int(self.hi)))


OPEN = Count()
"""Any number: what nothing is known of."""

_RANGE = re.compile(r"\s*(\d+)\s*(?:\.\.\s*(\d*)\s*)?$")


def parse_count(value: int | str | None) -> Count | None:
    """Read ``3``, ``"1..3"``, ``"3.."`` or None (open).

    Raises:
        ValueError: where the text is none of these, or the range is empty.
    """
    if value is None:
        return None
    if isinstance(value, int):
        if value < 0:
            raise ValueError(f"{value} is negative: a count is 0 or more")
        return Count(value, value)
    match = _RANGE.match(value)
    if not match:
        raise ValueError(f"{value!r} is no count: write 3, 1..3 or 3..")
    lo = int(match[1])
    hi: float = lo if ".." not in value else int(match[2]) if match[2] else INFINITY
    if hi < lo:
        raise ValueError(f"{value!r} is an empty range: write the smaller number first")
    return Count(lo, hi)


class PrometheusServer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The Prometheus that evaluates the rules. Intervals in seconds."""

    version: str | None = None
    instances: CountValue = None
    scrape_interval: DurationValue = None
    evaluation_interval: DurationValue = None
    external_labels: dict[str, str] = {}
    alertmanagers: CountValue = None
    remote_peers: bool | None = None
    """Whether federation or remote write connects it with other Prometheus servers."""


class Kubernetes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The cluster, where there is one."""

    distribution: str | None = None
    """k3s, microk8s, kind, kubeadm, eks, gke, aks, ...; ``none``: there is no Kubernetes; None is open."""
    pod_disruption_budgets: bool | None = None


class Autoscaling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Which autoscalers exist."""

    hpa: bool | None = None
    vpa: bool | None = None
    cluster: bool | None = None
    keda: bool | None = None


class Workload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """An application workload: what the team itself runs for its users."""

    replicas: CountValue = None
    kind: WorkloadKind | None = None
    namespace: str | None = None
    technology: str | None = None
    users: bool | None = None
    """Whether users touch it directly (it serves pages or an API)."""
    depends_on: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    """Names of the scrape jobs that deliver its metrics."""
    metrics: tuple[str, ...] = ()
    """Names or prefixes (ending in ``_``) of the metrics that it exports itself."""
    external: bool = False
    """Managed elsewhere: it exists, but nothing here scrapes it."""


class Datastore(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A database, cache or broker."""

    technology: str | None = None
    mode: Mode | None = None
    members: CountValue = None
    namespace: str | None = None
    jobs: tuple[str, ...] = ()
    exporter: bool | None = None
    """Whether an exporter for it is deployed and scraped."""
    external: bool = False


class Volumes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Persistent volumes."""

    driver: str | None = None
    statistics: bool | None = None
    """Whether the driver reports volume statistics (``kubelet_volume_stats_*``)."""


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A scrape job and what it finds."""

    targets: CountValue = None
    """How many targets it finds; 0 where its discovery finds none."""
    technology: str | None = None
    """The exporter or program behind its targets, a ruleset id."""
    component: str | None = None
    scrape_interval: DurationValue = None
    labels: dict[str, str] = {}
    dead: CountValue = None
    """How many of the targets certainly never answer: their ``up`` is always 0, and nothing else comes from them."""
    instances: tuple[str, ...] | None = None
    """The ``instance`` labels of all its targets, where they are known; None is open."""
    because: str | None = None
    """Why ``targets`` is 0, or why some are dead, in words, with file and line."""


class ExternalCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A check from outside (an uptime service) that already tells somebody."""

    component: str
    url: str | None = None
    modes: tuple[CheckMode, ...] = ("down",)


class Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """What holds for what the topology does not list, and for what its entries leave out."""

    replicas: CountValue = None
    members: CountValue = None
    mode: Mode | None = None
    scraped: bool | None = None
    """True: whatever a rule asks for is deployed and scraped. False: only what is listed."""


class Topology(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """All that promtrim knows about a deployment."""

    preset: str | None = None
    name: str | None = None
    nodes: CountValue = None
    zones: CountValue = None
    prometheus: PrometheusServer = PrometheusServer()
    kubernetes: Kubernetes = Kubernetes()
    autoscaling: Autoscaling = Autoscaling()
    volumes: Volumes = Volumes()
    workloads: dict[str, Workload] = {}
    datastores: dict[str, Datastore] = {}
    jobs: dict[str, Job] | None = None
    """All scrape jobs, or None where they are not known. A job that is not in a given list does not exist."""
    exporters: dict[str, bool] = {}
    """Ruleset id to whether it is deployed and scraped; not listed is open."""
    other_metrics: bool | None = None
    """False: nothing is scraped but the exporters that are listed as true; what is none of theirs does not exist."""
    options: dict[str, dict[str, bool | str]] = {}
    """Ruleset id to its options (collectors, flags) that differ from the default."""
    external_checks: tuple[ExternalCheck, ...] = ()
    defaults: Defaults = Defaults()
    closed: bool = False
    """Whether the lists are complete for cluster add-ons too."""
    sources: dict[str, str] = {}
    """Path of a value (``workloads.backend.replicas``) to where it was found (``file:line`` or query)."""


Tristate = Literal["yes", "no", "open"]
