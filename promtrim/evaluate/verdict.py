"""The verdict on one expression: evaluates it in as many views of the facts as it takes to tell what rests on what.

- all facts: nothing can ever come back: ``cannot-fire``; something always does while all is well: ``always-fires``;
- without the topology: nothing even then: the cause is ``logic``;
- without what restarts leave for a while, and with judgements: what is left can fire, but is ``meaningless``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import msgspec

from promtrim.durations import format_duration
from promtrim.evaluate.context import Record
from promtrim.evaluate.engine import Evaluator
from promtrim.evaluate.result import Note, Result
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.series import Because, View
from promtrim.promql.tree import Node
from promtrim.promql.walk import selectors

ALL = View()
SETTLED = View(settling=False)
STEADY = View(overlap=False, settling=False)
JUDGED = View(overlap=False, settling=False, judgement=True)
NO_SCRAPING = View(scraping=False)
NOWHERE = View(topology=False, scraping=False)

DEAD: tuple[Literal["some", "whole"], ...] = ("some", "whole")

HOLDS = "it holds while nothing is wrong"

VerdictName = Literal["can-fire", "cannot-fire", "always-fires"]
CauseName = Literal["topology", "not-scraped", "logic"]


class Conclusion(msgspec.Struct, frozen=True):
    """What is said of one expression, and what it rests on."""

    verdict: VerdictName
    cause: CauseName | None = None
    note: Note | None = None
    because: str = ""
    meaningless: str | None = None
    constant: bool = False
    result: Result | None = None


class Judge:
    """Judges expressions in one topology.

    Args:
        metrics: the facts of the topology.
        records: recording rules by name.
    """

    def __init__(self, metrics: Metrics, records: Mapping[str, tuple[Record, ...]]) -> None:
        self.metrics = metrics
        self._evaluators = {
            view: Evaluator(metrics, view, records) for view in (ALL, SETTLED, STEADY, JUDGED, NO_SCRAPING, NOWHERE)
        }

    def judge(self, node: Node, for_: float = 0.0, limit: int = 0, labels: Collection[str] = ()) -> Conclusion:
        """The verdict on an alert's expression.

        Args:
            for_: seconds.
            limit: of its group; more series than this are an error. 0: none.
            labels: names of the alert's own labels, which take the place of the series'.
        """
        evaluator = self._evaluators[ALL]
        consulted = evaluator.consulted
        consulted.overlap, consulted.settling, consulted.judged = 0.0, 0.0, False
        result = evaluator.evaluate(node)
        if _unconditional(result):
            text = "the expression holds whatever happens"
            if not selectors(node):
                return Conclusion("always-fires", None, None, text, constant=True, result=result)
            # It asks for series and fires without them: a slip, such as ``x or vector(0) == 0``.
            return Conclusion("always-fires", "logic", None, f"{text}, whatever its series say", result=result)
        if result.never:
            return self._cannot(node, result)
        exceeds = _too_many(result, limit, labels)
        if result.always and not result.error and not exceeds:
            cause: CauseName = "topology" if self._evaluators[NO_SCRAPING].evaluate(node).always else "not-scraped"
            return Conclusion("always-fires", cause, result.note, _sentence(result.note) or HOLDS, result=result)
        overlap, settling, judged = consulted.overlap, consulted.settling, consulted.judged
        if (dead := self._for_ever(node)) is not None and not _too_many(dead, limit, labels):
            return Conclusion("always-fires", "not-scraped", dead.note, _sentence(dead.note), result=dead)
        if overlap or settling:
            calm = self._evaluators[STEADY]
            calm.consulted.judged = False
            steady = calm.evaluate(node)
            judged = judged or calm.consulted.judged
            if steady.never:
                return self._only_for_a_while(node, steady, overlap, settling, for_)
            if steady.always and not steady.error and not _too_many(steady, limit, labels):
                return Conclusion("always-fires", "topology", steady.note, _sentence(steady.note) or HOLDS, result=steady)
        if judged:
            judgement = self._evaluators[JUDGED].evaluate(node)
            if judgement.never or (judgement.always and not judgement.error):
                text = _judgement(judgement.note) or "it says nothing real on this deployment"
                return Conclusion("can-fire", None, judgement.note, text, meaningless=text, result=judgement)
        return Conclusion("can-fire", result=result)

    def _for_ever(self, node: Node) -> Result | None:
        """What dead targets make true for ever, where the topology names any."""
        if all(job.dead is None for job in (self.metrics.topology.jobs or {}).values()):
            return None
        from promtrim.evaluate.dead import for_ever

        records = self._evaluators[ALL].records
        some, whole = (Evaluator(self.metrics, View(dead=which), records) for which in DEAD)
        return for_ever(node, some, whole, records)

    def _cannot(self, node: Node, result: Result) -> Conclusion:
        cause: CauseName = "topology"
        note = result.note
        if (universal := self._evaluators[NOWHERE].evaluate(node)).never:
            cause, note = "logic", universal.note
        elif not self._evaluators[NO_SCRAPING].evaluate(node).never:
            cause = "not-scraped"
        return Conclusion("cannot-fire", cause, note, _sentence(note), result=result)

    def _only_for_a_while(self, node: Node, steady: Result, overlap: float, settling: float, for_: float) -> Conclusion:
        reason = _sentence(steady.note)
        if settling and (not overlap or self._evaluators[SETTLED].evaluate(node).never):
            overlap, span = 0.0, settling
        else:
            span = max(overlap, settling)
        # What is seen for 5m has held for 5m at its last evaluation, a fraction of an interval more it never has.
        if for_ > span:
            what = "a restart" if overlap else "what is otherwise"
            because = Because(
                f"{what} can be seen for at most {format_duration(span)}, and it must hold for {format_duration(for_)}",
                "Prometheus, lookback",
            )
            note = Note(node, "nothing for long enough", because, (steady.note,) if steady.note else ())
            return Conclusion("cannot-fire", "topology", note, reason or because.text, result=steady)
        text = "it can hold only for a moment after a restart" if overlap else "it can hold only for a moment"
        text = f"{text}: {reason}" if reason else text
        return Conclusion("can-fire", None, steady.note, text, meaningless=text, result=steady)


def _too_many(result: Result, limit: int, labels: Collection[str]) -> bool:
    """Whether Prometheus may refuse the result: over the group's limit, or alike once the alert's labels are set."""
    count = result.healthy.hi
    if limit and count > limit:
        return True
    told_apart = {"job", "instance", *result.labels.known}
    return count > 1 and not told_apart.isdisjoint(labels)


def _unconditional(result: Result) -> bool:
    """It fires in every possible world: it asks for nothing."""
    return result.possible.lo > 0 and not result.error and (result.note is None or result.kind == "scalar")


def smallest(note: Note | None) -> Note | None:
    """The note at the bottom of the chain: the first fact."""
    while note is not None and note.of:
        note = note.of[0]
    return note


def _sentence(note: Note | None) -> str:
    """The reason in one sentence: the smallest fact of the chain, or the logic at its top."""
    if note is None:
        return ""
    below = smallest(note)
    if below is not None and below.because is not None and below.because.kind != "healthy":
        return below.because.text
    if note.because is not None:
        return note.because.text
    return below.because.text if below is not None and below.because is not None else ""


def _judgement(note: Note | None) -> str:
    if note is None:
        return ""
    for each in (*note.of, note):
        if each.because is not None and each.because.kind == "judgement":
            return each.because.text
        found = _judgement(each) if each is not note else ""
        if found:
            return found
    return _sentence(note)
