"""What rules are compared by: the parts of a plain threshold, and what one expression sees that another sees too."""

from __future__ import annotations

import pytest

from promtrim.judge.likeness import likeness_of, threshold_of
from promtrim.promql.parse import parse


def threshold(expr: str):
    found = threshold_of(parse(expr), counter=lambda name: True)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("expr", "op", "number"),
    [
        ("x > 5", ">", 5),
        ("5 < x", ">", 5),
        ("5 >= x", "<=", 5),
        ("x == 0", "==", 0),
        ("(x) <= (5)", "<=", 5),
        ("x > 2 * 3", ">", 6),
    ],
)
def test_operator_and_number(expr: str, op: str, number: float) -> None:
    assert (threshold(expr).op, threshold(expr).number) == (op, number)


@pytest.mark.parametrize(
    "expr", ["x", "x > y", "x > bool 5", "x != 5", "x > 5 and y > 3", "absent(x)", "vector(1)", "1 > bool 2"]
)
def test_what_is_no_plain_threshold(expr: str) -> None:
    assert threshold_of(parse(expr)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > 5", "x > 10"),
        ("x > 5", "(x) > 10"),
        ("rate(x[5m]) > 5", "rate(x[1h]) > 10"),  # the range is incidental
        ("sum(rate(x[5m])) / sum(rate(y[5m])) > 0.1", "100 * sum(rate(x[5m])) / sum(rate(y[5m])) > 5"),
        ("histogram_quantile(0.9, rate(x_bucket[5m])) > 1", "histogram_quantile(0.99, rate(x_bucket[5m])) > 3"),
        ("x / y * 100 > 90", "x / y > 0.5"),
    ],
)
def test_two_thresholds_on_one_signal(one: str, other: str) -> None:
    assert threshold(one).signal == threshold(other).signal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x > 5", "y > 5"),
        ('x{a="1"} > 5', 'x{a="2"} > 5'),
        ("sum(x) > 5", "max(x) > 5"),
        ("sum by (a) (x) > 5", "sum(x) > 5"),
        ("rate(x[5m]) > 5", "increase(x[5m]) > 5"),
        ("x / y > 5", "y / x > 5"),
    ],
)
def test_two_signals(one: str, other: str) -> None:
    assert threshold(one).signal != threshold(other).signal


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ('x{a="1"} > 5', "x > 5"),
        ('x{a="1", b=~"2.*"} < 5', 'x{b=~"2.*"} < 5'),
        ('rate(x{a="1"}[5m]) > 5', "rate(x[5m]) > 5"),
        ('sum(rate(x{a="1"}[5m])) > 5', "sum(rate(x[5m])) > 5"),
        ('sum by (c) (increase(x{a="1"}[5m])) > 5', "sum by (c) (increase(x[5m])) > 5"),
        ('max(x{a="1"}) > 5', "max(x) > 5"),
        ('count(x{a="1"}) > 5', "count(x) > 5"),
    ],
)
def test_one_sees_all_that_the_other_sees(narrow: str, wide: str) -> None:
    assert threshold(narrow).skeleton == threshold(wide).skeleton
    assert set(threshold(wide).conditions) < set(threshold(narrow).conditions)


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ('sum(x{a="1"}) > 5', "sum(x) > 5"),  # what is negative makes sums smaller
        ('sum(rate(x{a="1"}[5m])) < 5', "sum(rate(x[5m])) < 5"),
        ('min(x{a="1"}) > 5', "min(x) > 5"),
        ('avg(x{a="1"}) > 5', "avg(x) > 5"),
        ('max(x{a="1"}) < 5', "max(x) < 5"),
        ('count(x{a="1"}) < 5', "count(x) < 5"),
        ('rate(x{a="1"}[5m]) > 5', "rate(x[10m]) > 5"),
        ('rate(x{a="1"}[5m]) > 5', "x > 5"),
        ('x{a="1"} > 5', "x < 5"),
        ('x{a="1"} > 5', "x offset 5m > 5"),
        ('x{a="1"} > 5', "x @ 0 > 5"),
        ('sum by (a) (rate(x{a="1"}[5m])) > 5', "sum(rate(x[5m])) > 5"),
        ('sum without (c) (rate(x{a="1"}[5m])) > 5', "sum without (c) (rate(x[5m])) > 5"),
        ('x{a="1"} / y > 5', "x / y > 5"),
        ('predict_linear(x{a="1"}[1h], 3600) > 5', "predict_linear(x[1h], 3600) > 5"),
    ],
)
def test_one_that_sees_more_need_not_fire(narrow: str, wide: str) -> None:
    a, b = threshold(narrow), threshold(wide)
    assert a.skeleton != b.skeleton or not set(b.conditions) < set(a.conditions)


def test_what_an_expression_reads() -> None:
    assert likeness_of(parse("x / y > 1 and rate(x[5m]) > 0"), named=True).reads == ("x", "y")
    assert likeness_of(parse('{__name__="job:z:sum"} > 1'), named=False).reads == ("job:z:sum",)


def test_one_meaning_in_two_writings() -> None:
    one, other = (likeness_of(parse(each), False).meaning for each in ('x{a="1",b="2"} > 5', '(x{b="2", a="1"}) > 5'))
    assert one == other


@pytest.mark.parametrize(
    "other", ["x > vector(5)", "x > on () vector(5)", "x > bool 5", "x >= 5", "x > 5.1", "x offset 5m > 5"]
)
def test_what_looks_alike_and_is_not(other: str) -> None:
    # ``vector(5)`` has no labels, and meets only a series that has none.
    assert likeness_of(parse("x > 5"), False).meaning != likeness_of(parse(other), False).meaning


def test_rates_of_what_may_be_no_counter_make_sums_smaller() -> None:
    narrow, wide = (threshold_of(parse(each)) for each in ('sum(rate(x{a="1"}[5m])) > 5', "sum(rate(x[5m])) > 5"))
    assert narrow is not None
    assert wide is not None
    assert narrow.skeleton != wide.skeleton
