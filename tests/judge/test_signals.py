"""What an alert looks at: the conditions of its expression, their shape, direction and threshold in the metric's own unit."""

from __future__ import annotations

import pytest

from promtrim.judge.signals import constant_of, metric_name, shape_of, signals
from promtrim.promql.parse import parse
from promtrim.promql.walk import selectors


@pytest.mark.parametrize(
    ("expr", "shape"),
    [
        ("x", "value"),
        ("-x", "value"),
        ("sum by (a) (x)", "value"),
        ("x * 100", "value"),
        ("x / 1024", "value"),
        ("max_over_time(x[5m])", "value"),
        ("rate(x[5m])", "rate"),
        ("sum(increase(x[1h]))", "rate"),
        ("irate(x[5m])", "rate"),
        ("delta(x[5m])", "rate"),
        ("deriv(x[5m])", "rate"),
        ("max_over_time(rate(x[5m])[1h:1m])", "rate"),
        ("x / y", "ratio"),
        ("100 * x / y", "ratio"),
        ("1 - x / y", "ratio"),
        ("100 - (x / y) * 100", "ratio"),
        ("sum(rate(x[5m])) / sum(rate(y[5m]))", "ratio"),
        ("avg(x / y)", "ratio"),
        ("histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))", "quantile"),
        ("absent(x)", "absent"),
        ("absent_over_time(x[5m])", "absent"),
        ("absent(rate(x[5m]))", "absent"),
        ("time() - x", "age"),
        ("time() - max by (a) (x)", "age"),
        ("(time() - x) / 3600", "age"),
        ("predict_linear(x[1h], 3600)", "prediction"),
        ("predict_linear(x[1h], 3600) / y", "prediction"),
        ("count(x)", "count"),
        ("count by (a) (x)", "count"),
        ("changes(x[5m])", "changes"),
        ("resets(x[5m])", "changes"),
        ("changes(x[5m]) / y", "ratio"),
        ("stddev(x)", "spread"),
        ("stddev by (a) (x) / avg by (a) (x)", "spread"),
        ("max(x) - min(x)", "spread"),
        ("(max(x) - min(x)) / max(x)", "spread"),
        ("max by (a) (rate(x[5m])) / clamp_min(min by (a) (rate(x[5m])), 1)", "spread"),
        ("max(x) / min(y)", "ratio"),
        ('sum(rate(x{code="500"}[5m])) / sum(rate(x[5m]))', "ratio"),
        ('count(x == 0) / count(x)', "ratio"),
        ("stddev_over_time(x[5m])", "value"),
        ("count(count by (version) (x))", "variants"),
        ("count(count by (job, config_hash) (x))", "variants"),
        ("count(count by (instance) (x))", "count"),
    ],
)
def test_shape(expr: str, shape: str) -> None:
    assert shape_of(parse(expr)) == shape


@pytest.mark.parametrize(
    ("expr", "shape", "threshold"),
    [
        ("x > 2 * avg(x)", "spread", None),
        ("x > on () group_left () (2 * avg(x))", "spread", None),
        ("max(x) != min(x)", "spread", None),
        ("sum by (instance) (x) > 3 * scalar(avg(sum by (instance) (x)))", "spread", None),
        ("x > 2 * avg(y)", "value", None),
        ("x >= limit - 3", "ratio", 1.0),
        ("sum(x) > max(limit) - max(reserved)", "ratio", 1.0),
        ("x >= x offset 1h - 3", "value", None),
        ("x < wanted - 1", "value", None),
    ],
)
def test_compared_with_something_else(expr: str, shape: str, threshold: float | None) -> None:
    (signal,) = signals(parse(expr))
    assert (signal.shape, signal.threshold) == (shape, threshold)


def only(expr: str):
    (signal,) = signals(parse(expr))
    return signal


