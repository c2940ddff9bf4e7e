"""Evidence: the notes of an evaluation as steps that quote the rule's own text, the smallest reason first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from promtrim.evaluate.result import Note
from promtrim.evaluate.verdict import Conclusion
from promtrim.judge.model import Evidence
from promtrim.promql.spans import spans
from promtrim.promql.tree import Node
from promtrim.rulefile.model import Position, Rule

LIMIT = 12
"""Steps at most: a person reads no more."""


def evidence_of(
    rule: Rule, node: Node, conclusion: Conclusion, locate: Callable[[Rule, int], Position]
) -> tuple[Evidence, ...]:
    """The steps from facts to the verdict.

    Notes on sub-expressions of recording rules have no place in this rule's text; they quote the recording rule's name.
    """
    places = spans(rule.expr, node)
    steps: list[Evidence] = []
    if conclusion.note is not None:
        _collect(conclusion.note, 1, rule, places, locate, steps)
    steps.reverse()
    where = locate(rule, places[node][0] if node in places else 0)
    steps.append(
        Evidence(_quoted(rule.expr), where.line, where.column, _outcome(conclusion), conclusion.because, 0)
    )
    return tuple(steps[-LIMIT:])


def _collect(
    note: Note, depth: int, rule: Rule, places: Mapping[Node, tuple[int, int]], locate: Callable[[Rule, int], Position], steps: list[Evidence]
) -> None:
    span = places.get(note.node)
    where = locate(rule, span[0]) if span else Position(rule.line, rule.column)
    text = rule.expr[span[0] : span[1]] if span else ""
    because = ""
    if note.because is not None:
        because = note.because.text + (f" ({note.because.source})" if note.because.source else "")
    steps.append(Evidence(_quoted(text), where.line, where.column, note.result, because, depth))
    for each in note.of:
        _collect(each, depth + 1, rule, places, locate, steps)


def _quoted(text: str) -> str:
    return " ".join(text.split())


def _outcome(conclusion: Conclusion) -> str:
    return {
        "cannot-fire": "it never returns anything here",
        "always-fires": "it always returns something, also while nothing is wrong",
        "can-fire": "it can return something",
    }[conclusion.verdict]
