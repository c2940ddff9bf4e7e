"""What a running server told. Values only."""

from __future__ import annotations

import msgspec

from promtrim.rulefile.model import Problem
from promtrim.stack.prometheus_config import PrometheusConfig


class LiveTarget(msgspec.Struct, frozen=True):
    """A target that is scraped now."""

    job: str
    """The value of its ``job`` label."""
    instance: str
    pool: str
    """The name of the job in the configuration; "" where the server does not tell."""
    address: str
    """Host and port that are asked."""
    path: str
    up: bool | None
    """Whether the last scrape succeeded; None: there was none yet."""
    error: str
    labels: dict[str, str]


class LiveRule(msgspec.Struct, frozen=True):
    """A rule that is loaded now."""

    name: str
    alerting: bool
    query: str
    file: str
    """The rule file's path where the server runs."""
    group: str
    failing: str
    """The error of its last evaluation; "" where it went well."""


class Identified(msgspec.Struct, frozen=True):
    """A target whose metrics tell which exporter it is."""

    ruleset: str
    job: str
    instance: str
    name: str
    """One of the names that tell it."""


class Counted(msgspec.Struct, frozen=True):
    """A value of the topology that a query told."""

    path: tuple[str, ...]
    value: int | str | bool
    source: str


class Live(msgspec.Struct, frozen=True):
    """What one server told; None stands for what it cannot tell."""

    url: str
    version: str | None
    """Of Prometheus; None where the server is something else."""
    config: PrometheusConfig | None
    targets: tuple[LiveTarget, ...] | None
    rules: tuple[LiveRule, ...] | None
    alertmanagers: tuple[str, ...] | None
    """Addresses to which alerts go now."""
    names: frozenset[str] | None
    """Names of series of the last hour."""
    jobs: frozenset[str] | None
    """Values of the label ``job`` in the last hour."""
    receives: bool | None
    """Whether others may push series into it."""
    exporters: tuple[Identified, ...]
    """Whose metrics its targets deliver."""
    rulesets: frozenset[str]
    """Rulesets that know the name of some series; whose it is need not be certain."""
    counted: tuple[Counted, ...]
    problems: tuple[Problem, ...]
    """What it does not tell, and what is wrong on it now."""

    def delivered_by(self, job: str, instance: str) -> tuple[str, ...]:
        """Rulesets whose metrics a target delivers."""
        return tuple(each.ruleset for each in self.exporters if (each.job, each.instance) == (job, instance))
