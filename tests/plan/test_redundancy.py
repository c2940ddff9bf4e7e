"""How alerts relate: the same twice, one implied by another, the milder half of a pair."""

from __future__ import annotations

import pytest
import yaml

from promtrim.plan.redundancy import severity

STRONG = 'http_requests_total{job="api"} > 5'


class TestDuplicates:
    @pytest.mark.parametrize(
        "other",
        ["x  >  5", "(x) > 5", "5 < x", "x > 5.0", "x # the same\n > 5"],
        ids=["space", "parentheses", "turned", "number", "comment"],
    )
    def test_one_meaning_in_two_writings(self, planned, rule, other: str) -> None:
        plan = planned([rule("A", "x > 5"), rule("B", other)])
        assert plan.kept == ["A"]
        assert (plan.code("B"), plan.by("B")) == ("duplicate", "A")
        assert "A says exactly the same" in plan["B"].reason.text

    @pytest.mark.parametrize(
        "other",
        [
            {"expr": "x > 6"},
            {"expr": "x >= 5"},
            {"expr": "y > 5"},
            {"expr": "x > vector(5)"},
            {"expr": "x > bool 5"},
            {"hold": "1m"},
            {"keep": "1m"},
            {"severity": "warning"},
            {"team": "b"},
        ],
        ids=str,
    )
    def test_what_differs_in_anything_is_none(self, planned, rule, other: dict) -> None:
        plan = planned([rule("A", "x > 5"), rule(**{"name": "B", "expr": "x > 5", **other})])
        assert "duplicate" not in (plan.code("A"), plan.code("B"))

    def test_names_and_annotations_do_not_tell_two_apart(self, planned, rule) -> None:
        other = {**rule("B", "x > 5"), "annotations": {"summary": "something else"}}
        assert planned([rule("A", "x > 5"), other]).code("B") == "duplicate"

    def test_of_three_the_first_stays(self, planned, rule) -> None:
        plan = planned([rule(name, "x > 5") for name in "ABC"])
        assert plan.kept == ["A"]
        assert {plan.by("B"), plan.by("C")} == {"A"}


