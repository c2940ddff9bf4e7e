"""The proof of many cases: verdicts in many worlds, sub-expressions in some, and whether the same worlds make live alerts
fire, since worlds in which nothing ever fires would prove nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from promtrim.evaluate.verdict import Judge
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.topology.model import Topology
from tests.prove.claims import CHAINED, Claims, claims_of, contradictions, parts_of
from tests.prove.identities import facts_of
from tests.prove.model import Case, Contradiction, World
from tests.prove.promtool import PromtoolError, observe
from tests.prove.render import render
from tests.prove.shape import Wanted, shape_of
from tests.prove.strings import given
from tests.prove.worlds import worlds

READ = 20
"""Worlds of a case in which sub-expressions are read out."""

SHOWN = 2
"""Counterexamples about sub-expressions that are printed for one case."""

Say = Callable[[str], None]


class Summary(msgspec.Struct):
    """What a proof came to."""

    alerts: int = 0
    verdicts: int = 0
    """Alerts with a verdict that was proven: cannot-fire or always-fires."""
    worlds: int = 0
    """Worlds that were run, each version of Prometheus counted."""
    failed: int = 0
    """Of these, worlds in which evaluation failed at some time."""
    limited: int = 0
    """Of these, worlds with more samples than promtool loads, in which nothing was asked."""
    parts: int = 0
    """Readings of sub-expressions."""
    contradictions: list[Contradiction] = []
    chained: list[Contradiction] = []
    """Those of verdicts that rest on ``for``, in worlds where a target restarts again and again."""
    live: int = 0
    fired: int = 0
    silent: list[str] = []
    """Live alerts that no world made fire."""
    hungry: list[str] = []
    """Selectors of proven alerts with samples in less than half of the worlds although no fact declares them absent."""
    trouble: list[str] = []
    """Cases that could not be run: an exception, or promtool refused them."""


class Prover:
    """Proves cases and sums up.

    Args:
        count: worlds for a verdict.
        seed: other worlds for another seed.
        promtools: version to path.
        say: where progress goes.
        few: worlds for sub-expressions of an alert without a verdict; 0 leaves these alerts out.
    """

    def __init__(self, count: int, seed: int, promtools: dict[str, str], say: Say = print, few: int = 8) -> None:
        self.count, self.seed, self.promtools, self.say, self.few = count, seed, promtools, say, few
        self.summary = Summary()
        self._metrics: list[tuple[Topology, Metrics]] = []

    def metrics(self, topology: Topology) -> Metrics:
        """The facts in a topology."""
        for known, metrics in self._metrics:
            if known is topology or known == topology:
                return metrics
        made = Metrics(shipped(), topology)
        self._metrics.append((topology, made))
        return made

    def prove(self, cases: Iterable[Case]) -> Summary:
        """Prove them all."""
        for case in cases:
            self.summary.alerts += 1
            try:
                self._one(case)
            except PromtoolError as error:
                self._trouble(case, f"promtool: {error}")
            except Exception as error:
                self._trouble(case, f"{type(error).__name__}: {error}")
        return self.summary

    def _trouble(self, case: Case, text: str) -> None:
        line = f"{case.name}: {text.strip()[:300]}"
        self.summary.trouble.append(line)
        self.say(f"TROUBLE {line}")

    def _one(self, case: Case) -> None:
        metrics = self.metrics(case.topology)
        case, verdict = strongest(case, metrics)
        nodes = parts_of(case.node)
        claims = claims_of(case, metrics, nodes)
        parts = [render(node) for node in nodes]
        if verdict in ("cannot-fire", "always-fires"):
            self.summary.verdicts += 1
            made = list(worlds(case, metrics, self.count, self.seed))
            self._feeding(case, made, metrics)
            self._run(case, claims, parts, made)
        elif self.few:
            self._run(case, claims, parts, list(worlds(case, metrics, self.few, self.seed)))
        if case.live:
            self._live(case, metrics)

    def _run(self, case: Case, claims: Claims, parts: Sequence[str], made: Sequence[World]) -> None:
        summary = self.summary
        looked = frozenset(range(min(READ, len(made))))
        before = len(summary.contradictions)
        for version, path in self.promtools.items():
            for seen in observe(case, made, parts, version, path, looked):
                summary.worlds += 1
                summary.failed += seen.error is not None
                summary.limited += seen.limited
                summary.parts += len(seen.reads)
                for each in contradictions(case, claims, parts, made[seen.world], seen):
                    (summary.chained if each.claim == CHAINED else summary.contradictions).append(each)
        for each in _distinct(summary.contradictions[before:]):
            self.say(told(each))

    def _feeding(self, case: Case, made: Sequence[World], metrics: Metrics) -> None:
        for index, wanted in enumerate(shape_of(case.node, case.records).selectors):
            share = sum(index in world.fed for world in made) / len(made)
            if share < 0.5 and not _declared_absent(metrics, wanted):
                self.summary.hungry.append(f"{case.name}: {wanted.name} {_matchers(wanted)}: {share:.0%}")

    def _live(self, case: Case, metrics: Metrics) -> None:
        """Look for a world in which it fires; a few worlds first, more where they do not do."""
        summary = self.summary
        summary.live += 1
        version, path = next(iter(self.promtools.items()))
        done = 0
        for until in (12, 50, self.count, 2 * self.count):
            made = list(worlds(case, metrics, until, self.seed, ("possible",)))[done:]
            done = until
            if not made:
                continue
            summary.worlds += len(made)
            if any(seen.fired or seen.returned for seen in observe(case, made, (), version, path)):
                summary.fired += 1
                return
        summary.silent.append(f"{case.name}: {' '.join(case.expr.split())[:160]}")


def strongest(case: Case, metrics: Metrics) -> tuple[Case, str]:
    """The case with the hardest claim that its verdict makes: ``cannot-fire`` without ``for`` where that is not needed."""
    judge = Judge(metrics, case.records)
    verdict = judge.judge(case.node, case.for_).verdict
    if verdict == "cannot-fire" and case.for_ and judge.judge(case.node, 0.0).verdict == "cannot-fire":
        case = msgspec.structs.replace(case, for_=0.0)
    return case, verdict


def _declared_absent(metrics: Metrics, wanted: Wanted) -> bool:
    if wanted.name is None:
        return False
    plain = {m.name: values for m in wanted.matchers if (values := given(m)) and "" not in values and m.name != "__name__"}
    facts = facts_of(metrics, wanted.name, plain)
    impossible = any(label in plain and not set(plain[label]) & set(closed) for label, closed in facts.values.items())
    return facts.absent is not None or impossible or facts.series == 0


def _matchers(wanted: Wanted) -> str:
    return ",".join(f"{m.name}{m.op}{m.value}" for m in wanted.matchers)


def _distinct(found: Sequence[Contradiction]) -> list[Contradiction]:
    """A few, those about the smallest sub-expressions first: what is wrong there is wrong above too."""
    kept: dict[str, Contradiction] = {}
    for each in found:
        if each.claim not in kept or len(each.series) < len(kept[each.claim].series):
            kept[each.claim] = each
    verdicts = [each for each in kept.values() if each.claim in ("cannot-fire", "always-fires")]
    return verdicts + sorted((each for each in kept.values() if each not in verdicts), key=lambda e: len(e.claim))[:SHOWN]


def told(each: Contradiction) -> str:
    """A counterexample for people: expression, world, and what differs."""
    case = each.case
    where = f" at {each.slot * each.timeline.grid:g}s" if each.slot >= 0 else ""
    lines = [
        f"COUNTEREXAMPLE {case.name} (topology {case.topology.name or case.topology.preset}, for {case.for_:g}s)",
        f"  expr:     {' '.join(case.expr.split())}",
        f"  claimed:  {each.claim}",
        f"  but:      {each.seen}{where} (Prometheus {each.version}, world {each.world}, grid {each.timeline.grid:g}s)",
    ]
    lines += [f"  series:   {one.notation()} {_short(one.values())}" for one in each.series[:8]]
    return "\n".join(lines)


def _short(values: str) -> str:
    return values if len(values) <= 300 else f"{values[:120]} ... {values[-170:]}"
