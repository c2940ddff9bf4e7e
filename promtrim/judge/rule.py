"""One rule judged: verdict, tier, failure mode, components, evidence. The door of this room."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from promtrim.evaluate.engine import Record
from promtrim.evaluate.verdict import Conclusion, Judge
from promtrim.judge.components import components
from promtrim.judge.evidence import evidence_of
from promtrim.judge.model import Evidence, Judged
from promtrim.judge.signals import Signal, signals
from promtrim.judge.tier import Weight, weigh
from promtrim.judge.words import Words
from promtrim.knowledge.facts import Metrics
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Node
from promtrim.rulefile.model import Position, Rule

Locate = Callable[[Rule, int], Position]
"""Where an offset into a rule's expression stands in its file."""


class Opinion(msgspec.Struct, frozen=True):
    """A judged rule with its tree and signals, which the plan compares with those of other rules."""

    judged: Judged
    node: Node | None
    signals: tuple[Signal, ...] = ()
    conclusion: Conclusion | None = None


class RuleJudge:
    """Judges rules in one topology.

    Args:
        metrics: the facts of the topology.
        words: vocabulary for metrics that no ruleset knows.
        records: recording rules by name.
        locate: finds positions in files.
    """

    def __init__(self, metrics: Metrics, words: Words, records: Mapping[str, tuple[Record, ...]], locate: Locate) -> None:
        self.metrics = metrics
        self.words = words
        self.locate = locate
        self._judge = Judge(metrics, records)

    def judge(self, rule: Rule) -> Opinion:
        """Verdict, tier, mode and components of an alerting rule; a recording rule is judged by its expression alone."""
        try:
            node = parse(rule.expr)
        except ExpressionError as error:
            return Opinion(_unreadable(rule, str(error)), None)
        found = signals(node)
        conclusion = self._judge.judge(node, rule.for_)
        weight = weigh(self.metrics, self.words, found, rule.labels, conclusion.constant, _text(rule))
        verdict, cause, because = conclusion.verdict, conclusion.cause, conclusion.because
        if not rule.loaded:
            return Opinion(_not_loaded(rule, weight, self._components(found, conclusion)), node, found, conclusion)
        judged = Judged(
            rule=rule,
            verdict=verdict,
            cause=cause,
            tier=weight.tier,
            failure_mode=weight.mode,
            components=self._components(found, conclusion),
            evidence=(),
            meaningless=conclusion.meaningless,
            because=because,
            constant=conclusion.constant,
        )
        return Opinion(judged, node, found, conclusion)

    def evidence(self, opinion: Opinion) -> tuple[Evidence, ...]:
        """The chain from facts to the verdict, quoting the rule's own text. Worked out only when somebody asks."""
        if opinion.conclusion is None or opinion.node is None:
            return opinion.judged.evidence
        return evidence_of(opinion.judged.rule, opinion.node, opinion.conclusion, self.locate)

    def _components(self, found: tuple[Signal, ...], conclusion: Conclusion) -> tuple[str, ...]:
        return components(self.metrics, found, conclusion.constant)


def _text(rule: Rule) -> str:
    summary = rule.annotations.get("summary") or rule.annotations.get("description") or rule.annotations.get("message")
    return f"{rule.alert or ''} {summary or ''}"[:300]


def _unreadable(rule: Rule, message: str) -> Judged:
    evidence = (Evidence(rule.expr, rule.line, rule.column, "not understood", message),)
    return Judged(rule, "unknown", None, "useful", "other", ("application",), evidence,
                  because=f"its expression cannot be read: {message}")  # fmt: skip


def _not_loaded(rule: Rule, weight: Weight, watched: tuple[str, ...]) -> Judged:
    text = "Prometheus never loads this rule: it stands in the second YAML document of the file"
    evidence = (Evidence(rule.expr, rule.line, rule.column, "never evaluated", text),)
    return Judged(rule, "cannot-fire", "not-loaded", weight.tier, weight.mode, watched, evidence, because=text)
