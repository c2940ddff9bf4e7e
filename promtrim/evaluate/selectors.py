"""Selectors: from matchers to facts. Instant and range vectors, subqueries, and recording rules by their name."""

from __future__ import annotations

from msgspec import structs

from promtrim.evaluate import interval as iv
from promtrim.evaluate.aggregations import groups_of
from promtrim.evaluate.context import Evaluating
from promtrim.evaluate.interval import Interval
from promtrim.evaluate.labels import OPEN, SET, Labels, Values, accepts, meet, nameless, of_matcher
from promtrim.evaluate.result import INF, NEVER, Note, Result, State, Told, anything, never
from promtrim.evaluate.told import told_over_time
from promtrim.evaluate.union import union_of
from promtrim.evaluate.wording import number, words
from promtrim.knowledge import series as known
from promtrim.knowledge.series import Apart, Because, SeriesFacts
from promtrim.promql.tree import Range, Selector, Subquery


def instant(evaluator: Evaluating, node: Selector) -> Result:
    """An instant vector selector."""
    return _select(evaluator, node, 0.0)


def over_range(evaluator: Evaluating, node: Range) -> Result:
    """A range vector selector: the same series, each with the samples of a stretch of time."""
    fleeting = evaluator.fleeting
    inner = _select(evaluator, node.selector, node.range)
    if evaluator.fleeting > fleeting:
        inner = _over_time(inner)
    possible, healthy = inner.possible, inner.healthy
    if node.range < 2 * evaluator.scraping.longest:
        # A stretch of time that is hardly longer than what lies between two scrapes may hold none.
        possible, healthy = _at_times(possible), _at_times(healthy)
    return Result(
        node, possible, healthy, inner.labels, "matrix", inner.error, inner.note, (inner,), inner.single,
        (), inner.metric, inner.told, inner.steady,
    )  # fmt: skip


def subquery(evaluator: Evaluating, node: Subquery) -> Result:
    """A subquery: what the inner expression returned at any step of the range."""
    evaluator.window += node.range
    fleeting = evaluator.fleeting
    inner = evaluator.evaluate(node.expr)
    evaluator.window -= node.range
    if evaluator.fleeting > fleeting:
        inner = _over_time(inner)
    if node.at is not None or node.offset < 0:
        inner = _at_some_time(inner)
    possible, healthy = inner.possible, inner.healthy
    if node.range < (node.step or evaluator.evaluation_interval):
        possible, healthy = _at_times(possible), _at_times(healthy)
    return Result(
        node, possible, healthy, inner.labels, "matrix", inner.error, inner.note, (inner,), inner.single,
        (), inner.metric, told_over_time(inner.told),
    )  # fmt: skip


def _over_time(inner: Result) -> Result:
    """All that such an expression returned in a stretch of time: as many series as its labels can tell apart."""
    hi = groups_of(inner.labels)

    def all_of(state: State) -> State:
        return state if state.hi == 0 else State(state.lo, hi, state.value)

    return structs.replace(
        inner, possible=all_of(inner.possible), healthy=all_of(inner.healthy), single=inner.single and hi <= 1, bounds=(),
        told=told_over_time(inner.told), alone=False,
    )  # fmt: skip


def _at_some_time(inner: Result) -> Result:
    """At a time that is given, or in the future: what is always there now need not have been there then."""
    return structs.replace(inner, possible=_at_times(inner.possible), healthy=_at_times(inner.healthy))


def _at_times(state: State) -> State:
    return State(0, state.hi, state.value) if state.lo else state


def _select(evaluator: Evaluating, node: Selector, range_: float) -> Result:
    found = _selected(evaluator, node, range_)
    fixed = isinstance(node.at, float)
    slow = not range_ and evaluator.scraping.longest >= known.LOOKBACK
    return _at_some_time(found) if fixed or slow or node.offset < 0 else found


