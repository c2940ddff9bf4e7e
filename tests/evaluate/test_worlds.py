"""What the proof's worlds hold. A proof in worlds where nothing goes wrong would prove little."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest

from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import parse
from promtrim.topology.load import load
from promtrim.topology.model import Topology
from tests.prove.battery import JOBS
from tests.prove.model import Case, Native, World
from tests.prove.worlds import worlds

COUNT = 200


def features(world: World) -> set[str]:
    """What happens in a world."""
    found = set()
    for one in world.series:
        scraped = one.slots[::2] if one.slots[0] is not None else one.slots[1::2]
        values = [slot for slot in one.slots if isinstance(slot, float)]
        found |= {"not a number"} if any(map(math.isnan, values)) else set()
        found |= {"infinite"} if math.inf in values else set()
        found |= {"below every number"} if -math.inf in values else set()
        found |= {"zero"} if 0.0 in values else set()
        found |= {"minus zero"} if any(value == 0 and math.copysign(1, value) < 0 for value in values) else set()
        found |= {"falls"} if any(later < value for value, later in pairwise(values)) else set()
        found |= {"gap"} if None in scraped else set()
        found |= {"stale"} if "stale" in one.slots else set()
        found |= {"native histogram"} if any(isinstance(slot, Native) for slot in one.slots) else set()
    targets = {(one.labels.get("job"), one.labels.get("instance")) for one in world.series}
    found |= {"several targets"} if len(targets) > 1 else set()
    found |= {"many targets"} if len(targets) > 4 else set()
    found |= {"several jobs"} if len({job for job, _ in targets}) > 1 else set()
    found |= {"nothing at all"} if not world.series else set()
    found |= {"a restart"} if world.restarts == 1 else {"many restarts"} if world.restarts > 1 else set()
    return found


def happening(expr: str, topology: Topology | None = None) -> Counter[str]:
    """In how many of the worlds each thing happens."""
    topology = topology or load("single-node", shipped().presets)
    case = Case(expr, expr, parse(expr), 0.0, topology)
    found: Counter[str] = Counter()
    for world in worlds(case, Metrics(shipped(), topology), COUNT, 1):
        found.update(features(world))
        found[world.kind] += 1
    return found


@pytest.mark.parametrize(
    ("expr", "also"),
    [("some_gauge >= 3", {"native histogram", "minus zero"}), ("rate(some_total[5m]) > 1", set())],
)
def test_everything_goes_wrong_somewhere(expr: str, also: set[str]) -> None:
    found = happening(expr)
    rare = also | {"not a number", "infinite", "below every number", "zero", "stale", "a restart", "many restarts",
                   "nothing at all", "many targets"}  # fmt: skip
    assert {what for what in rare if found[what] < 5} == set()
    assert {what for what in ("gap", "falls", "several targets", "several jobs") if found[what] < COUNT / 5} == set()


def test_half_of_the_worlds_are_healthy() -> None:
    assert happening("redis_up == 0")["healthy"] == COUNT / 2


def test_facts_bound_what_can_go_wrong() -> None:
    found = happening("redis_up == 0")
    assert found["zero"] > 20
    assert {what for what in ("not a number", "infinite", "minus zero", "native histogram") if found[what]} == set()


def test_pods_come_back_under_another_name() -> None:
    case = Case("", "", parse('up{pod!=""} == 0'), 0.0, load("single-node", shipped().presets))
    restarted = [world for world in worlds(case, Metrics(shipped(), case.topology), COUNT, 1) if world.restarts]
    assert any(len({one.labels["pod"] for one in world.series}) > 1 for world in restarted)


def test_a_scrape_job_has_no_more_targets_than_are_configured() -> None:
    case = Case("", "", parse('count(redis_up{job="redis"}) > 2'), 0.0, JOBS)
    most = 0
    for world in worlds(case, Metrics(shipped(), JOBS), COUNT, 1):
        if not world.restarts:
            most = max(most, len({one.labels["instance"] for one in world.series if one.labels["job"] == "redis"}))
    assert most == 2
