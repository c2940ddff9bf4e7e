"""Functions of single samples, as mappings of intervals: what ``abs``, ``ceil`` or ``ln`` makes of a set of values."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from promtrim.evaluate import interval as iv
from promtrim.evaluate.interval import ANY, Interval
from promtrim.evaluate.result import INF, State

Valued = Callable[[Interval], Interval]


def mapped_state(state: State, mapped: Valued) -> State:
    return state if state.hi == 0 else State(state.lo, state.hi, mapped(state.value))


def _monotone(function: Callable[[float], float], integer: bool = False) -> Valued:
    def mapped(value: Interval) -> Interval:
        if value.empty:
            return value
        plus = value.positive or function is math.exp
        result = Interval(
            _safely(function, value.lo), _safely(function, value.hi), nan=value.nan, integer=integer, plus=plus
        )
        return result if integer else iv.loosely(result)

    return mapped


def _safely(function: Callable[[float], float], value: float) -> float:
    if math.isinf(value):
        return value if function in (math.ceil, math.floor) else _limit(function, value)
    try:
        return float(function(value))
    except OverflowError:
        return INF
    except ValueError:
        return -INF


def _limit(function: Callable[[float], float], value: float) -> float:
    if function is math.exp:
        return INF if value > 0 else 0.0
    return value


def _absolute(value: Interval) -> Interval:
    if value.empty:
        return value
    if value.lo >= 0 or value.hi <= 0:
        return msgspec.structs.replace(value if value.lo >= 0 else iv.negate(value), plus=True)
    return Interval(0.0, max(-value.lo, value.hi), nan=value.nan, integer=value.integer, plus=True)


def _logarithm(function: Callable[[float], float]) -> Valued:
    def mapped(value: Interval) -> Interval:
        lo = -INF if value.lo <= 0 else _safely(function, value.lo)
        hi = INF if value.hi == INF else (-INF if value.hi <= 0 else _safely(function, value.hi))
        return iv.loosely(Interval(lo, hi, nan=value.nan or value.lo < 0))

    return mapped


def _root(value: Interval) -> Interval:
    lo = math.sqrt(value.lo) if 0 <= value.lo < INF else 0.0
    hi = math.sqrt(value.hi) if 0 <= value.hi < INF else INF
    return Interval(lo, hi, nan=value.nan or value.lo < 0, plus=value.positive)


def _sign(value: Interval) -> Interval:
    lo = -1.0 if value.lo < 0 else (0.0 if value.lo == 0 and not value.lo_open else 1.0)
    hi = 1.0 if value.hi > 0 else (0.0 if value.hi == 0 and not value.hi_open else -1.0)
    return Interval(lo, hi, nan=value.nan, integer=True, plus=value.positive)


def to(result: Interval) -> Valued:
    return lambda value: result


def _trigonometric(lo: float, hi: float, always: bool) -> Valued:
    return lambda value: Interval(lo, hi, nan=not always or value.nan or not value.finite)


MAPPED: dict[str, Valued] = {
    "abs": _absolute,
    "ceil": _monotone(math.ceil, integer=True),
    "floor": _monotone(math.floor, integer=True),
    "exp": _monotone(math.exp),
    "ln": _logarithm(math.log),
    "log2": _logarithm(math.log2),
    "log10": _logarithm(math.log10),
    "sqrt": _root,
    "sgn": _sign,
    "sin": _trigonometric(-1.0, 1.0, True),
    "cos": _trigonometric(-1.0, 1.0, True),
    "tan": to(ANY),
    "asin": _trigonometric(-1.5708, 1.5708, False),
    "acos": _trigonometric(0.0, 3.1416, False),
    "atan": _trigonometric(-1.5708, 1.5708, True),
    "sinh": to(ANY), "cosh": to(Interval(1.0, INF, nan=True)), "tanh": _trigonometric(-1.0, 1.0, False),
    "asinh": to(ANY), "acosh": to(Interval(0.0, INF, nan=True)), "atanh": to(ANY),
    "deg": lambda value: iv.loosely(iv.multiply(value, iv.constant(180 / math.pi))),
    "rad": lambda value: iv.loosely(iv.multiply(value, iv.constant(math.pi / 180))),
    "timestamp": to(Interval(0.0, INF, hi_open=True, plus=True)),
}  # fmt: skip
