"""One rule judged: verdict, tier, failure mode, components, evidence. The door of this room."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from promtrim.evaluate.context import Record
from promtrim.evaluate.verdict import Judge
from promtrim.judge.components import components
from promtrim.judge.likeness import Likeness, likeness_of
from promtrim.judge.model import Defect, Evidence, Judged
from promtrim.judge.signals import Signal, signals
from promtrim.judge.tier import Weight, weigh
from promtrim.judge.words import Words
from promtrim.knowledge.facts import Metrics
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Node
from promtrim.rulefile.model import Position, Rule
from promtrim.topology.model import Topology

_JOINS = re.compile(r"(?i)\b(?:or|unless)\b")

Locate = Callable[[Rule, int], Position]
"""Where an offset into a rule's expression stands in its file."""


class Opinion(msgspec.Struct, frozen=True, gc=False):
    """A judged rule, and what it is compared by with other rules; None where its expression cannot be read."""

    judged: Judged
    likeness: Likeness | None


class RuleJudge:
    """Judges rules in one topology.

    Args:
        metrics: the facts of the topology.
        words: vocabulary for metrics that no ruleset knows.
        records: recording rules by name.
        locate: finds positions in files.
    """

    def __init__(
        self, metrics: Metrics, words: Words, records: Mapping[str, tuple[Record, ...]], locate: Locate
    ) -> None:
        self.metrics = metrics
        self.words = words
        self.locate = locate
        self._records = records
        self._judge = Judge(metrics, records)

    def in_topology(self, topology: Topology) -> RuleJudge:
        """A judge of the same rules in another topology."""
        return RuleJudge(Metrics(self.metrics.index, topology), self.words, self._records, self.locate)

    def judge(self, rule: Rule) -> Opinion:
        """Verdict, tier, mode and components; of a recording rule they say what an alert on it would be."""
        try:
            return self._read(rule, parse(rule.expr))
        except ExpressionError as error:
            return Opinion(_unreadable(rule, str(error)), None)
        except RecursionError:
            return Opinion(_unreadable(rule, "it is nested too deeply"), None)

    def _read(self, rule: Rule, node: Node) -> Opinion:
        found = signals(node)
        conclusion = self._judge.judge(node, rule.for_, rule.group_limit, rule.labels)
        weight = weigh(self.metrics, self.words, found, rule.labels, conclusion.constant, _text(rule))
        watched = components(self.metrics, found, conclusion.constant)
        likeness = likeness_of(node, _names(found, watched), self._counter)
        if not rule.loaded:
            return Opinion(_not_loaded(rule, weight, watched), likeness)
        judged = Judged(
            rule=rule,
            verdict=conclusion.verdict,
            cause=conclusion.cause,
            tier=weight.tier,
            failure_mode=weight.mode,
            components=watched,
            evidence=(),
            meaningless=conclusion.meaningless,
            because=conclusion.because,
            constant=conclusion.constant,
        )
        return Opinion(judged, likeness)

    def _counter(self, name: str) -> bool:
        known = self.metrics.known(name)
        return bool(known) and all(each.part in ("bucket", "count") or each.metric.type == "counter" for each in known)

    def evidence(self, judged: Judged) -> tuple[Evidence, ...]:
        """The chain from facts to the verdict, quoting the rule's own text.

        Worked out anew, and only when somebody asks: few of many thousand rules are ever looked at.
        """
        from promtrim.judge.evidence import evidence_of

        rule = judged.rule
        if judged.evidence or judged.verdict == "unknown":
            return judged.evidence
        node = parse(rule.expr)
        found = signals(node)
        weight = weigh(self.metrics, self.words, found, rule.labels, judged.constant, _text(rule))
        subject = found[0].subject if found else node
        return evidence_of(rule, node, self._judge.judge(node, rule.for_), subject, weight, self.locate)

    def defects(self, judged: Judged) -> tuple[Defect, ...]:
        """Mistakes in the rule itself; like the evidence, only when somebody asks."""
        if not _JOINS.search(judged.rule.expr):
            return ()  # nothing that has halves
        if judged.verdict not in ("can-fire", "always-fires"):
            return ()
        from promtrim.judge.defects import defects_of

        return defects_of(judged.rule, parse(judged.rule.expr), self._judge, self.locate)


def _names(found: tuple[Signal, ...], watched: tuple[str, ...]) -> bool:
    """Whether a matcher names a component that the alert watches."""
    return any(
        matcher.op == "=" and any(component in matcher.value for component in watched)
        for signal in found
        for selector in signal.selectors
        for matcher in selector.matchers
    )


def _text(rule: Rule) -> str:
    summary = rule.annotations.get("summary") or rule.annotations.get("description") or rule.annotations.get("message")
    return f"{rule.alert or ''} {summary or ''}"[:300]


def _unreadable(rule: Rule, error: str) -> Judged:
    evidence = (Evidence(rule.expr, rule.line, rule.column, "not understood", error),)
    text = f"its expression cannot be read: {error}"
    return Judged(rule, "unknown", None, "useful", "other", ("application",), evidence, because=text)


def _not_loaded(rule: Rule, weight: Weight, watched: tuple[str, ...]) -> Judged:
    text = "Prometheus never loads this rule: it stands in the second YAML document of the file"
    evidence = (Evidence(rule.expr, rule.line, rule.column, "never evaluated", text),)
    return Judged(rule, "cannot-fire", "not-loaded", weight.tier, weight.mode, watched, evidence, because=text)
