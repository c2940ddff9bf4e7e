"""The levels: what stays when only what is true, what matters tonight, or one alert per thing is kept."""

from __future__ import annotations

import pytest

BACKEND_DOWN = 'up{job="api"} == 0'
ERRORS = 'sum(rate(http_requests_total{job="api",code=~"5.."}[5m])) / sum(rate(http_requests_total{job="api"}[5m])) > 0.1'
VOLUME = "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.1"


class TestRelevant:
    def test_keeps_whatever_can_say_something_true(self, planned, rule) -> None:
        rules = [rule("A", "x > 5", severity="info"), rule("B", "redis_up == 0"), rule("C", "vector(1)", severity="none")]
        assert planned(rules).kept == ["A", "B", "C"]

    @pytest.mark.parametrize(
        ("expr", "code"),
        [
            ("up > 5", "cannot-fire"),
            ("redis_connected_slaves < 1", "always-fires"),
            ("count(redis_up) > 1", "meaningless"),
        ],
    )
    def test_drops_what_cannot(self, planned, rule, expr: str, code: str) -> None:
        plan = planned([rule("A", expr)], "single-node")
        assert plan.code("A") == code
        assert not plan["A"].keep
        assert plan["A"].reason.text

    def test_keeps_what_cannot_be_read(self, planned, rule) -> None:
        for level in ("relevant", "critical", "essential"):
            plan = planned([rule("A", "x >"), rule("B", "x > 5", severity="info")], level=level)
            assert plan["A"].keep
            assert plan.plan.problems[0].code == "unreadable-expression"

    def test_keeps_what_is_never_loaded_at_every_level(self, planned) -> None:
        text = "groups: []\n---\ngroups: [{name: g, rules: [{alert: A, expr: 'x > 5', labels: {severity: info}}]}]\n"
        for level in ("relevant", "critical", "essential"):
            assert planned(text, level=level)["A"].keep


class TestCritical:
    def test_drops_what_need_not_be_mended_tonight(self, planned, rule) -> None:
        plan = planned([rule("A", "redis_up == 0"), rule("B", "x_queue_length > 5", severity="warning")], level="critical")
        assert plan.kept == ["A"]
        assert plan.code("B") == "minor"

    def test_keeps_a_dead_mans_switch(self, planned, rule) -> None:
        for level in ("relevant", "critical", "essential"):
            plan = planned([rule("Alive", "vector(1)", severity="none"), rule("A", BACKEND_DOWN)], level=level)
            assert plan.code("Alive") == "kept"

    def test_drops_what_is_watched_from_outside(self, planned, rule, shop) -> None:
        checked = {**shop, "external-checks": [{"component": "backend", "modes": ["down"]}]}
        rules = [rule("Down", BACKEND_DOWN), rule("Errors", ERRORS)]
        plan = planned(rules, checked, level="critical")
        assert plan.code("Down") == "watched-elsewhere"
        assert plan.code("Errors") == "kept"
        assert planned(rules, checked, level="relevant").kept == ["Down", "Errors"]

    def test_all_that_it_watches_must_be_watched_from_outside(self, planned, rule, shop) -> None:
        checked = {**shop, "external-checks": [{"component": "backend", "modes": ["down"]}]}
        both = rule("Both", 'up{job=~"api|worker"} == 0')
        assert planned([both], checked, level="critical").code("Both") == "kept"

    def test_says_where_a_severity_would_page_nobody(self, planned, rule) -> None:
        plan = planned([rule("A", "redis_up == 0", severity="warning")], level="critical")
        (problem,) = plan.plan.problems
        assert (problem.code, problem.alert) == ("quiet-critical", "A")
        assert "severity warning" in problem.text
        assert planned([rule("A", "redis_up == 0")], level="critical").plan.problems == ()


