"""What would make an alert fire, in words for a tired person."""

from __future__ import annotations

import pytest

from promtrim.api import explain
from promtrim.errors import InputError


@pytest.mark.parametrize(
    ("expr", "told"),
    [
        ("x > 5", "x goes above 5"),
        ("x < 0.5", "x goes below 0.5"),
        ("x == 0", "x is 0"),
        ("x != 1", "x is anything but 1"),
        ("absent(x)", "absent(x) finds no series"),
        ("x / y * 100 > 90", "the share that it measures goes above 90 %"),
        ("1 - x / y > 0.9", "the share that it measures goes below 10 %"),
        ("x > y", "the comparison x > y holds"),
        ("x", "x returns anything"),
        ("x > 5 and y < 3", "x goes above 5, and y goes below 3"),
        ("vector(1)", "it fires always, by design"),
        ("up > 5", "nothing can make it fire, in any deployment"),
    ],
)
def test_what_would_make_it_fire(planned, rule, expr: str, told: str) -> None:
    (story,) = explain(planned([rule("A", expr)]).plan, "A")
    assert story.would_fire == told


def test_how_long_it_must_hold(planned, rule) -> None:
    (story,) = explain(planned([rule("A", "x > 5", hold="10m")]).plan, "A")
    assert story.would_fire == "x goes above 5, for 10m"


def test_where_it_would_fire(planned, rule, shop) -> None:
    plan = planned([rule("A", 'up{job="frontend"} == 0')], {**shop, "jobs": {"api": {}, "worker": {}}})
    (story,) = explain(plan.plan, "A")
    assert "no scrape job is named 'frontend'" in story.would_fire
    assert story.would_fire.endswith('elsewhere it fires when up{job="frontend"} is 0')


def test_what_fires_now(planned, rule) -> None:
    (story,) = explain(planned([rule("A", "redis_connected_slaves < 1")], "single-node").plan, "A")
    assert story.would_fire.startswith("it fires now")


def test_which_others_watch_the_same(planned, rule) -> None:
    rules = [rule("A", "redis_up == 0"), rule("B", "absent(redis_up)"), rule("C", "mongodb_up == 0")]
    (story,) = explain(planned(rules).plan, "A")
    assert story.covered_by == ("B",)


def test_the_one_it_yields_to_comes_first(planned, rule) -> None:
    rules = [rule("A", "redis_up == 0"), rule("B", "absent(redis_up)"), rule("C", "0 == redis_up")]
    (story,) = explain(planned(rules).plan, "C")
    assert story.covered_by[0] == "A"


def test_all_rules_of_a_name(planned, rule) -> None:
    stories = explain(planned([rule("A", "x > 5"), rule("A", "y > 5")]).plan, "A")
    assert [story.decided.judged.rule.expr for story in stories] == ["x > 5", "y > 5"]


def test_a_name_that_is_nearly_right(planned, rule) -> None:
    with pytest.raises(InputError, match="did you mean RedisDown"):
        explain(planned([rule("RedisDown", "redis_up == 0")]).plan, "RedisDwn")
