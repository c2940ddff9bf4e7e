"""What the constructs of PromQL share while an expression is evaluated: the facts, the recording rules, what was
consulted. The evaluator itself is in ``engine``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from promtrim.durations import seconds
from promtrim.evaluate.result import Result
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.series import View
from promtrim.promql.parse import parse
from promtrim.promql.tree import Node
from promtrim.topology.model import Topology


class Record(msgspec.Struct, frozen=True):
    """A recording rule as the evaluator needs it."""

    expr: Node
    labels: dict[str, str]
    by_name: bool = False
    """Known by its name alone: values and presence are as usual, labels may differ from one copy to the next."""


class Records(Mapping[str, tuple[Record, ...]]):
    """Recording rules by name: those of the rule files, else those that everybody knows by name, read when asked for.

    Args:
        own: of the rule files, every rule of a name.
        known: name to expression.
    """

    def __init__(self, own: Mapping[str, tuple[Record, ...]], known: Mapping[str, str]) -> None:
        self._found = dict(own)
        self._known = known

    def __getitem__(self, name: str) -> tuple[Record, ...]:
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = (Record(parse(self._known[name]), {}, by_name=True),)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._found or name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter({**self._known, **self._found})

    def __len__(self) -> int:
        return len({**self._known, **self._found})


class Consulted(msgspec.Struct):
    """What an evaluation looked at and left aside; tells which other views are worth a look."""

    overlap: float = 0.0
    """Longest time in seconds for which a restart may show two of what is one; 0: it played no part."""
    settling: float = 0.0
    """Longest time in seconds for which what has not settled yet may be seen; 0: it played no part."""
    judged: bool = False
    """A judgement was left out."""


class Scraping(msgspec.Struct, frozen=True):
    """How often samples come, as far as the topology says."""

    longest: float
    """Seconds; Prometheus's default of a minute where nothing is said."""
    shortest: float | None
    """Seconds; None where it is not known."""
    left_open: bool | None
    """Whether a range leaves out its very first instant: yes since Prometheus 3.0; None: the version is not known."""

    @classmethod
    def of(cls, topology: Topology) -> Scraping:
        server = topology.prometheus
        usual = seconds(server.scrape_interval)
        jobs = [seconds(job.scrape_interval) for job in (topology.jobs or {}).values()]
        stated = [each for each in (usual, *jobs) if each is not None]
        version = None if server.version is None else not server.version.lstrip("v").startswith(("0.", "1.", "2."))
        # A job that is not listed may have an interval of its own; so nothing is known unless all are.
        complete = bool(jobs) and all(each is not None for each in jobs)
        return cls(max(stated, default=60.0), min(stated) if complete else None, version)

    def never_two(self, range_: float) -> bool:
        """Whether a range certainly never holds two samples of a series."""
        if self.shortest is None or self.left_open is None:
            return False
        return range_ <= self.shortest if self.left_open else range_ < self.shortest


class Evaluating(Protocol):
    """An evaluation under way, as the modules of the single constructs see it."""

    metrics: Metrics
    view: View
    records: Mapping[str, tuple[Record, ...]]
    consulted: Consulted
    expanding: list[str]
    """Names of the recording rules around the expression at hand."""
    scraping: Scraping
    evaluation_interval: float
    """Seconds."""
    window: float
    """Seconds that the subqueries around the expression at hand look back."""
    fleeting: int
    """How many of the sub-expressions so far may return other series at each evaluation, as ``topk`` does."""

    def evaluate(self, node: Node) -> Result:
        """The abstract value of a sub-expression."""