def _selected(evaluator: Evaluating, node: Selector, range_: float) -> Result:
    if node.alternatives:
        return anything(node)
    labels: dict[str, Values] = {}
    for matcher in node.matchers:
        values = of_matcher(matcher)
        earlier = labels.get(matcher.name)
        if earlier is not None:
            both = meet(earlier, values)
            if both is None:
                text = f"no series can match both conditions on the label {matcher.name!r}"
                return never(node, Note(node, "nothing, ever", Because(text, "PromQL", "logic")))
            values = both
        labels[matcher.name] = values
    name = node.name
    if name is None:
        fixed = labels.get("__name__")
        name = fixed.fixed if fixed else None
    else:
        labels["__name__"] = Values(frozenset((name,)))
    if name is None:
        return Result(node, State(0, INF, iv.ANY), State(0, INF, iv.ANY), Labels(labels, True), error=True)
    if name in evaluator.records:
        return _recorded(evaluator, node, name, Labels(labels, True), range_)
    found = evaluator.metrics.series(name, _demand(labels), evaluator.view)
    if found.judged:
        evaluator.consulted.judged = True
    if found.settles:
        unsettled = found.settles + evaluator.scraping.longest + range_ + evaluator.window
        evaluator.consulted.settling = max(evaluator.consulted.settling, unsettled)
    if found.absent is not None:
        return never(node, Note(node, "no series", found.absent))
    for label, closed in found.values.items():
        wanted = labels.get(label)
        if wanted is None:
            continue
        both = meet(wanted, Values(frozenset(closed) | {""}))
        if both is None:
            text = f"the label {label!r} of {name} never has such a value; it has {_listed(closed)}"
            return never(node, Note(node, "no series", Because(text, _first_source(found), "logic")))
        labels[label] = both
    return _from_facts(evaluator, node, name, Labels(labels, True), found, range_)


def _demand(labels: dict[str, Values]) -> known.Demand:
    """The labels that a selector asks for, those that may be missing left out."""
    return tuple(
        (label, values.allowed)
        for label, values in sorted(labels.items())
        if label != "__name__" and values.present and (values.allowed is not None or values.patterns)
    )


def _from_facts(
    evaluator: Evaluating, node: Selector, name: str, labels: Labels, found: SeriesFacts, range_: float
) -> Result:
    hi = found.series
    if hi < INF and found.overlap and evaluator.view.topology:
        evaluator.consulted.overlap = max(evaluator.consulted.overlap, range_ + evaluator.window + known.LOOKBACK)
        if evaluator.view.overlap:
            hi = INF
    if hi == 0:
        return never(node, Note(node, "no series", found.because[0] if found.because else None))
    possible = State(0, hi, _interval(found.possible))
    sure = found.present and _certain(evaluator, labels, found)
    healthy = State(1 if sure else 0, found.series, _interval(found.healthy))
    note = None
    if found.because:
        reason = found.because[0]
        note = Note(node, describe(found, healthy), reason)
    told = None
    if found.apart is not None or found.one_target is not None or found.counts:
        # Over a stretch of time a series' labels may change, unless those that tell it apart are all there are.
        overlap = evaluator.window + range_ + known.LOOKBACK if found.overlap else 0.0
        whole = found.apart is not None and found.own is not None and found.own <= found.apart.by
        series = _unfixed(found.apart, labels, overlap) if whole or not range_ else None
        # Over a stretch of time a node may be replaced by one of another name.
        counts = {} if range_ or evaluator.window else found.counts
        told = Told(series, _unfixed(found.one_target, labels, overlap), found.own, counts)
    return Result(node, possible, healthy, labels, note=note, single=hi == 1, told=told, metric=name, steady=found.steady)


def _certain(evaluator: Evaluating, labels: Labels, found: SeriesFacts) -> bool:
    """Whether some series certainly passes all matchers, given that the metric's series exist."""
    unsure = False
    for label, values in labels.known.items():
        if label == "__name__":
            continue
        if label in found.traits and values != SET:
            return False
        if not _satisfied(label, values, found):
            if not _excludes(values):
                return False
            unsure = True
    if not unsure:
        return True
    if found.because:
        # Nobody leaves out all there is: that something remains is a judgement.
        evaluator.consulted.judged = True
    return bool(found.because) and evaluator.view.judgement


