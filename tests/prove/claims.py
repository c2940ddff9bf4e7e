"""What the evaluator claims of a case, and whether what Prometheus said contradicts it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import msgspec

from promtrim.evaluate import engine, labels, verdict
from promtrim.evaluate.interval import Interval
from promtrim.evaluate.result import Result, State
from promtrim.knowledge.facts import Metrics
from promtrim.promql.tree import Node, Number, Paren, Range, Selector, String, Subquery
from promtrim.promql.walk import children
from tests.prove.model import Case, Contradiction, Observation, Sample, World
from tests.prove.promtool import LIMIT
from tests.prove.render import render

MAX_PARTS = 14
CHAINED = "cannot-fire, since it would have to hold for longer than a restart shows two of one thing"
"""A verdict that rests on ``for`` assumes that a restart is over before the next one begins. Worlds in which a target comes
back with a new identity every few minutes break it; they are told apart, not hidden."""


class Claims(msgspec.Struct):
    """The verdict and the abstract value of each sub-expression."""

    conclusion: verdict.Conclusion
    parts: list[Result]


def parts_of(node: Node) -> list[Node]:
    """Sub-expressions that can be read out: instant vectors and scalars, each once; the whole first."""
    found: dict[str, Node] = {}
    queue = [node]
    while queue and len(found) < MAX_PARTS:
        each = queue.pop(0)
        if isinstance(each, Range):
            continue
        if not isinstance(each, Number | String | Subquery | Paren) and not _fixed(each):
            found.setdefault(render(each), each)
        queue += children(each)
    return list(found.values())


def _fixed(node: Node) -> bool:
    """A selector of alternatives is no Prometheus syntax."""
    return isinstance(node, Selector) and bool(node.alternatives)


def claims_of(case: Case, metrics: Metrics, parts: Sequence[Node]) -> Claims:
    """Ask the evaluator."""
    conclusion = verdict.Judge(metrics, case.records).judge(case.node, case.for_)
    evaluator = engine.Evaluator(metrics, verdict.ALL, case.records)
    return Claims(conclusion, [evaluator.evaluate(part) for part in parts])


def contradictions(
    case: Case, claims: Claims, parts: Sequence[str], world: World, seen: Observation
) -> Iterator[Contradiction]:
    """Where Prometheus and the evaluator differ in one world."""

    def found(claim: str, what: str, slot: int = -1) -> Contradiction:
        return Contradiction(case, claim, what, seen.version, seen.world, world.series, slot, world.timeline)

    yield from (found(claim, what, slot) for claim, what, slot in _verdict(case, claims.conclusion, world, seen))
    for (part, slot), answer in seen.reads.items():
        result = claims.parts[part]
        state = result.healthy if world.kind == "healthy" else result.possible
        for claim, what in _part(result, state, world, answer):
            yield found(f"{parts[part]}: {claim}", what, slot)


def _verdict(case: Case, conclusion: verdict.Conclusion, world: World, seen: Observation) -> Iterator[tuple[str, str, int]]:
    if seen.limited:
        return
    if conclusion.verdict == "cannot-fire":
        if seen.fired and case.for_ and world.restarts > 1:
            yield CHAINED, f"it fires at {max(seen.fired)} evaluations", -1
        elif seen.fired:
            yield "cannot-fire", f"it fires at {max(seen.fired)} evaluations", -1
        elif seen.returned and not case.for_:
            yield "cannot-fire", f"it returns something at {len(seen.returned)} evaluations, others fail", seen.returned[0]
    if conclusion.verdict == "always-fires" and (world.kind == "healthy" or conclusion.constant):
        wanted = len(world.timeline.warmed)
        if seen.error is not None:
            yield "always-fires", f"evaluation fails: {seen.error}", -1
        elif max(seen.warmed, default=0) < wanted:
            yield "always-fires", f"it fires at {max(seen.warmed, default=0)} of {wanted} evaluations after warm-up", -1


def _part(result: Result, state: State, world: World, answer: tuple[Sample, ...] | str) -> Iterator[tuple[str, str]]:
    if isinstance(answer, str):
        if LIMIT in answer:
            return
        if world.kind == "healthy" and not result.error:
            yield "evaluation cannot fail while all is well", answer
        return
    count = len(answer)
    if count > state.hi:
        yield f"at most {state.hi:g} series ({world.kind})", f"{count} series"
    if count < state.lo:
        yield f"at least {state.lo} series ({world.kind})", "none"
    if result.single and count > 1:
        yield "one series at most (single)", f"{count} series"
    for sample in answer:
        if sample.value is not None and not holds(state.value, sample.value):
            yield f"values in {shown(state.value)} ({world.kind})", f"{sample.value!r}"
            break
    for sample in answer:
        wrong = _wrong_label(result.labels, sample.labels)
        if wrong:
            yield wrong, str(sample.labels)
            break


def holds(interval: Interval, value: float) -> bool:
    """Whether an interval has a value."""
    if math.isnan(value):
        return interval.nan
    if not interval.contains(value):
        return False
    return not interval.integer or math.isinf(value) or value == math.floor(value)


def shown(interval: Interval) -> str:
    """An interval in short."""
    if interval.empty:
        return "{NaN}" if interval.nan else "{}"
    text = f"{'(' if interval.lo_open else '['}{interval.lo!r}, {interval.hi!r}{')' if interval.hi_open else ']'}"
    return text + (" integer" if interval.integer else "") + (" or NaN" if interval.nan else "")


def _wrong_label(known: labels.Labels, seen: dict[str, str]) -> str | None:
    for name, values in known.known.items():
        if not labels.accepts(values, seen.get(name, "")):
            allowed = sorted(values.allowed) if values.allowed is not None else f"all but {sorted(values.excluded)}"
            return f"the label {name} is one of {allowed}"
    if not known.open:
        extra = [name for name in seen if name not in known.known]
        if extra:
            return f"there is no label {extra[0]}"
    return None
