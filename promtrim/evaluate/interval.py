"""Intervals of floating-point values, with open ends, infinities and NaN: the value half of the abstract domain.

Sound for IEEE 754 as Prometheus computes: what is not certain widens. An end at an infinity that is *open* says "finite,
but no bound is known"; only facts give that, since any sum or product of large numbers may overflow.
"""

from __future__ import annotations

import math

import msgspec

INF = math.inf


class Interval(msgspec.Struct, frozen=True, gc=False):
    """A set of floats: the reals between ``lo`` and ``hi``, and NaN where ``nan``. ``lo > hi``: no real at all.

    ``plus``: a zero in it is certainly the positive one. By the negative zero a division gives the other infinity.
    """

    lo: float = -INF
    hi: float = INF
    lo_open: bool = False
    hi_open: bool = False
    nan: bool = False
    integer: bool = False
    plus: bool = False

    @property
    def empty(self) -> bool:
        """No real number is in it (NaN may be)."""
        return self.lo > self.hi or (self.lo == self.hi and (self.lo_open or self.hi_open))

    @property
    def constant(self) -> bool:
        """Exactly one value, and not NaN."""
        return self.lo == self.hi and not (self.nan or self.lo_open or self.hi_open)

    @property
    def finite(self) -> bool:
        return (self.lo > -INF or self.lo_open) and (self.hi < INF or self.hi_open)

    @property
    def squares(self) -> bool:
        """The square of every value is finite: no overflow on the way to a variance."""
        return not self.nan and self.lo > -1e150 and self.hi < 1e150

    @property
    def positive(self) -> bool:
        """Not below zero, and no negative zero."""
        return self.lo >= 0 and (self.plus or not self.contains(0.0))

    def contains(self, value: float) -> bool:
        if value < self.lo or value > self.hi:
            return False
        return not ((value == self.lo and self.lo_open) or (value == self.hi and self.hi_open))


ANY = Interval(nan=True)
REAL = Interval()
FINITE = Interval(lo_open=True, hi_open=True)
NOTHING = Interval(INF, -INF)
ZERO = Interval(0.0, 0.0, integer=True, plus=True)
ONE = Interval(1.0, 1.0, integer=True)
TRUTH = Interval(0.0, 1.0, integer=True, plus=True)
NON_NEGATIVE = Interval(0.0, INF, plus=True)
COUNTER = Interval(0.0, INF, hi_open=True, plus=True)
"""A counter's sample: never negative, never NaN, never infinite (OpenMetrics 1.0, section Counter)."""
AT_LEAST_ONE = Interval(1.0, INF, integer=True)
SLACK = 1e-9
"""Relative room for rounding where a bound holds in real numbers but not to the last bit in floating point."""
ULPS = 1e-12
"""Relative room for the last bits of one function or a mean."""


def constant(value: float) -> Interval:
    if value != value:
        return Interval(INF, -INF, nan=True)
    whole = value.is_integer() if math.isfinite(value) else False
    return Interval(value, value, integer=whole, plus=math.copysign(1.0, value) > 0)


def tight(
    lo: float, hi: float, lo_open: bool, hi_open: bool, nan: bool, integer: bool, plus: bool = False
) -> Interval:
    """An interval whose ends are pulled in to integers where the value is one."""
    if integer:
        if lo > -INF:
            lo, lo_open = (math.floor(lo) + 1.0 if lo_open else float(math.ceil(lo))) if lo != INF else lo, False
        if hi < INF:
            hi, hi_open = (math.ceil(hi) - 1.0 if hi_open else float(math.floor(hi))) if hi != -INF else hi, False
    return Interval(lo, hi, lo_open, hi_open, nan, integer, plus)


def union(a: Interval, b: Interval) -> Interval:
    if a is b:
        return a
    if a.empty:
        return b if not a.nan or b.nan else msgspec.structs.replace(b, nan=True)
    if b.empty:
        return a if not b.nan or a.nan else msgspec.structs.replace(a, nan=True)
    lo = min(a.lo, b.lo)
    hi = max(a.hi, b.hi)
    return Interval(
        lo,
        hi,
        (a.lo_open or a.lo != lo) and (b.lo_open or b.lo != lo),
        (a.hi_open or a.hi != hi) and (b.hi_open or b.hi != hi),
        a.nan or b.nan,
        a.integer and b.integer,
        a.plus and b.plus,
    )