class TestImplied:
    @pytest.mark.parametrize(
        ("narrow", "wide"),
        [
            ('x{a="1"} > 5', "x > 5"),
            ("x > 10", "x > 5"),
            ("x > 5", "x >= 5"),
            ("x < 3", "x < 5"),
            ("x < 5", "x <= 5"),
            ('x{a="1", b="2"} < 3', 'x{b="2"} < 5'),
            ('x{a="1"} == 0', "x == 0"),
            ('rate(x_total{a="1"}[5m]) > 5', "rate(x_total[5m]) > 5"),
            ('sum(rate(prometheus_http_requests_total{a="1"}[5m])) > 5', "sum(rate(prometheus_http_requests_total[5m])) > 5"),
            ("sum by (a) (increase(x_total[5m])) > 10", "sum by (a) (increase(x_total[5m])) > 5"),
            ('count(x{a="1"}) > 5', "count(x) > 5"),
        ],
    )
    def test_by_one_that_fires_whenever_it_does(self, planned, rule, narrow: str, wide: str) -> None:
        for rules in ([rule("N", narrow), rule("W", wide)], [rule("W", wide), rule("N", narrow)]):
            plan = planned(rules)
            assert plan.kept == ["W"]
            assert (plan.code("N"), plan.by("N")) == ("implied", "W")

    @pytest.mark.parametrize(
        ("narrow", "wide"),
        [
            ("x > 5", "x < 10"),
            ("x > 5", "x > 10"),
            ("x >= 5", "x > 5"),
            ('x{a="1"} > 5', 'x{b="1"} > 5'),
            ('x{a="1"} > 5', 'x{a="2"} > 5'),
            ('sum(x{a="1"}) > 5', "sum(x) > 5"),  # what is negative makes sums smaller
            ('avg(rate(x_total{a="1"}[5m])) > 5', "avg(rate(x_total[5m])) > 5"),
            ('sum(rate(x_total{a="1"}[5m])) < 5', "sum(rate(x_total[5m])) < 5"),
            ('rate(x_total{a="1"}[5m]) > 5', "rate(x_total[10m]) > 5"),
            ("x > 10", "x > vector(5)"),
            ('absent(x{a="1"})', "absent(x)"),
        ],
    )
    def test_not_by_one_that_may_be_silent_meanwhile(self, planned, rule, narrow: str, wide: str) -> None:
        assert planned([rule("N", narrow), rule("W", wide)]).code("N") == "kept"

    def test_not_by_a_slower_one(self, planned, rule) -> None:
        plan = planned([rule("N", "x > 10", hold="1m"), rule("W", "x > 5", hold="5m")])
        assert plan.kept == ["N", "W"]

    def test_not_by_a_milder_one(self, planned, rule) -> None:
        plan = planned([rule("N", "x > 10"), rule("W", "x > 5", severity="warning")])
        assert plan.kept == ["N", "W"]

    def test_not_by_one_that_stops_sooner(self, planned, rule) -> None:
        plan = planned([rule("N", "x > 10", keep="10m"), rule("W", "x > 5")])
        assert plan.kept == ["N", "W"]

    def test_not_by_one_of_a_lower_tier(self, planned, rule) -> None:
        # The ruleset judges a nearly full filesystem differently from one with a fifth left.
        full, warn = (f"node_filesystem_avail_bytes / node_filesystem_size_bytes < {share}" for share in (0.01, 0.5))
        plan = planned([rule("Full", full), rule("Half", warn)])
        assert plan["Full"].judged.tier == "critical"
        assert "Full" in plan.kept

    def test_not_by_one_that_cannot_fire(self, planned, rule) -> None:
        plan = planned([rule("N", 'up{job="api"} > 5'), rule("W", "up > 5")])
        assert (plan.code("N"), plan.code("W")) == ("cannot-fire", "cannot-fire")

    def test_not_by_one_that_is_never_loaded(self, planned, rule) -> None:
        loaded, never = ({"groups": [{"name": "g", "rules": [each]}]} for each in (rule("N", "x > 10"), rule("W", "x > 5")))
        plan = planned(yaml.safe_dump_all([loaded, never]))
        assert plan["W"].judged.cause == "not-loaded"
        assert (plan.code("N"), plan.kept) == ("kept", ["N", "W"])

    def test_never_both_of_a_pair(self, planned, rule) -> None:
        plan = planned([rule("A", "x > 5", priority="p3"), rule("B", "x > 5", priority="p3", level="page")])
        assert len(plan.kept) == 1

    def test_not_by_one_that_may_go_to_somebody_else(self, planned, rule) -> None:
        plan = planned([rule("A", "x > 10", team="a"), rule("B", "x > 5", team="b")])
        assert plan.kept == ["A", "B"]


class TestTheMilderHalf:
    def test_of_two_thresholds_on_one_signal(self, planned, rule) -> None:
        ratio = 'sum(rate(http_requests_total{job="api",code=~"5.."}[5m])) / sum(rate(http_requests_total{job="api"}[5m]))'
        rules = [rule("High", f"{ratio} > 0.05", severity="warning"), rule("Critical", f"{ratio} > 0.1")]
        plan = planned(rules, level="critical")
        assert plan.kept == ["Critical"]
        assert (plan.code("High"), plan.by("High")) == ("minor", "Critical")
        assert "milder half of a pair" in plan["High"].reason.text
        assert planned(rules, level="relevant").kept == ["High", "Critical"]

    def test_not_of_two_directions(self, planned, rule) -> None:
        rules = [rule("High", "redis_up > 0.5", severity="warning"), rule("Low", "redis_up < 0.5")]
        assert "pair" not in planned(rules, level="critical")["High"].reason.text

    def test_not_where_both_are_as_severe(self, planned, rule) -> None:
        rules = [rule("A", "increase(x_failed_total[5m]) > 5"), rule("B", "increase(x_failed_total[1h]) > 9")]
        assert planned(rules, level="critical").kept == ["A", "B"]


@pytest.mark.parametrize(
    ("labels", "rank"),
    [
        ({"severity": "critical"}, 3),
        ({"severity": "page"}, 3),
        ({"severity": "P1"}, 3),
        ({"severity": "sev1"}, 3),
        ({"severity": "emergency"}, 3),
        ({"priority": "critical"}, 3),
        ({"severity": "error"}, 2),
        ({"severity": "high"}, 2),
        ({"level": "major"}, 2),
        ({"severity": "warning"}, 1),
        ({"severity": "Warn"}, 1),
        ({"severity": "P3"}, 1),
        ({"severity": "info"}, 0),
        ({"severity": "none"}, 0),
        ({}, 0),
        ({"team": "critical"}, 0),
    ],
)
def test_severity(labels: dict[str, str], rank: int) -> None:
    assert severity(labels) == rank