def _unfixed(apart: Apart | None, labels: Labels, overlap: float) -> Apart | None:
    """What tells apart those that have the values which matchers fix."""
    if apart is None:
        return None
    by = frozenset(label for label in apart.by if labels.get(label).fixed is None)
    return structs.replace(apart, by=by, overlap=overlap)


def _satisfied(label: str, values: Values, found: SeriesFacts) -> bool:
    """Whether some series certainly passes the matchers on a label, given that the metric's series exist."""
    closed = found.values.get(label)
    if values.allowed is not None:
        return closed is None or not values.allowed.isdisjoint(closed)
    if values is SET or values == SET:
        return True
    if closed is not None:
        return any(accepts(values, value) for value in closed)
    return not values.excluded and all(positive for positive, _ in values.patterns)


def _excludes(values: Values) -> bool:
    """Whether the matchers on a label only leave values out."""
    return values.allowed is None and not any(positive for positive, _ in values.patterns)


def _recorded(evaluator: Evaluating, node: Selector, name: str, labels: Labels, range_: float) -> Result:
    """Series of a recording rule: what its expression returns, with its labels, when it was last evaluated."""
    if name in evaluator.expanding or len(evaluator.expanding) > 20:
        return anything(node)
    evaluator.expanding.append(name)
    # What the last evaluation recorded is looked at until the next one.
    evaluator.window += range_ + evaluator.evaluation_interval
    results = []
    for record in evaluator.records[name]:
        inner = evaluator.evaluate(record.expr)
        base = OPEN if record.by_name else inner.labels
        known = dict(nameless(base).known)
        known.update({label: Values(frozenset((value,))) for label, value in record.labels.items()})
        known["__name__"] = Values(frozenset((name,)))
        note = inner.note
        clash = False
        for label, wanted in labels.known.items():
            here = known.get(label) or Labels(known, base.open).get(label)
            both = meet(here, wanted)
            if both is None:
                clash = True
                text = f"the recording rule {name} never gives the label {label!r} such a value"
                note = Note(node, "no series", Because(text, "the recording rule", "logic"))
                break
            known[label] = both
        # A sample of a recording rule is up to one evaluation old, and before the first one there is none.
        value = State(0, inner.possible.hi, inner.possible.value)
        healthy = inner.healthy
        if clash:
            value = healthy = NEVER
        elif (record.by_name and len(labels.known) > 1) or _narrowed(labels):
            healthy = State(0, healthy.hi, healthy.value)
        results.append(
            Result(
                node,
                value,
                healthy,
                Labels(known, base.open),
                error=inner.error,
                note=note,
                single=inner.single,
                metric=name,
            )
        )
    evaluator.expanding.pop()
    evaluator.window -= range_ + evaluator.evaluation_interval
    return union_of(node, results)


def _narrowed(labels: Labels) -> bool:
    """Whether a matcher could leave out series of a recording rule: any that is no equality or list of values."""
    return any(values.allowed is None for name, values in labels.known.items() if name != "__name__")


def _interval(found: known.Range) -> Interval:
    return iv.tight(
        found.lo, found.hi, found.finite and found.lo == -INF, found.finite and found.hi == INF, found.nan,
        found.integer, plus=found.lo >= 0,
    )  # fmt: skip


def describe(found: SeriesFacts, healthy: State) -> str:
    """What a selector returns, in words."""
    value, usual = _interval(found.possible), healthy.value
    if value.constant:
        return f"always {number(value.lo)}"
    if usual.constant:
        return f"{number(usual.lo)} while all is well"
    if found.series < INF:
        return "one series" if found.series == 1 else f"at most {found.series:g} series"
    return f"each value {words(value)}"


def _listed(values: tuple[str, ...]) -> str:
    shown = ", ".join(repr(value) for value in values[:8])
    return shown + (", ..." if len(values) > 8 else "")


def _first_source(found: SeriesFacts) -> str:
    return found.because[0].source if found.because else "the ruleset"