@pytest.mark.parametrize(
    ("expr", "direction", "threshold"),
    [
        ("x > 5", "above", 5),
        ("x >= 5", "above", 5),
        ("x < 5", "below", 5),
        ("x <= 5", "below", 5),
        ("x == 5", "equal", 5),
        ("x != 5", "unequal", 5),
        ("5 < x", "above", 5),
        ("5 > x", "below", 5),
        ("0 == x", "equal", 0),
        ("(x) > (5)", "above", 5),
        ("x > 2 * 1024", "above", 2048),
        ("x > -3", "above", -3),
        ("x > -(2 ^ 3)", "above", -8),
        ("x > 6 / 4", "above", 1.5),
        ("x > vector(7)", "above", 7),
        ("x > y", "above", None),
        ("x > 2 * y", "above", None),
        ("x", "none", None),
        ("absent(x)", "none", None),
    ],
)
def test_direction_and_threshold(expr: str, direction: str, threshold: float | None) -> None:
    signal = only(expr)
    assert (signal.direction, signal.threshold) == (direction, threshold)


@pytest.mark.parametrize(
    ("expr", "direction", "share"),
    [
        ("x / y > 0.9", "above", 0.9),
        ("x / y * 100 > 90", "above", 0.9),
        ("100 * x / y > 90", "above", 0.9),
        ("100 * (x / y) > 90", "above", 0.9),
        ("(x * 100) / y > 90", "above", 0.9),
        ("1 - x / y > 0.9", "below", 0.1),
        ("1 - (x / y) < 0.1", "above", 0.9),
        ("100 - x / y * 100 > 85", "below", 0.15),
        ("100 - (100 * x / y) > 85", "below", 0.15),
        ("(1 - x / y) * 100 > 85", "below", 0.15),
        ("90 < 100 * x / y", "above", 0.9),
        ("x / y == 1", "equal", 1),
        ("x / y / 2 > 0.4", "above", 0.8),
        ("sum(rate(x[5m])) / sum(rate(y[5m])) * 100 > 5", "above", 0.05),
    ],
)
def test_a_share_is_of_one(expr: str, direction: str, share: float) -> None:
    signal = only(expr)
    assert signal.shape == "ratio"
    assert signal.direction == direction
    assert signal.threshold == pytest.approx(share)


@pytest.mark.parametrize(
    ("expr", "per_second"),
    [
        ("rate(x[5m]) > 2", 2),
        ("irate(x[5m]) > 2", 2),
        ("increase(x[10m]) > 3", 3 / 600),
        ("sum(increase(x[1h])) > 36", 0.01),
        ("delta(x[1m]) > 6", 0.1),
        ("increase(x[5m]) > y", None),
        ("x > 5", None),
        ("deriv(x[5m]) > 1", None),
    ],
)
def test_events_per_second(expr: str, per_second: float | None) -> None:
    found = only(expr).per_second
    assert found == (None if per_second is None else pytest.approx(per_second))


def told(expr: str) -> list[tuple[str, str, float | None, bool]]:
    return [(each.metric, each.direction, each.threshold, each.guard) for each in signals(parse(expr))]


class TestSeveralConditions:
    def test_of_or_each_is_what_it_is_about(self) -> None:
        assert told("x > 1 or y < 2") == [("x", "above", 1, False), ("y", "below", 2, False)]

    def test_of_and_the_right_side_guards(self) -> None:
        assert told("x > 1 and y < 2") == [("x", "above", 1, False), ("y", "below", 2, True)]

    def test_of_unless_too(self) -> None:
        assert told("x > 1 unless on (a) y == 1") == [("x", "above", 1, False), ("y", "equal", 1, True)]

    def test_guards_come_last(self) -> None:
        assert told("(x > 1 and y > 2) or z > 3") == [
            ("x", "above", 1, False),
            ("z", "above", 3, False),
            ("y", "above", 2, True),
        ]

    def test_all_within_a_guard_guard(self) -> None:
        assert [guard for *_, guard in told("x > 1 and (y > 2 or z > 3)")] == [False, True, True]

    def test_a_chain_is_two_conditions_on_one_subject(self) -> None:
        assert told("5 < x < 10") == [("x", "above", 5, False), ("x", "below", 10, False)]
        assert told("x > 5 < 10 != 7") == [("x", "above", 5, False), ("x", "below", 10, False), ("x", "unequal", 7, False)]

    def test_a_filter_on_a_filtered_pair(self) -> None:
        assert told("(x and y > 1) > 5") == [("x", "none", None, False), ("x", "above", 5, False), ("y", "above", 1, True)]

    def test_a_filter_that_is_multiplied_decides(self) -> None:
        assert told("(x > 5) * on (a) group_left y") == [("x", "above", 5, False)]
        assert told("y * on (a) (x > 5)") == [("x", "above", 5, False)]

    def test_a_filter_inside_an_aggregation_or_a_subquery_decides(self) -> None:
        assert told("sum by (a) (x > 5)") == [("x", "above", 5, False)]
        assert told("min_over_time((x > 5)[1h:1m])") == [("x", "above", 5, False)]

    def test_absence_of_what_a_filter_leaves_is_absence(self) -> None:
        (signal,) = signals(parse("absent(x == 1)"))
        assert (signal.shape, signal.metric) == ("absent", "x")

    def test_a_comparison_of_two_metrics_is_about_both_the_left_one_first(self) -> None:
        signal = only("x > y")
        assert [metric_name(selector) for selector in signal.selectors] == ["x", "y"]
        assert signal.metric == "x"

    def test_an_expression_of_numbers_is_about_nothing(self) -> None:
        assert only("vector(1)").metric == ""


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        ("1", 1),
        ("-(1)", -1),
        ("2 ^ 10", 1024),
        ("10 / 4", 2.5),
        ("vector(3)", 3),
        ("1 / 0", None),
        ("x", None),
        ("time()", None),
    ],
)
def test_constants(expr: str, value: float | None) -> None:
    assert constant_of(parse(expr)) == value