def intersect(a: Interval, b: Interval) -> Interval:
    """The values of ``a`` that are in ``b`` too; NaN where it is in both."""
    lo = max(a.lo, b.lo)
    hi = min(a.hi, b.hi)
    return tight(
        lo,
        hi,
        (a.lo == lo and a.lo_open) or (b.lo == lo and b.lo_open),
        (a.hi == hi and a.hi_open) or (b.hi == hi and b.hi_open),
        a.nan and b.nan,
        a.integer or b.integer,
        a.plus,
    )


def disjoint(a: Interval, b: Interval) -> bool:
    """No real number is in both."""
    return a.empty or b.empty or intersect(a, b).empty


def within(a: Interval, b: Interval) -> bool:
    """Every value of ``a``, NaN too, is in ``b``."""
    if a.nan and not b.nan:
        return False
    if a.empty:
        return True
    if a.lo < b.lo or a.hi > b.hi or (b.integer and not a.integer):
        return False
    return not ((a.lo == b.lo and b.lo_open and not a.lo_open) or (a.hi == b.hi and b.hi_open and not a.hi_open))


# Arithmetic. An infinite end of a result is closed: finite operands may overflow. So is an end that rounding or underflow
# can reach from inside: 1e-17 + 1 is 1.


def negate(a: Interval) -> Interval:
    return Interval(-a.hi, -a.lo, a.hi_open, a.lo_open, a.nan, a.integer)


def add(a: Interval, b: Interval) -> Interval:
    if a.empty or b.empty:
        return Interval(INF, -INF, nan=a.nan or b.nan)
    lo = a.lo + b.lo
    hi = a.hi + b.hi
    nan = a.nan or b.nan or (_has(a, INF) and _has(b, -INF)) or (_has(a, -INF) and _has(b, INF))
    if lo != lo:
        lo = -INF
    if hi != hi:
        hi = INF
    # Beside a zero nothing is rounded away.
    lo_open = lo > -INF and ((a.lo_open and b.lo == 0) or (b.lo_open and a.lo == 0))
    hi_open = hi < INF and ((a.hi_open and b.hi == 0) or (b.hi_open and a.hi == 0))
    # Only two negative zeros give one.
    plus = a.plus or b.plus or not (a.contains(0.0) and b.contains(0.0))
    return Interval(lo, hi, lo_open, hi_open, nan, a.integer and b.integer, plus)


def subtract(a: Interval, b: Interval) -> Interval:
    return add(a, negate(b))


def _has(a: Interval, infinity: float) -> bool:
    return (a.hi == INF and not a.hi_open) if infinity > 0 else (a.lo == -INF and not a.lo_open)


def _product(x: float, y: float) -> float:
    return 0.0 if x == 0 or y == 0 else x * y


def multiply(a: Interval, b: Interval) -> Interval:
    if a.empty or b.empty:
        return Interval(INF, -INF, nan=a.nan or b.nan)
    nan = a.nan or b.nan
    nan = nan or (a.contains(0.0) and (_has(b, INF) or _has(b, -INF)))
    nan = nan or (b.contains(0.0) and (_has(a, INF) or _has(a, -INF)))
    corners = tuple(
        (_product(x, y), _unreached(x, x_open, a, y, y_open, b))
        for x, x_open in ((a.lo, a.lo_open), (a.hi, a.hi_open))
        for y, y_open in ((b.lo, b.lo_open), (b.hi, b.hi_open))
    )
    return _hull(corners, nan, a.integer and b.integer, a.positive and b.positive)


def _unreached(x: float, x_open: bool, a: Interval, y: float, y_open: bool, b: Interval) -> bool:
    """Whether no pair's product is the corner ``x * y``, rounding and underflow included."""
    if (x == 0 and not x_open) or (y == 0 and not y_open):
        return False
    if x == 0 or y == 0:
        other = b if x == 0 else a
        return other.lo >= 1 or other.hi <= -1
    return (x_open and b.constant and abs(y) == 1) or (y_open and a.constant and abs(x) == 1)


