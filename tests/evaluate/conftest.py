"""A small world of made-up metrics, so that these tests stand still while what is known of real exporters grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from promtrim.durations import parse_duration
from promtrim.evaluate.context import Record
from promtrim.evaluate.verdict import Conclusion, Judge
from promtrim.knowledge.compile import build, read_ruleset
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.model import Index
from promtrim.promql.parse import parse
from promtrim.topology.model import Topology

FACTS = Path(__file__).resolve().parent / "facts"

PRESETS: dict[str, dict[str, Any]] = {
    "open": {},
    "one": {
        "nodes": 1, "zones": 1, "prometheus": {"instances": 1, "alertmanagers": 1},
        "defaults": {"replicas": 1, "members": 1, "mode": "standalone", "scraped": True},
    },
    "many": {"nodes": "3..", "defaults": {"replicas": "2..", "members": "3..", "scraped": True}},
}  # fmt: skip
"""Nothing is known; one of everything; several of everything."""

JudgeText = Callable[..., Conclusion]


@lru_cache(maxsize=1)
def made_up() -> Index:
    return build([read_ruleset(path.read_text("utf-8"), str(path)) for path in sorted(FACTS.glob("*.yml"))])


@lru_cache(maxsize=64)
def _judge(topology: bytes, records: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]) -> Judge:
    found: dict[str, tuple[Record, ...]] = {}
    for name, expr, labels in records:
        found[name] = (*found.get(name, ()), Record(parse(expr), dict(labels)))
    return Judge(Metrics(made_up(), msgspec.convert(msgspec.json.decode(topology), Topology)), found)


@pytest.fixture(scope="session")
def judge() -> JudgeText:
    """``judge(expr, topology="one", for_="0s", records=[...])``: the verdict among the made-up metrics.

    ``topology`` is a name of :data:`PRESETS` or what a topology file would say; a record is ``(name, expr)`` or
    ``(name, expr, labels)``.
    """

    def run(
        expr: str,
        topology: str | Mapping[str, Any] = "one",
        for_: str = "0s",
        records: list[tuple[Any, ...]] | tuple[()] = (),
    ) -> Conclusion:
        described = PRESETS[topology] if isinstance(topology, str) else topology
        frozen = tuple((each[0], each[1], tuple(sorted(dict(*each[2:]).items()))) for each in records)
        return _judge(msgspec.json.encode(described), frozen).judge(parse(expr), parse_duration(for_))

    return run
