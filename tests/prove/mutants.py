"""Mutants: the evaluator broken in known ways, one at a time. Each must be caught by the worlds.

What Prometheus returns in the worlds is observed once; for each mutant the evaluator is asked again, and its claims are
held against the same observations. A claim that the sound evaluator is contradicted on already does not count.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

import promtrim.evaluate
import promtrim.knowledge.facts
from promtrim.evaluate.interval import FINITE, NON_NEGATIVE, ONE, ZERO, Interval
from promtrim.evaluate.labels import Labels
from promtrim.evaluate.result import Result, State
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.promql.tree import Matcher
from tests.prove.claims import CHAINED, claims_of, contradictions, parts_of
from tests.prove.model import Case, Observation, World
from tests.prove.promtool import observe
from tests.prove.render import render
from tests.prove.worlds import worlds

WORLDS = 40
change = msgspec.structs.replace


class Mutant(msgspec.Struct, frozen=True):
    """A way to break the evaluator."""

    name: str
    target: str
    """``module:name``, below promtrim."""
    wrap: Callable[[Any], Any]
    """From the sound object to the broken one."""


def _value(result: Result, of: Callable[[Interval], Interval]) -> Result:
    """The result with other values."""

    def state(s: State) -> State:
        return s if s.hi == 0 else State(s.lo, s.hi, of(s.value))

    return change(result, possible=state(result.possible), healthy=state(result.healthy))


def _after(of: Callable[..., Any]) -> Callable[[Any], Any]:
    """A function whose result is changed: ``of(result, *arguments)``."""
    return lambda sound: lambda *args: of(sound(*args), *args)


def _instead(of: Any) -> Callable[[Any], Any]:
    """Another function or number in its place."""
    return lambda sound: of


def _calm(interval: Interval) -> Interval:
    return change(interval, nan=False)


def _sure(state: State, *_: Any) -> State:
    return State(1, max(state.hi, 1), state.value if state.hi else ONE)


def _swapped_ends(a: Interval, b: Interval) -> Interval:
    return Interval(a.lo * b.lo if a.lo * b.lo == a.lo * b.lo else 0.0, a.hi * b.hi if a.hi * b.hi == a.hi * b.hi else 0.0)


def _narrow_quotient(result: Interval, a: Interval, b: Interval) -> Interval:
    return change(result, nan=False, hi=min(result.hi, 1e12), lo=max(result.lo, -1e12))


def _first_alternative(sound: Any) -> Any:
    def of_matcher(matcher: Matcher) -> Any:
        if matcher.op == "=~" and "|" in matcher.value:
            return sound(Matcher(matcher.name, "=", matcher.value.split("|")[0]))
        return sound(matcher)

    return of_matcher


def _positive(sound: Any) -> Any:
    return lambda m: sound(Matcher(m.name, {"!=": "=", "!~": "=~"}.get(m.op, m.op), m.value))


def _differ(a: Labels, b: Labels, names: Any, ignoring: Any = ()) -> str | None:
    candidates = names if names is not None else [n for n in (*a.known, *b.known) if n != "__name__" and n not in ignoring]
    return next((name for name in candidates if a.get(name) != b.get(name)), None)


def _as(operator: str, other: str) -> Callable[[Any], Any]:
    return lambda sound: lambda op, a, b: sound(other if op == operator else op, a, b)


def _absent(result: Result, *_: Any) -> Result:
    always = State(1, 1, ONE)
    return change(result, healthy=State(0, 0, ZERO) if result.healthy.lo else always)


def _kept(result: Result, evaluator: Any, node: Any, args: Any) -> Result:
    return change(result, labels=args[0].labels)


def _facts(**changes: Any) -> Callable[[Any], Any]:
    return lambda sound: lambda *args: change(sound(*args), **changes)


def _one_side(node: Any, left: float, right: float) -> float:
    return 1 if node.group else min(left, right, 1)


MUTANTS = (
    Mutant("x / x is exactly 1", "evaluate.operators:_combined",
           _after(lambda r, evaluator, node, *_: _calm(r) if node.op == "/" and r.lo == r.hi == 1 else r)),
    Mutant("x - x is exactly 0", "evaluate.operators:_combined",
           _after(lambda r, evaluator, node, *_: _calm(r) if node.op == "-" and r.lo == r.hi == 0 else r)),
    Mutant("comparisons forget NaN", "evaluate.interval:compare",
           lambda sound: lambda op, a, b: sound(op, _calm(a), _calm(b))),
    Mutant("!= with NaN is false", "evaluate.interval:compare",
           lambda sound: lambda op, a, b: sound(op, _calm(a), _calm(b)) if op == "!=" else sound(op, a, b)),
    Mutant("x == x always holds", "evaluate.operators:_of_equals", _after(lambda r, op, value: change(r, must=r.may))),
    Mutant("x != x never holds", "evaluate.operators:_of_equals", lambda sound: lambda op, value: sound(op, _calm(value))),
    Mutant("> is >=", "evaluate.interval:compare", _as(">", ">=")),
    Mutant(">= is >", "evaluate.interval:compare", _as(">=", ">")),
    Mutant("<= is <", "evaluate.interval:compare", _as("<=", "<")),
    Mutant("< is >", "evaluate.interval:compare", _as("<", ">")),
    Mutant("a filter that may hold always holds", "evaluate.interval:compare", _after(lambda r, *_: change(r, must=r.may))),
    Mutant("bool gives 1", "evaluate.operators:_truth", _instead(lambda outcome: ONE)),
    Mutant("or is and", "evaluate.sets:_or",
           lambda sound: lambda node, a, b: importlib.import_module("promtrim.evaluate.sets")._and(None, node, a, b, None)),
    Mutant("and keeps the right values", "evaluate.sets:_and",
           _after(lambda r, evaluator, node, a, b, label: _value(r, lambda _: b.possible.value))),
    Mutant("and needs one side alone", "evaluate.sets:_and",
           _after(lambda r, evaluator, node, a, b, label: change(r, healthy=a.healthy) if r.possible.hi else r)),
    Mutant("unless takes nothing away", "evaluate.sets:_unless",
           _instead(lambda node, a, b, label: change(a, node=node, parts=(a, b), bounds=()))),
    Mutant("unless takes all away", "evaluate.sets:_implies", _instead(lambda *_: True)),
    Mutant("all jobs are one target", "knowledge.targets:Targets.of", _instead(lambda self, *_: 1)),
    Mutant("a job is one target", "knowledge.targets:Targets.instances", _instead(lambda self, demanded: 1)),
    Mutant("all targets are one", "evaluate.told:told_of_groups",
           _after(lambda r, evaluator, node, inner, alone: r and change(r, series=change(r.series, by=r.series.by - {"instance"})))),
    Mutant("any multiple is greater", "evaluate.operators:_multiple_exceeds", _instead(lambda *_: True)),
    Mutant("zero has no sign", "evaluate.interval:divide",
           lambda sound: lambda a, b: sound(a, change(b, plus=True))),
    Mutant("zero has no sign in powers", "evaluate.interval:power",
           lambda sound: lambda a, b: sound(change(a, plus=True), b)),
    Mutant("minus zero is zero", "evaluate.interval:negate", _after(lambda r, a: change(r, plus=True))),
    Mutant("now is always", "evaluate.selectors:_at_some_time", _instead(lambda result: result)),
    Mutant("topk picks the same for ever", "evaluate.selectors:_over_time", _instead(lambda result: result)),
    Mutant("any part of any whole", "evaluate.operators:is_part_of", _instead(lambda *_: True)),
    Mutant("roots are exact", "evaluate.interval:loosely", _instead(lambda a: a)),
    Mutant("histograms count up", "evaluate.functions:_of_histogram",
           _after(lambda r, *_: _value(r, lambda _: NON_NEGATIVE))),
    Mutant("regressions never overflow", "evaluate.over_time:_slope", _after(lambda r, value: _calm(r))),
    Mutant("predictions for all times", "evaluate.over_time:predict_linear", _after(lambda r, *_: _value(r, _calm))),
    Mutant("k is any number", "evaluate.aggregations:_selected",
           _after(lambda r, node, inner, parameter: change(r, error=inner.error))),
    Mutant("any pattern will do", "evaluate.functions:_relabels", _instead(lambda node: True)),
    Mutant("any factor smoothes", "evaluate.over_time:smoothing", _after(lambda r, *_: change(r, error=False))),
    Mutant("labels that are taken over tell all apart", "evaluate.matching:may_collide",
           lambda sound: lambda evaluator, node, *sides: sound(evaluator, change(node, include=()), *sides)),
    Mutant("parameters never fail", "evaluate.functions:_map",
           _after(lambda r, node, args, *_: change(r, error=args[0].error))),
    Mutant("identity survives restarts", "knowledge.facts:Metrics.series", _facts(overlap=False)),
    Mutant("everything is always there", "knowledge.facts:Metrics.series", _facts(present=True)),
    Mutant("there is one of everything", "knowledge.facts:Metrics.series", _facts(series=1, overlap=False)),
    Mutant("facts speak of all labels", "knowledge.facts:_covers", _instead(lambda *_: True)),
    Mutant("lookback of one minute", "knowledge.series:LOOKBACK", _instead(60.0)),
    Mutant("range vector counted as instant", "evaluate.selectors:over_range",
           lambda sound: lambda e, node: sound(e, change(node, range=0.0))),
    Mutant("subquery counted as instant", "evaluate.selectors:subquery",
           lambda sound: lambda e, node: sound(e, change(node, range=0.0))),
    Mutant("negative matchers always match", "evaluate.selectors:_satisfied", _instead(lambda *_: True)),
    Mutant("!= is =", "evaluate.labels:of_matcher", _positive),
    Mutant("=~ is its first alternative", "evaluate.labels:of_matcher", _first_alternative),
    Mutant("labels that differ never match", "evaluate.labels:clash", _instead(_differ)),
    Mutant("both sides always match", "evaluate.matching:always_match", _instead(lambda *_: True)),
    Mutant("all joins are within one scrape", "evaluate.matching:of_one_scrape", _instead(lambda *_: True)),
    Mutant("nothing ever collides", "evaluate.matching:may_collide", _instead(lambda *_: False)),
    Mutant("group_left gives one", "evaluate.matching:matched_count", _instead(_one_side)),
    Mutant("on keeps all labels", "evaluate.matching:matched_labels", _instead(lambda node, left, right: left.labels)),
    Mutant("the name stays", "evaluate.labels:nameless", _instead(lambda labels: labels)),
    Mutant("without drops nothing", "evaluate.labels:drop", _instead(lambda labels, names: labels)),
    Mutant("absent the wrong way round", "evaluate.functions:_absent", _after(_absent)),
    Mutant("scalar is never NaN", "evaluate.functions:_scalar", _after(lambda r, *_: _value(r, _calm))),
    Mutant("aggregations always return something", "evaluate.aggregations:_aggregated", _after(_sure)),
    Mutant("sum of many is as large as one", "evaluate.interval:scale", _instead(lambda a, lo, hi: a)),
    Mutant("mean of integers is one", "evaluate.interval:roughly", _instead(lambda value: value)),
    Mutant("count is at most one", "evaluate.aggregations:_value",
           _after(lambda r, op, *_: ONE if op == "count" else r)),
    Mutant("any grouping tells all apart", "evaluate.told:stay_apart",
           _instead(lambda evaluator, told, kept: told is not None and told.series is not None)),
    Mutant("restarts leave nothing behind", "evaluate.told:stay_apart",
           _instead(lambda evaluator, told, kept: told is not None and told.series is not None and all(kept(label) for label in told.series.by))),
    Mutant("deviation is zero", "evaluate.aggregations:_value", _after(lambda r, op, *_: ZERO if op == "stddev" else r)),
    Mutant("topk returns one", "evaluate.aggregations:_selected",
           _after(lambda r, *_: change(r, possible=State(r.possible.lo, min(r.possible.hi, 1), r.possible.value)))),
    Mutant("a difference is never negative", "evaluate.over_time:_difference", _instead(lambda value: NON_NEGATIVE)),
    Mutant("a rate is zero", "evaluate.over_time:_rate", _instead(lambda value: ZERO)),
    Mutant("nothing changes", "evaluate.over_time:_count_changes", _instead(lambda value: ZERO)),
    Mutant("predictions stay in range", "evaluate.over_time:_prediction", _instead(lambda value: value)),
    Mutant("mean over time of integers is one", "evaluate.over_time:_mean", _instead(lambda value: value)),
    Mutant("relabelling changes nothing", "evaluate.functions:_relabelled", _after(_kept)),
    Mutant("quantiles of histograms are finite", "evaluate.functions:_histogram_quantile",
           _after(lambda r, *_: _value(r, lambda _: FINITE))),
    Mutant("a product from two corners", "evaluate.interval:multiply", _instead(_swapped_ends)),
    Mutant("a quotient is finite", "evaluate.interval:divide", _after(_narrow_quotient)),
    Mutant("minus is plus", "evaluate.interval:subtract",
           lambda sound: importlib.import_module("promtrim.evaluate.interval").add),
    Mutant("minus one is one", "evaluate.interval:negate", _instead(lambda a: a)),
)  # fmt: skip


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    """The evaluator with one mutant in all the places that hold the sound object.

    Raises:
        LookupError: the evaluator has no such thing any more, so that the mutant needs another target.
    """
    module_name, _, name = mutant.target.partition(":")
    owner: Any = importlib.import_module(f"promtrim.{module_name}")
    *outer, last = name.split(".")
    for each in outer:
        owner = getattr(owner, each, None)
    sound = getattr(owner, last, None)
    if sound is None:
        raise LookupError(f"{mutant.target} is no more")
    bad = mutant.wrap(sound)
    undo: list[Callable[[], None]] = []

    def put(holder: Any, key: str, value: Any, by_item: bool) -> None:
        if by_item:
            holder[key] = value
        else:
            setattr(holder, key, value)

    places: list[tuple[Any, str, bool]] = [(owner, last, False)]
    for module in _modules():
        for key, held in list(vars(module).items()):
            if held is sound and (module, key) != (owner, last):
                places.append((module, key, False))
            elif isinstance(held, dict) and not key.startswith("__"):
                places += [(held, inner, True) for inner, value in held.items() if value is sound]
            elif type(held).__name__ == "_OverTime" and getattr(held, "mapped", None) is sound:
                places.append((held, "mapped", False))
            if isinstance(held, dict) and not key.startswith("__"):
                places += [(value, "mapped", False) for value in held.values() if getattr(value, "mapped", None) is sound]
    if not callable(sound):
        places = places[:1]
    for holder, key, by_item in places:
        undo.append(lambda h=holder, k=key, i=by_item: put(h, k, sound, i))  # type: ignore[misc]
        put(holder, key, bad, by_item)
    try:
        yield
    finally:
        for restore in undo:
            restore()


def _modules() -> list[Any]:
    names = [f"promtrim.evaluate.{info.name}" for info in pkgutil.iter_modules(promtrim.evaluate.__path__)]
    return [importlib.import_module(name) for name in names] + [promtrim.knowledge.facts]


class Watched(msgspec.Struct):
    """A case, its worlds and what Prometheus said."""

    case: Case
    parts: list[Any]
    made: list[World]
    seen: list[Observation]


def watch(cases: Iterable[Case], seed: int, promtools: dict[str, str], count: int = WORLDS) -> list[Watched]:
    """Observe each case once, by the sound evaluator's facts."""
    watched = []
    for case in cases:
        metrics = Metrics(shipped(), case.topology)
        parts = parts_of(case.node)
        made = list(worlds(case, metrics, count, seed))
        seen = [
            each for version, path in promtools.items()
            for each in observe(case, made, [render(part) for part in parts], version, path)
        ]  # fmt: skip
        watched.append(Watched(case, parts, made, seen))
    return watched


