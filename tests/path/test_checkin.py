"""The stack that this was asked for, where it lies beside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim import api
from promtrim.stack.sources import Sources
from tests.path.conftest import Followed


def follow(shared: Path, closed: bool = False) -> Followed:
    folder = shared / "checkin"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    sources = Sources(
        kubernetes=[str(folder / "kubernetes" / "base")],
        prometheus_config=[str(folder / "prometheus.yml")],
        alertmanager_config=[str(folder / "alertmanager.yml")],
        closed=closed,
    )
    return Followed(*api.follow([str(folder / "alert_rules.yml")], sources=sources))


def unfed(followed: Followed) -> set[str]:
    return {
        each.judged.rule.name
        for each in followed.plan.rules
        if each.judged.cause == "not-scraped"
        and each.judged.tier == "critical"
        and each.judged.rule.labels["severity"] == "critical"
    }


def test_critical_alerts_that_nothing_feeds(shared: Path) -> None:
    followed = follow(shared)
    assert unfed(followed) == {"FrontendDown", "MongoDBDown", "RedisDown"}
    spots = [spot for spot in followed.plan.blind_spots if spot.component != "monitoring"]
    assert {alert for spot in spots for alert in spot.alerts} == {"FrontendDown", "MongoDBDown", "RedisDown"}
    assert all("prometheus.yml:" in spot.text for spot in spots)


def test_closed_manifests(shared: Path) -> None:
    assert unfed(follow(shared, closed=True)) == {"FrontendDown", "MongoDBDown", "RedisDown", "PodCrashLoopBackOff"}


def test_the_backend(shared: Path) -> None:
    followed = follow(shared)
    (twice,) = followed.texts("scraped-twice")
    assert "backend is scraped twice, by the jobs backend-api (" in twice
    assert "kubernetes-pods (" in twice
    link = followed.link("BackendDown", "scrape")
    assert link.mark == "broken"
    assert (Path(link.file).name, link.line) == ("network-policies.yaml", 15)
    assert followed.rule("BackendDown").judged.verdict == "can-fire"


def test_wild_stacks_are_followed(shared: Path) -> None:
    from promtrim.errors import PromtrimError

    folders = sorted(each for each in (shared / "wild").glob("*/") if each.is_dir())
    if not folders:
        pytest.skip("no stacks")
    followed = 0
    for folder in folders:
        try:
            plan, ways = api.follow([str(folder)])
        except PromtrimError:
            continue  # a file that is no YAML, named by file and line
        assert len(ways.ways) == sum(each.judged.rule.alert is not None for each in plan.rules)
        followed += 1
    assert followed >= len(folders) - 1
