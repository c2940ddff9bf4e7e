"""Evidence: the notes of an evaluation as steps that quote the rule's own text, the smallest reason first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from promtrim.evaluate.result import Note
from promtrim.evaluate.verdict import Conclusion
from promtrim.judge.model import Evidence
from promtrim.judge.tier import Weight
from promtrim.promql.spans import Spans, spans
from promtrim.promql.tree import Node
from promtrim.rulefile.model import Position, Rule

LIMIT = 12
"""Steps at most: a person reads no more."""

OUTCOMES = {
    "cannot-fire": "it never returns anything here",
    "always-fires": "it always returns something, also while nothing is wrong",
    "can-fire": "it can return something",
}

MEANINGLESS = "it could return something, but about nothing real"


def evidence_of(
    rule: Rule,
    node: Node,
    conclusion: Conclusion,
    subject: Node,
    weight: Weight,
    locate: Callable[[Rule, int], Position],
) -> tuple[Evidence, ...]:
    """The steps from facts to the verdict, which is the whole's; then what the alert is about and how much it matters.

    Args:
        subject: the sub-expression that the alert is about.
        weight: its tier and failure mode.

    A step inside a recording rule has no place in this rule's text: it points to the whole rule and quotes nothing.
    """
    places = spans(rule.expr, node)
    steps: list[Evidence] = []

    def tell(note: Note, depth: int) -> None:
        because = ""
        if note.because is not None:
            source = note.because.source
            because = note.because.text + (f" ({source})" if source and not source.startswith("PromQL") else "")
        steps.append(_step(rule, note.node, places, locate, note.result, because, depth))
        for each in note.of:
            tell(each, depth + 1)

    if conclusion.note is not None:
        tell(conclusion.note, 1)
    if len(steps) > LIMIT:
        # What only joins others is left out first: the reasons are what is read.
        steps = [step for step in steps if step.because][:LIMIT]
    steps.reverse()
    matters = _step(rule, subject, places, locate, f"{weight.tier}, failure mode {weight.mode}", weight.because, 1, "tier")
    told = any(conclusion.because and step.because.startswith(conclusion.because) for step in steps)
    because = "" if told else conclusion.because
    outcome = MEANINGLESS if conclusion.meaningless else OUTCOMES[conclusion.verdict]
    whole = _step(rule, node, places, locate, outcome, because, 0)
    return (*steps, whole, matters)


def _step(
    rule: Rule,
    node: Node,
    places: Spans,
    locate: Callable[[Rule, int], Position],
    result: str,
    because: str,
    depth: int,
    about: Literal["verdict", "tier"] = "verdict",
) -> Evidence:
    span = places.get(node)
    where = locate(rule, span[0]) if span else Position(rule.line, rule.column)
    text = " ".join(rule.expr[span[0] : span[1]].split()) if span else ""
    return Evidence(text, where.line, where.column, result, because, depth, about)