def refuted(watched: Iterable[Watched]) -> dict[tuple[str, str], int]:
    """Claims of the evaluator as it is now that some world contradicts, and in how many."""
    found: dict[tuple[str, str], int] = {}
    metrics: dict[int, Metrics] = {}
    for each in watched:
        facts = metrics.setdefault(id(each.case.topology), Metrics(shipped(), each.case.topology))
        claims = claims_of(each.case, facts, each.parts)
        parts = [render(part) for part in each.parts]
        for seen in each.seen:
            for one in contradictions(each.case, claims, parts, each.made[seen.world], seen):
                if one.claim == CHAINED:
                    continue
                key = (each.case.name, one.claim)
                found[key] = found.get(key, 0) + 1
    return found


def survivors(watched: list[Watched], mutants: Iterable[Mutant] = MUTANTS) -> dict[str, str]:
    """Mutants that no world catches, each with why."""
    before = refuted(watched)
    alive: dict[str, str] = {}
    for mutant in mutants:
        try:
            with broken(mutant):
                after = refuted(watched)
        except LookupError as error:
            alive[mutant.name] = str(error)
            continue
        if not after.keys() - before.keys():
            alive[mutant.name] = "no world tells"
    return alive


def report(seed: int, promtools: dict[str, str]) -> int:
    """Try all mutants on the battery and say which survive. Exit status 1: some do."""
    from tests.prove.battery import cases

    watched = watch(cases(), seed, promtools)
    for (case, claim), times in sorted(refuted(watched).items()):
        print(f"the sound evaluator is contradicted {times} times: {case}: {claim}")
    alive = survivors(watched)
    for name, why in alive.items():
        print(f"survives: {name}: {why}")
    worlds_ = sum(len(each.seen) for each in watched)
    print(f"{len(MUTANTS) - len(alive)} of {len(MUTANTS)} mutants caught in {worlds_} worlds", file=sys.stdout)
    return 1 if alive else 0
