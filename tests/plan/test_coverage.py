"""Coverage: who watches what before and after; and blind spots, where those that should cannot."""

from __future__ import annotations

FRONTEND_DOWN = 'up{job="frontend"} == 0'
BACKEND_DOWN = 'up{job="api"} == 0'
VOLUME = "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.1"

JOBS = {"api": {"targets": 1}, "worker": {"targets": 1}}


def cells(plan) -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...], bool]]:
    return {(each.component, each.failure_mode): (each.before, each.after, each.elsewhere) for each in plan.plan.coverage}


class TestCoverage:
    def test_who_watches_before_and_after(self, planned, rule) -> None:
        rules = [rule("Down", BACKEND_DOWN), rule("Redis", "redis_up == 0")]
        assert cells(planned(rules)) == {
            ("backend", "down"): (("Down",), ("Down",), False),
            ("redis", "down"): (("Redis",), ("Redis",), False),
        }
        assert cells(planned(rules, level="essential"))["redis", "down"] == (("Redis",), (), False)

    def test_what_cannot_fire_watches_nothing(self, planned, rule) -> None:
        assert cells(planned([rule("Never", 'up{job="api"} > 5')])) == {}

    def test_what_a_check_from_outside_watches(self, planned, rule, shop) -> None:
        checked = {**shop, "external-checks": [{"component": "backend", "modes": ["down"]}]}
        found = cells(planned([rule("Down", BACKEND_DOWN)], checked, level="critical"))
        assert found["backend", "down"] == (("Down",), (), True)

    def test_recording_rules_watch_nothing(self, planned, recording) -> None:
        assert cells(planned([recording("r:a", "sum(redis_up)")])) == {}


class TestBlindSpots:
    def test_volumes_that_nobody_measures(self, planned, rule) -> None:
        rules = [rule("Full", VOLUME, severity="warning"), rule("Down", BACKEND_DOWN)]
        plan = planned(rules, "single-node-k3s", level="critical")
        (spot,) = plan.plan.blind_spots
        assert (spot.component, spot.failure_mode, spot.alerts) == ("volume", "disk", ("Full",))
        assert "runs out of space" in spot.text
        assert "reports no statistics" in spot.text
        assert spot.advice
        assert plan.kept == ["Down"]

    def test_keep_blind_spots_keeps_them(self, planned, rule) -> None:
        plan = planned([rule("Full", VOLUME)], "single-node-k3s", keep_blind_spots=True)
        assert plan.kept == ["Full"]
        assert plan.code("Full") == "cannot-fire"
        assert len(plan.plan.blind_spots) == 1

    def test_where_volumes_are_measured_there_is_none(self, planned, rule) -> None:
        assert planned([rule("Full", VOLUME)], "single-node").plan.blind_spots == ()

    def test_a_job_that_nobody_scrapes(self, planned, rule, shop) -> None:
        plan = planned([rule("Down", FRONTEND_DOWN)], {**shop, "jobs": JOBS})
        (spot,) = plan.plan.blind_spots
        assert (spot.component, spot.failure_mode) == ("frontend", "down")
        assert "no scrape job is named 'frontend'" in spot.text
        assert "scrape what it needs" in spot.advice

    def test_a_job_without_targets_says_why(self, planned, rule, shop) -> None:
        topology = {**shop, "jobs": {**JOBS, "api": {"targets": 0, "because": "it keeps pods that do not exist"}}}
        assert "it keeps pods that do not exist" in planned([rule("Down", BACKEND_DOWN)], topology).plan.blind_spots[0].text

    def test_an_exporter_that_is_not_deployed(self, planned, rule, shop) -> None:
        plan = planned([rule("Redis", "redis_up == 0")], {**shop, "exporters": {"redis_exporter": False}})
        assert [spot.component for spot in plan.plan.blind_spots] == ["redis"]

    def test_rules_that_nothing_loads(self, planned) -> None:
        text = "groups: []\n---\ngroups: [{name: g, rules: [{alert: Redis, expr: 'redis_up == 0'}]}]\n"
        (spot,) = planned(text).plan.blind_spots
        assert spot.component == "redis"
        assert "move the rule" in spot.advice

    def test_not_where_another_alert_watches(self, planned, rule, shop) -> None:
        topology = {**shop, "jobs": {**JOBS, "web": {"targets": 1, "component": "frontend"}}}
        rules = [rule("Dead", FRONTEND_DOWN), rule("Alive", 'up{job="web"} == 0')]
        plan = planned(rules, topology)
        assert plan.code("Dead") == "cannot-fire"
        assert plan.plan.blind_spots == ()

    def test_not_where_a_check_from_outside_watches(self, planned, rule, shop) -> None:
        topology = {**shop, "jobs": JOBS, "external-checks": [{"component": "frontend"}]}
        assert planned([rule("Dead", FRONTEND_DOWN)], topology).plan.blind_spots == ()

    def test_not_of_what_does_not_matter_tonight(self, planned, rule, shop) -> None:
        topology = {**shop, "exporters": {"redis_exporter": False}}
        plan = planned([rule("Evictions", "rate(redis_evicted_keys_total[5m]) > 5", severity="warning")], topology)
        assert plan.code("Evictions") == "cannot-fire"
        assert plan.plan.blind_spots == ()

    def test_not_of_a_bug_in_the_rule(self, planned, rule) -> None:
        assert planned([rule("Never", 'up{job="api"} > 5')]).plan.blind_spots == ()

    def test_several_alerts_of_one_cell_are_one_spot(self, planned, rule, shop) -> None:
        rules = [rule("A", FRONTEND_DOWN), rule("B", 'up{job="frontend"} < 1', hold="5m")]
        plan = planned(rules, {**shop, "jobs": JOBS})
        (spot,) = plan.plan.blind_spots
        assert spot.alerts == ("A", "B")