class TestEssential:
    def test_one_alert_per_component_that_users_touch(self, planned, rule) -> None:
        rules = [rule("One", BACKEND_DOWN), rule("Two", 'absent(up{job="api"})'), rule("Errors", ERRORS)]
        plan = planned(rules, level="essential")
        assert plan.kept == ["One", "Errors"]
        assert (plan.code("Two"), plan.by("Two")) == ("covered", "One")

    def test_what_it_depends_on_is_felt_there(self, planned, rule) -> None:
        rules = [rule("Down", BACKEND_DOWN), rule("Redis", "redis_up == 0"), rule("Mongo", "mongodb_up == 0")]
        plan = planned(rules, level="essential")
        assert plan.kept == ["Down"]
        assert "backend depends on it" in plan["Redis"].reason.text
        assert plan.by("Mongo") == "Down"

    def test_through_others_too(self, planned, rule, shop) -> None:
        checked = {**shop, "external-checks": [{"component": "frontend", "modes": ["down"]}]}
        plan = planned([rule("Redis", "redis_up == 0")], checked, level="essential")
        assert plan.code("Redis") == "covered"
        assert "external check already watches frontend" in plan["Redis"].reason.text

    def test_circles_of_dependence_end(self, planned, rule) -> None:
        circle = {"workloads": {"a": {"depends-on": ["b"], "jobs": ["a"]}, "b": {"depends-on": ["a"], "jobs": ["b"]}}}
        plan = planned([rule("A", 'up{job="a"} == 0'), rule("B", 'up{job="b"} == 0')], circle, level="essential")
        assert plan.kept == ["A", "B"]

    def test_without_dependents_it_is_nobody_elses(self, planned, rule, shop) -> None:
        alone = {**shop, "workloads": {"backend": {"jobs": ["api"]}}}
        rules = [rule("Down", BACKEND_DOWN), rule("Redis", "redis_up == 0")]
        assert planned(rules, alone, level="essential").kept == ["Down", "Redis"]

    def test_what_no_service_tells_of_in_time_is_kept_for_itself(self, planned, rule) -> None:
        plan = planned(
            [rule("Down", BACKEND_DOWN), rule("Full", VOLUME), rule("Fuller", VOLUME.replace("0.1", "0.05"))],
            level="essential",
        )
        assert "Full" in plan.kept
        assert len(plan.kept) == 2

    def test_of_a_cell_the_one_that_names_the_component(self, planned, rule) -> None:
        rules = [rule("Any", 'up{job=~"frontend|web"} == 0'), rule("Named", 'up{job="frontend"} == 0', "warning")]
        assert planned(rules, level="essential").kept == ["Named"]

    def test_then_the_more_severe_then_the_first(self, planned, rule) -> None:
        mild = rule("Mild", 'absent(up{job="api"})', severity="warning")
        plan = planned([mild, rule("First", BACKEND_DOWN), rule("Second", 'absent(up{job="api"} == 1)')], level="essential")
        assert plan.kept == ["First"]

    def test_a_workload_that_users_do_not_touch_holds_no_cell_first(self, planned, rule) -> None:
        plan = planned([rule("Worker", 'up{job="worker"} == 0')], level="essential")
        assert plan.kept == ["Worker"]  # nobody else tells of it

    def test_an_alert_kept_by_hand_that_cannot_fire_covers_nothing(self, planned, rule) -> None:
        rules = [rule("Dead", 'up{job="api"} > 5'), rule("Errors", ERRORS), rule("Down", BACKEND_DOWN)]
        config = {"keep": [{"alert": "Dead", "reason": "we like it"}]}
        plan = planned(rules, level="essential", config=config)
        assert plan.kept == ["Dead", "Errors", "Down"]

    def test_levels_are_one_within_the_other(self, planned, rule) -> None:
        rules = [
            rule("A", BACKEND_DOWN), rule("B", ERRORS), rule("C", "redis_up == 0"), rule("D", VOLUME, severity="warning"),
            rule("E", "x_queue_length > 5", severity="warning"), rule("F", "up > 5"), rule("G", "mongodb_up == 0"),
            rule("H", "vector(1)"), rule("I", "x > 5", severity="info"),
        ]  # fmt: skip
        kept = [set(planned(rules, level=level).kept) for level in ("relevant", "critical", "essential")]
        assert kept[0] > kept[1] > kept[2]
