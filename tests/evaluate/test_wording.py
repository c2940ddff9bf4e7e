"""Reasons in words: what a person reads at night."""

from __future__ import annotations

import math

import pytest

from promtrim.evaluate import interval as iv
from promtrim.evaluate.interval import Interval
from promtrim.evaluate.wording import never_true, number, words
from promtrim.promql.parse import parse

INF = math.inf


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (iv.ONE, "always 1"),
        (Interval(0.0, 0.0, nan=True), "always 0 or NaN"),
        (iv.TRUTH, "0 or 1"),
        (Interval(0.0, 1.0), "between 0 and 1"),
        (Interval(0.0, 23.0, integer=True), "between 0 and 23"),
        (Interval(0.5, 2.0, lo_open=True), "above 0.5 and at most 2"),
        (iv.NON_NEGATIVE, "at least 0"),
        (Interval(0.0, INF, lo_open=True), "above 0"),
        (Interval(-INF, -0.25), "at most -0.25"),
        (Interval(), "any number"),
        (iv.ANY, "any number or NaN"),
        (Interval(INF, -INF, nan=True), "not a number (NaN)"),
    ],
)
def test_intervals(value: Interval, text: str) -> None:
    assert words(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0, "3"), (1, "1"), (-0.0, "0"), (0.1 + 0.2, "0.30000000000000004"), (1e300, "1e+300"), (INF, "Inf"), (-INF, "-Inf"), (2.5, "2.5")],
)
def test_numbers_to_the_last_digit(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("subject", "a", "op", "b", "text"),
    [
        ("x", iv.ZERO, ">", iv.ZERO, "x is always 0, and 0 > 0 is never true"),
        ("x", Interval(0.0, 0.0, nan=True), ">", iv.ZERO, "x is always 0 or NaN, and 0 > 0 is never true"),
        ("count(x)", iv.AT_LEAST_ONE, "==", iv.ZERO,
         "the count is at least 1, so never 0 (without series there is no count)"),
        ("count(x)", iv.ONE, ">", iv.ONE, "the count is always 1, and 1 > 1 is never true"),
        ("(sum(x))", iv.TRUTH, ">", iv.constant(5.0), "the sum is 0 or 1, so never above 5"),
        ("rate(x[5m])", iv.NON_NEGATIVE, "<", iv.ZERO,
         "rate() is at least 0, so never below 0 (it takes a fall for the reset of a counter)"),
        ("x - y", Interval(0.0, 1.0), ">=", iv.constant(2.0), "it is between 0 and 1, so never 2 or more"),
        ("x", iv.TRUTH, "==", iv.constant(INF), "x is 0 or 1, so never Inf"),
        ("x", Interval(0.0, INF, hi_open=True, integer=True), "==", iv.constant(INF), "x is at least 0, so never Inf"),
        ("x", Interval(0.0, INF, integer=True), "==", iv.constant(0.5), "x is a whole number, so never 0.5"),
        ("x", Interval(0.0, 1.0), ">", Interval(2.0, INF),
         "the left side is between 0 and 1 and the right side at least 2, so the left is never above the right"),
        ("x", Interval(), "<", Interval(INF, -INF, nan=True), "the other side is not a number (NaN), and then nothing is true"),
    ],
)  # fmt: skip
def test_why_a_comparison_is_never_true(subject: str, a: Interval, op: str, b: Interval, text: str) -> None:
    assert never_true(parse(subject), a, op, b) == text