def _hull(corners: tuple[tuple[float, bool], ...], nan: bool, integer: bool, plus: bool) -> Interval:
    lo = min(corner for corner, _ in corners)
    hi = max(corner for corner, _ in corners)
    lo_open = lo > -INF and all(opened for corner, opened in corners if corner == lo)
    hi_open = hi < INF and all(opened for corner, opened in corners if corner == hi)
    return Interval(lo, hi, lo_open, hi_open, nan, integer, plus)


def divide(a: Interval, b: Interval) -> Interval:
    if a.empty or b.empty:
        return Interval(INF, -INF, nan=a.nan or b.nan)
    infinite = (_has(a, INF) or _has(a, -INF)) and (_has(b, INF) or _has(b, -INF))
    nan = a.nan or b.nan or infinite
    plus = a.positive and b.positive
    if b.lo > 0 or b.hi < 0:
        corners = [_quotient(x, y) for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
        return Interval(min(corners), max(corners), nan=nan, plus=plus)
    nan = nan or (a.lo <= 0 <= a.hi and b.contains(0.0))
    if not b.positive:
        return Interval(nan=nan)
    if b.lo == b.hi == 0:
        # By zero: an infinity, or NaN for zero by zero.
        low = -INF if a.lo < 0 else INF
        return Interval(low, INF if a.hi > 0 else -INF, nan=nan)
    if a.lo == a.hi == 0:
        return Interval(0.0, 0.0, nan=nan)
    if b.lo >= 0 and a.lo >= 0:
        lo = 0.0 if b.hi == INF else _quotient(a.lo, b.hi)
        # The quotient of no tiny number by a finite one does not underflow to zero.
        return Interval(lo, INF, lo == 0 and a.lo >= 1e-15 and b.finite, nan=nan, plus=plus)
    if b.lo >= 0 and a.hi <= 0:
        hi = 0.0 if b.hi == INF else _quotient(a.hi, b.hi)
        return Interval(-INF, hi, nan=nan)
    return Interval(nan=nan)


def _quotient(x: float, y: float) -> float:
    if math.isinf(y):
        return 0.0  # also infinity by infinity: the other corners already span what that can be
    return x / y


def modulo(a: Interval, b: Interval) -> Interval:
    """Go's math.Mod: the sign of the dividend; NaN for a zero divisor or an infinite dividend."""
    if a.empty or b.empty:
        return ANY
    nan = a.nan or b.nan or b.contains(0.0) or not a.finite
    if a.constant and b.constant and b.lo != 0 and a.finite and b.finite:
        return constant(math.fmod(a.lo, b.lo))
    bound = max(abs(b.lo), abs(b.hi))
    hi = min(a.hi, bound) if a.hi > 0 else 0.0
    lo = -min(-a.lo, bound) if a.lo < 0 else 0.0
    integer = a.integer and b.integer
    return tight(lo, hi, False, hi == bound and bound < INF and a.hi > bound, nan, integer, a.positive)


def power(a: Interval, b: Interval) -> Interval:
    if a.empty or b.empty:
        return ANY
    if a.constant and b.constant:
        try:
            result = math.pow(a.lo, b.lo)
        except (ValueError, OverflowError):
            return ANY
        # Roots are no exact matter: 8 ^ (1 / 3) is 2 in one implementation and less in another.
        exact = a.integer and b.integer and abs(result) < 2**53 and b.lo >= 0
        return constant(result) if exact else loosely(constant(result))
    if a.constant and a.lo > 1:
        return loosely(Interval(_power(a.lo, b.lo), _power(a.lo, b.hi), nan=b.nan, plus=True))
    if a.positive:
        return Interval(0.0, INF, nan=a.nan or b.nan, plus=True)
    if b.constant and b.lo == 2:
        return Interval(0.0, INF, nan=a.nan)
    return ANY


def _power(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return INF


def scale(a: Interval, lo: float, hi: float) -> Interval:
    """The sum of between ``lo`` and ``hi`` values (at least one) of the interval."""
    if hi == lo == 1:
        return a
    if a.empty:
        return a
    times = Interval(max(lo, 1.0), hi)
    # Many roundings on the way may overshoot a multiple of an end; a single value's end they cannot.
    slack = 0.0 if a.integer else SLACK
    low = a.lo * times.lo * (1 - slack if times.lo > 1 else 1) if a.lo >= 0 else a.lo * times.hi * (1 + slack)
    high = a.hi * times.lo * (1 - slack if times.lo > 1 else 1) if a.hi <= 0 else a.hi * times.hi * (1 + slack)
    nan = a.nan or (_has(a, INF) and _has(a, -INF))
    return Interval(low, high, a.lo_open and a.lo >= 0 and times.lo == 1, a.hi_open and a.hi <= 0 and times.lo == 1,
                    nan, a.integer, a.plus)  # fmt: skip


def loosely(a: Interval) -> Interval:
    """The interval with room for the last bits, in which implementations of a function differ. Zero is exact."""
    lo = a.lo - abs(a.lo) * ULPS if math.isfinite(a.lo) else a.lo
    hi = a.hi + abs(a.hi) * ULPS if math.isfinite(a.hi) else a.hi
    return Interval(lo, hi, nan=a.nan, plus=a.plus)


def roughly(a: Interval) -> Interval:
    """Means of values of the interval: room for their rounding, and NaN where infinities may meet."""
    mean = loosely(a)
    return mean if a.finite else msgspec.structs.replace(mean, nan=True)


# Comparison: what it lets through.


class Comparison(msgspec.Struct, frozen=True, gc=False):
    """The outcome of a comparison over two intervals."""

    may: bool
    """True for some pair of values."""
    must: bool
    """True for every pair of values."""
    passed: Interval
    """Values of the left side for which it can be true."""


def compare(op: str, a: Interval, b: Interval) -> Comparison:
    """``a op b`` as Prometheus filters: a comparison with NaN is false, save ``!=``, which is true."""
    if op == "!=":
        return _unequal(a, b)
    if a.empty or b.empty:
        return Comparison(False, False, NOTHING)
    nan = a.nan or b.nan
    if op == "==":
        passed = intersect(a, b)
        if passed.nan:
            passed = msgspec.structs.replace(passed, nan=False)
        return Comparison(not passed.empty, a.constant and b.constant and a.lo == b.lo, passed)
    if op == ">" or op == ">=":
        strict = op == ">"
        bound_open = strict or b.lo_open
        passed = _cut(a, b.lo, bound_open, above=True)
        if strict and b.lo == INF:
            passed = NOTHING
        least, most = a.lo, b.hi
        must = least > most or (least == most and (not strict or a.lo_open or b.hi_open))
    else:
        strict = op == "<"
        bound_open = strict or b.hi_open
        passed = _cut(a, b.hi, bound_open, above=False)
        if strict and b.hi == -INF:
            passed = NOTHING
        least, most = b.lo, a.hi
        must = most < least or (least == most and (not strict or a.hi_open or b.lo_open))
    return Comparison(not passed.empty, must and not nan, passed)


def _cut(a: Interval, bound: float, opened: bool, above: bool) -> Interval:
    if above:
        lo, lo_open = (bound, opened) if bound > a.lo else (a.lo, a.lo_open or (opened and bound == a.lo))
        return tight(lo, a.hi, lo_open, a.hi_open, False, a.integer, a.plus)
    hi, hi_open = (bound, opened) if bound < a.hi else (a.hi, a.hi_open or (opened and bound == a.hi))
    return tight(a.lo, hi, a.lo_open, hi_open, False, a.integer, a.plus)


def _unequal(a: Interval, b: Interval) -> Comparison:
    if a.constant and b.constant and a.lo == b.lo:
        return Comparison(False, False, NOTHING)
    passed = a
    if b.constant and not a.empty:
        if a.lo == b.lo and not a.lo_open:
            passed = tight(a.lo, a.hi, True, a.hi_open, a.nan, a.integer, a.plus)
        elif a.hi == b.lo and not a.hi_open:
            passed = tight(a.lo, a.hi, a.lo_open, True, a.nan, a.integer, a.plus)
    if (a.empty and not a.nan) or (b.empty and not b.nan):
        return Comparison(False, False, NOTHING)
    return Comparison(not (passed.empty and not passed.nan), disjoint(a, b), passed)
