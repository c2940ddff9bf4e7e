"""Intervals against the floats they stand for: whatever IEEE 754 computes from members is a member of the result.

Members are drawn from inside the operands, ends, infinities, NaN and negative zeros among them.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from promtrim.evaluate import interval as iv
from promtrim.evaluate.interval import Interval

INF, NAN = math.inf, math.nan

POINTS = (
    -INF, -1.7e308, -1e20, -7.0, -3.5, -1.0, -0.1, -1e-17, -5e-324, -0.0, 0.0, 5e-324, 1e-17, 0.1, 0.3, 0.5, 1.0, 1.5, 2.0,
    3.0, 7.0, 10.0, 100.0, 1e16, 1e20, 1.7e308, INF,
)  # fmt: skip
"""Values around which floating point does what real numbers do not: tiny, huge, halves, tenths."""


numbers = st.one_of(st.sampled_from(POINTS), st.floats(allow_nan=False), st.integers(-20, 20).map(float))


def is_in(value: float, interval: Interval) -> bool:
    """Whether a float is a member, its sign looked at where it is a zero."""
    if value == 0 and interval.plus and math.copysign(1, value) < 0:
        return False
    return is_near(value, interval)


def is_near(value: float, interval: Interval) -> bool:
    """Whether a float is a member: NaN where it may be, a real between the ends, and an integer where that is said."""
    if value != value:
        return interval.nan
    if interval.integer and math.isfinite(value) and value != math.floor(value):
        return False
    return interval.contains(value)


@st.composite
def intervals_with_member(draw: st.DrawFn) -> tuple[Interval, float]:
    """An interval and one of its members."""
    if draw(st.booleans()):
        low, high = sorted((draw(numbers), draw(numbers)))
        flags = [draw(st.booleans()) for _ in range(3)]
        interval = Interval(low, high, *flags, plus=draw(st.booleans()))
        between = (low, high, math.nextafter(low, high), math.nextafter(high, low))
        value = draw(st.one_of(st.sampled_from(between), numbers))
    else:
        low, high = sorted((draw(st.integers(-9, 9)), draw(st.integers(-9, 9))))
        ends = draw(st.sampled_from(((low, high), (low, INF), (-INF, high))))
        interval = Interval(float(ends[0]), float(ends[1]), nan=draw(st.booleans()), integer=True, plus=draw(st.booleans()))
        value = float(draw(st.integers(low, high)))
    if interval.nan and draw(st.integers(0, 3)) == 0:
        value = NAN
    assume(is_in(value, interval))
    return interval, value


def divided(x: float, y: float) -> float:
    """IEEE 754 division, which Python refuses for a zero divisor."""
    if y == 0:
        return NAN if x == 0 or x != x else math.copysign(INF, x) * math.copysign(1, y)
    return x / y


def remainder(x: float, y: float) -> float:
    """Go's math.Mod."""
    if math.isinf(x) or y == 0 or x != x or y != y:
        return NAN
    return math.fmod(x, y)