@pytest.mark.parametrize(
    ("expr", "name"), [("x", "x"), ('{__name__="x"}', "x"), ('{__name__=~"x.*"}', "x.*"), ('{job="a"}', "")]
)
def test_names_of_selectors(expr: str, name: str) -> None:
    (selector,) = selectors(parse(expr))
    assert metric_name(selector) == name


@pytest.mark.parametrize(
    ("expr", "threshold", "direction"),
    [
        ("1 - rate(x[5m]) > 0.8", 0.2, "below"),
        ("(1 - avg by (a) (rate(x[5m]))) * 100 > 80", 0.2, "below"),
        ("100 - (avg by (a) (rate(x[5m])) * 100) < 20", 0.8, "above"),
        ("rate(x[5m]) * 100 > 80", 80, "above"),  # not known to be a share
        ("5 - rate(x[5m]) > 1", 1, "above"),
    ],
)
def test_what_is_left_of_a_whole_is_turned_round(expr: str, threshold: float, direction: str) -> None:
    (signal,) = signals(parse(expr))
    assert (signal.direction, signal.shape) == (direction, "rate")
    assert signal.threshold == pytest.approx(threshold)


@pytest.mark.parametrize(
    ("expr", "direction", "threshold"),
    [
        ("x < time() - 60", "above", 60),
        ("time() - 60 > x", "above", 60),
        ("x > (time() - 600)", "below", 600),
        ("x < time() + 7 * 86400", "below", 604800),
        ("max by (a) (x) <= time() - 3600", "above", 3600),
    ],
)
def test_a_timestamp_compared_with_now_is_an_age(expr: str, direction: str, threshold: float) -> None:
    (found,) = signals(parse(expr))
    assert (found.shape, found.direction, found.threshold, found.metric) == ("age", direction, threshold, "x")


def test_two_times_are_no_age() -> None:
    (found,) = signals(parse("time() - x > time() - 60"))
    assert (found.shape, found.threshold) == ("age", None)


@pytest.mark.parametrize(
    ("expr", "direction", "threshold"),
    [
        ("x > 0.9 * y", "above", 0.9),
        ("x < y * 0.1", "below", 0.1),
        ("0.05 * sum(y) < sum(x)", "above", 0.05),
        ("sum by (a) (x) >= on (a) (y * 0.8)", "above", 0.8),
    ],
)
def test_what_is_compared_with_a_share_of_a_whole_is_a_ratio(expr: str, direction: str, threshold: float) -> None:
    (found,) = signals(parse(expr))
    assert (found.shape, found.direction, found.threshold, found.metric) == ("ratio", direction, threshold, "x")


@pytest.mark.parametrize("expr", ["x > 2 * y", "x < 0.5 * x offset 1d", "x > y", "x > 0.5 * 7"])
def test_what_is_no_share_stays_a_value(expr: str) -> None:
    (found,) = signals(parse(expr))
    assert found.shape == "value"
