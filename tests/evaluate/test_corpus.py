"""Public rule files: what is said of them, looked at by hand. Skips where they are not at hand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from promtrim.evaluate.verdict import Conclusion, Judge
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.topology.load import load
from promtrim.topology.model import Topology
from tests.prove.model import Case
from tests.prove.sources import Records, cases_of

NOWHERE = {
    "corpus/awesome/memcached/memcached-exporter.yml:66": "hits plus misses: two values of the label status never match",
    "corpus/awesome/traefik/embedded-exporter-v1.yml:8": "a count is never 0: without series there is no count",
    "corpus/awesome/traefik/embedded-exporter-v2.yml:8": "a count is never 0",
    "corpus/mixins/gitlab/alerts.yaml:26": "divided by sums without the label status, and nothing ignores it",
    "corpus/mixins/gitlab/alerts.yaml:37": "the same",
    "corpus/mixins/kafka/alerts.yaml:266": "a count is never 0",
}
"""Alerts that can fire in no deployment, and why: each was read by a person, who agrees."""

ALWAYS_ON_MANY_NODES = {
    "corpus/mixins/velero/alerts.yaml:34": "up != 0 holds while all is well: it was to be == 0",
}
"""What gets a verdict of cause topology, or is called meaningless, where there are several of everything."""


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[Case]:
    return list(cases_of(shared / "corpus"))


def judged(cases: list[Case], topology: Topology | None = None) -> Iterator[tuple[str, Case, Conclusion]]:
    @lru_cache(maxsize=8)
    def judge(records: int) -> Judge:
        return Judge(Metrics(shipped(), topology or cases[0].topology), by_id[records])

    by_id: dict[int, Records] = {id(case.records): dict(case.records) for case in cases}
    for case in cases:
        yield case.name.split()[0], case, judge(id(case.records)).judge(case.node, case.for_)


def test_what_can_fire_nowhere(corpus: list[Case]) -> None:
    assert {where for where, _, found in judged(corpus) if found.cause == "logic"} == set(NOWHERE)


def test_many_nodes_take_nothing_away(corpus: list[Case]) -> None:
    told = {
        where: (case.live, found.because or found.meaningless)
        for where, case, found in judged(corpus, load("ha-cluster", shipped().presets))
        if found.cause == "topology" or found.meaningless
    }
    assert not any(live for live, _ in told.values())
    assert set(told) == set(ALWAYS_ON_MANY_NODES)


@pytest.mark.parametrize("preset", ["single-node", "ha-cluster", "docker-compose"])
def test_every_verdict_that_takes_away_has_a_reason(corpus: list[Case], preset: str) -> None:
    for where, _, found in judged(corpus, load(preset, shipped().presets)):
        assert found.verdict == "can-fire" or found.because, where