def raised(x: float, y: float) -> float:
    """Go's math.Pow, where it differs from Python's: no exceptions."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return math.copysign(INF, x) if x < 0 and y % 2 == 1 else INF
    except ValueError:
        return math.copysign(INF, x if y % 2 == 1 else 1.0) if x == 0 else NAN


OPERATIONS: dict[str, tuple[Callable[[Interval, Interval], Interval], Callable[[float, float], float]]] = {
    "add": (iv.add, operator.add),
    "subtract": (iv.subtract, operator.sub),
    "multiply": (iv.multiply, operator.mul),
    "divide": (iv.divide, divided),
    "modulo": (iv.modulo, remainder),
    "power": (iv.power, raised),
}

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
"""Python compares with NaN as Prometheus does."""


@pytest.mark.parametrize("name", OPERATIONS)
@given(intervals_with_member(), intervals_with_member())
@example((Interval(0.0, 1.0, True), 1e-17), (Interval(1.0, 1.0), 1.0))
@example((Interval(0.0, 1.0, True), 5e-324), (Interval(0.5, 0.5), 0.5))
@example((Interval(1.0, 2.0, True), math.nextafter(1.0, 2.0)), (Interval(3.0, 3.0), 3.0))
@example((Interval(0.0, INF), INF), (Interval(-INF, 0.0), -INF))
@example((Interval(0.0, 0.0), 0.0), (Interval(0.0, INF), INF))
def test_arithmetic_holds_what_members_give(name: str, left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    abstract, concrete = OPERATIONS[name]
    (a, x), (b, y) = left, right
    result = concrete(x, y)
    assert is_in(result, abstract(a, b)), f"{x} {name} {y} = {result} is not in {abstract(a, b)}"


@given(intervals_with_member())
def test_negation_holds_what_members_give(drawn: tuple[Interval, float]) -> None:
    a, x = drawn
    assert is_in(-x, iv.negate(a))


@pytest.mark.parametrize("op", COMPARISONS)
@given(intervals_with_member(), intervals_with_member())
@example((Interval(nan=True), NAN), (Interval(0.0, 0.0), 0.0))
@example((iv.ZERO, 0.0), (iv.ZERO, 0.0))
@example((Interval(INF, INF), INF), (Interval(), INF))
def test_comparison_tells_what_can_and_must_be_true(
    op: str, left: tuple[Interval, float], right: tuple[Interval, float]
) -> None:
    (a, x), (b, y) = left, right
    outcome = iv.compare(op, a, b)
    if COMPARISONS[op](x, y):
        assert outcome.may, f"{x} {op} {y} is true"
        assert is_in(x, outcome.passed), f"{x} passes {op} {y}, and is not in {outcome.passed}"
    else:
        assert not outcome.must, f"{x} {op} {y} is false"


@pytest.mark.parametrize("op", COMPARISONS)
@given(intervals_with_member(), intervals_with_member())
def test_what_must_be_true_may_be_true(op: str, left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    outcome = iv.compare(op, left[0], right[0])
    assert outcome.may or not outcome.must


@given(intervals_with_member(), intervals_with_member())
def test_union_holds_both(left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    (a, x), (b, y) = left, right
    assert is_in(x, iv.union(a, b))
    assert is_in(y, iv.union(a, b))


@given(intervals_with_member(), intervals_with_member())
def test_intersection_holds_exactly_what_both_hold(left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    (a, x), (b, _) = left, right
    assert is_near(x, iv.intersect(a, b)) is is_near(x, b)
    assert is_in(x, iv.intersect(a, b)) or not is_near(x, b)


@given(intervals_with_member(), intervals_with_member())
def test_disjoint_intervals_share_no_number(left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    (a, x), (b, _) = left, right
    if x == x and is_near(x, b):
        assert not iv.disjoint(a, b)


@given(intervals_with_member(), intervals_with_member())
def test_what_is_within_has_its_members_there(left: tuple[Interval, float], right: tuple[Interval, float]) -> None:
    (a, x), (b, _) = left, right
    if iv.within(a, b):
        assert is_near(x, b)
    assert iv.within(a, a)


@given(intervals_with_member(), st.lists(st.floats(0, 1), min_size=0, max_size=12))
@example((Interval(0.1, 0.1), 0.1), [0.0] * 9)
@example((Interval(0.7, 0.7), 0.7), [0.0] * 12)
@example((Interval(-0.1, 0.1), 0.1), [0.0] * 5)
def test_a_sum_of_members_is_in_the_scaled_interval(drawn: tuple[Interval, float], more: list[float]) -> None:
    a, x = drawn
    values = [x]
    for share in more:
        other = x if not math.isfinite(a.lo) or not math.isfinite(a.hi) else a.lo + (a.hi - a.lo) * share
        values.append(other if is_in(other, a) else x)
    total = values[0]
    for value in values[1:]:
        total += value
    assert is_in(total, iv.scale(a, 1, len(values))), f"{total} of {values}"
    assert is_in(total, iv.scale(a, 1, INF)), f"{total} of {values}"


@given(intervals_with_member())
def test_tightened_to_integers_keeps_all_integers(drawn: tuple[Interval, float]) -> None:
    a, x = drawn
    tight = iv.tight(a.lo, a.hi, a.lo_open, a.hi_open, a.nan, True)
    if x != x or math.isinf(x) or x == math.floor(x):
        assert is_in(x, tight) or math.isinf(x)


@given(numbers)
def test_a_constant_holds_its_value_alone(value: float) -> None:
    single = iv.constant(value)
    assert single.constant
    assert is_in(value, single)
    assert not single.nan
    assert is_in(-value, single) is (value == 0 and math.copysign(1, value) < 0)
    assert not single.contains(math.nextafter(value, INF)) or value == INF


def test_nan_alone_is_no_number_and_no_constant() -> None:
    nothing = iv.constant(NAN)
    assert nothing.nan
    assert nothing.empty
    assert not nothing.constant


@given(intervals_with_member())
def test_x_minus_itself_is_zero_or_nan_only_where_the_engine_knows_so(drawn: tuple[Interval, float]) -> None:
    # The interval of the operands alone cannot know: two different members may differ.
    a, _ = drawn
    if not a.constant and not a.empty and a.finite and a.hi - a.lo > 0:
        difference = iv.subtract(a, a)
        assert difference.lo < 0 < difference.hi


class TestComparisonsByHand:
    """The edges that decide verdicts, spelled out."""

    @pytest.mark.parametrize(
        ("op", "a", "b", "may", "must"),
        [
            (">", Interval(0, 1), Interval(1, 1), False, False),
            (">=", Interval(0, 1), Interval(1, 1), True, False),
            (">", Interval(0, 1, hi_open=True), Interval(1, 1), False, False),
            (">=", Interval(0, 1, hi_open=True), Interval(1, 1), False, False),
            (">", Interval(1, 5, lo_open=True), Interval(1, 1), True, True),
            (">=", Interval(1, 5), Interval(1, 1), True, True),
            (">", Interval(1, 5), Interval(1, 1), True, False),
            (">=", Interval(1, 5, nan=True), Interval(1, 1), True, False),
            ("<", Interval(0, INF), Interval(0, 0), False, False),
            ("<=", Interval(0, INF), Interval(0, 0), True, False),
            ("<", Interval(0, INF), Interval(INF, INF), True, False),
            ("<", Interval(0, INF, hi_open=True), Interval(INF, INF), True, True),
            (">", Interval(0, INF), Interval(INF, INF), False, False),
            ("<", Interval(-INF, INF), Interval(-INF, -INF), False, False),
            ("==", Interval(0, 1, integer=True), Interval(0.5, 0.5), False, False),
            ("==", iv.ONE, iv.ONE, True, True),
            ("==", Interval(1, 1, nan=True), iv.ONE, True, False),
            ("!=", iv.ONE, iv.ONE, False, False),
            ("!=", Interval(1, 1, nan=True), iv.ONE, True, False),
            ("!=", Interval(INF, -INF, nan=True), iv.ONE, True, True),
            ("!=", Interval(0, 1, integer=True), Interval(0.5, 0.5), True, True),
            ("==", Interval(INF, -INF, nan=True), Interval(nan=True), False, False),
            (">", iv.NOTHING, iv.ANY, False, False),
            ("!=", iv.NOTHING, iv.ANY, False, False),
        ],
    )
    def test_may_and_must(self, op: str, a: Interval, b: Interval, may: bool, must: bool) -> None:
        outcome = iv.compare(op, a, b)
        assert (outcome.may, outcome.must) == (may, must)

    @pytest.mark.parametrize(
        ("op", "a", "b", "passed"),
        [
            (">", Interval(0, INF), Interval(3, 3), Interval(3, INF, lo_open=True)),
            (">=", Interval(0, INF), Interval(3, 3), Interval(3, INF)),
            (">=", Interval(-1, 1), iv.ZERO, Interval(0, 1)),
            (">", Interval(0, 9, integer=True), Interval(3, 3), Interval(4, 9, integer=True)),
            ("<", Interval(0, 9, integer=True), Interval(3, 3), Interval(0, 2, integer=True)),
            ("<", Interval(0, 9, nan=True), Interval(1, 3), Interval(0, 3, hi_open=True)),
            ("==", Interval(0, 9, nan=True), Interval(3, 3, nan=True), Interval(3, 3)),
            ("!=", Interval(0, 1, integer=True), iv.ZERO, Interval(1, 1, integer=True)),
            ("!=", Interval(0, 1), iv.ONE, Interval(0, 1, hi_open=True)),
        ],
    )
    def test_what_passes(self, op: str, a: Interval, b: Interval, passed: Interval) -> None:
        assert iv.compare(op, a, b).passed == passed


@given(st.integers(1, 9), st.integers(1, 9))
def test_whole_numbers_stay_exact(a: int, b: int) -> None:
    left, right = iv.constant(float(a)), iv.constant(float(b))
    assert iv.add(left, right).lo == iv.add(left, right).hi == a + b
    assert iv.multiply(left, right).lo == iv.multiply(left, right).hi == a * b
    quotient = iv.divide(left, right)
    assert Fraction(a, b) == Fraction(quotient.lo).limit_denominator(100)
    assert quotient.constant
