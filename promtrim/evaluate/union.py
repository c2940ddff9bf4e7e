"""The union of results: several recording rules of one name, or both sides of ``or``."""

from __future__ import annotations

from promtrim.evaluate import interval as iv
from promtrim.evaluate.labels import widen
from promtrim.evaluate.result import Note, Result, State
from promtrim.promql.tree import Node


def union_of(node: Node, results: list[Result]) -> Result:
    """What is in any of the results. One result alone keeps all that is known of it."""
    live = [result for result in results if not result.never]
    if len(live) == 1 and len(results) == 1:
        return live[0]
    if not live:
        notes = tuple(result.note for result in results if result.note is not None)
        note = Note(node, "nothing", None, notes) if len(notes) > 1 else notes[0] if notes else None
        first = results[0]
        error = any(result.error for result in results)
        return Result(node, first.possible, first.healthy, first.labels, error=error, note=note)
    labels = live[0].labels
    possible, healthy = live[0].possible, live[0].healthy
    for other in live[1:]:
        labels = widen(labels, other.labels)
        possible = either(possible, other.possible)
        healthy = either(healthy, other.healthy)
    error = any(result.error for result in results)
    note = next((result.note for result in live if result.always), live[0].note)
    return Result(node, possible, healthy, labels, error=error, note=note, metric=live[0].metric)


def either(a: State, b: State) -> State:
    """Series of both sides together."""
    if a.hi == 0:
        return b
    if b.hi == 0:
        return a
    return State(max(a.lo, b.lo), a.hi + b.hi, iv.union(a.value, b.value))
