"""Tier and failure mode of an alert: from what the rulesets say of its metrics, else inferred, else from its severity.

Inference for metrics that no ruleset knows goes by the words of the name and the shape of the expression
(``rulesets/inference/words.yml``). It is judgement with low confidence and never a proof.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from promtrim.judge.signals import Signal
from promtrim.judge.words import Words
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import Known
from promtrim.knowledge.model import FailureMode, Judgement, Tier
from promtrim.promql.tree import Binary, Selector
from promtrim.promql.walk import strip_parens

ORDER: dict[Tier, int] = {"critical": 2, "useful": 1, "low": 0}
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
SERVER_ERROR = re.compile(r"\^?\(?5(\d\d|xx|\.\.|\.[*+]|\\d|\[0-9\])")
WHOSE = frozenset(
    ("__name__", "job", "instance", "namespace", "service", "pod", "container", "node", "cluster", "app", "name")
)
"""Labels that say of whom a series is: their values are names, and words in them tell nothing."""
OWN: frozenset[FailureMode] = frozenset(("backup", "certificate", "monitoring"))
"""Failure modes that a metric keeps when it is gone: nothing is known of the backups any more."""
COPIES: frozenset[FailureMode | None] = frozenset(("replication", "quorum", "scaling", None))
"""Failure modes whose metrics speak of others than the one that delivers them: it may well be there without them."""
PAGING = re.compile(r"(?i)crit|page|emerg|fatal|disaster|high|p1|sev-?1|error")


class Weight(msgspec.Struct, frozen=True):
    """How much an alert matters, and on what kind of failure."""

    tier: Tier
    mode: FailureMode
    known: bool
    """A ruleset says so; else it is inferred."""
    because: str = ""
    express: bool = False
    """A ``judge`` entry says so of just this comparison, not only the metric's default."""


def weigh(
    metrics: Metrics, words: Words, found: tuple[Signal, ...], labels: Mapping[str, str], constant: bool, text: str
) -> Weight:
    """Tier and failure mode of an alert.

    Args:
        metrics: the facts.
        words: vocabulary for what no ruleset knows.
        found: the alert's signals.
        labels: its static labels; a severity is a hint where nothing better is known.
        constant: it fires by design.
        text: name and summary, a hint for metrics that no ruleset knows.
    """
    if constant:
        return Weight("critical", "monitoring", True, "a dead man's switch: its silence is the alarm")
    main = [signal for signal in found if not signal.guard]
    weighed = [(signal.metric, weight) for signal in main if (weight := _of_signal(metrics, signal)) is not None]
    # What a ruleset says expressly of such a comparison counts before what it says of the metric in general.
    express = {metric for metric, weight in weighed if weight.express}
    known = [weight for metric, weight in weighed if weight.express or metric not in express]
    about = {signal.metric for signal in main}
    guards = [signal for signal in found if signal.guard]
    if known:
        # A second condition on the same metric (a prediction, say) can make it worse, if a ruleset says so expressly.
        same = (_of_signal(metrics, signal) for signal in guards if signal.metric in about)
        known += [weight for weight in same if weight is not None and weight.express]
    else:
        known = [weight for signal in guards if (weight := _of_signal(metrics, signal)) is not None][:1]
    if known:
        return max(known, key=lambda weight: ORDER[weight.tier])
    return _inferred(words, found, labels, text)


def _of_signal(metrics: Metrics, signal: Signal) -> Weight | None:
    """What the rulesets say, by the first selector that they know; a later one only where the first says nothing."""
    for selector in signal.selectors[:6]:
        name = selector.name or next((m.value for m in selector.matchers if m.name == "__name__"), "")
        for known in metrics.known(name):
            # What a selector leaves out says which label it is about, not which value.
            demanded = {m.name: m.value if m.op in ("=", "=~") else "" for m in selector.matchers}
            weight = _of_metric(known, signal, demanded, metrics.head(known).title)
            if weight is not None:
                return weight
    return None


def _of_metric(known: Known, signal: Signal, demanded: Mapping[str, str], title: str) -> Weight | None:
    metric = known.metric
    for entry in metric.judge:
        if _fits(entry, signal, demanded, metric.integer):
            tier, mode = entry.tier or metric.tier, entry.mode or metric.mode
            if tier and mode:
                because = entry.because or f"the ruleset of {title} says so of such a comparison"
                return Weight(tier, mode, True, because, express=True)
    if signal.shape in _BETWEEN and metric.mode not in _OF_COPIES[signal.shape]:
        return _BETWEEN[signal.shape]
    if signal.shape == "absent" and (signal.threshold is None or signal.threshold <= 1) and metric.mode not in COPIES:
        gone: FailureMode = metric.mode if metric.mode is not None and metric.mode in OWN else "down"
        return Weight("critical", gone, True, f"it waits for {known.name} to be gone, and with it what {title} watches")
    if metric.tier and metric.mode:
        return Weight(metric.tier, metric.mode, True, f"the ruleset of {title} says so of {known.name}")
    return None


def _fits(entry: Judgement, signal: Signal, demanded: Mapping[str, str], integer: bool) -> bool:
    if entry.shape is not None and entry.shape != signal.shape:
        return False
    for label, pattern in entry.labels.items():
        value = demanded.get(label)
        if value is None or not re.search(f"^(?:{pattern})$", value):
            return False
    if entry.above is None and entry.below is None:
        return True
    threshold = _least(signal) if integer else signal.threshold
    if entry.per is not None:
        threshold = None if signal.per_second is None else signal.per_second * _SECONDS[entry.per]
    if threshold is None:
        return False
    if entry.above is not None and not (signal.direction in ("above", "equal") and threshold >= entry.above):
        return False
    if entry.below is None:
        return True
    # Below zero there is only the difference to what was before.
    return signal.direction in ("below", "equal") and threshold <= entry.below and not threshold < 0 <= entry.below


def _least(signal: Signal) -> float | None:
    """The threshold of whole numbers as one that they reach: above 1 is at least 2."""
    threshold, node = signal.threshold, signal.node
    if threshold is None or signal.shape != "value" or not threshold.is_integer():
        return threshold
    strict = isinstance(node, Binary) and node.op in (">", "<") and signal.direction == "above"
    return threshold + 1 if strict and isinstance(strip_parens(signal.subject), Selector) else threshold


def _shape(signal: Signal) -> str:
    """The signal's shape for the vocabulary: ``zero`` where a plain value fires at zero."""
    threshold = signal.threshold
    at_zero = (signal.direction == "equal" and threshold == 0) or (
        signal.direction == "below" and threshold is not None and 0 < threshold <= 1
    )
    return "zero" if signal.shape == "value" and at_zero else signal.shape


def _outcome(signal: Signal) -> str:
    """What the selected label values say of how it went: ``5xx`` for whatever pattern of server errors, else themselves."""
    matchers = signal.selectors[0].matchers if signal.selectors else ()
    values = [m.value for m in matchers if m.op in ("=", "=~") and m.name not in WHOSE]
    return " ".join("5xx" if SERVER_ERROR.match(value) else value for value in values)


_BETWEEN: dict[str, Weight] = {
    "spread": Weight("low", "scaling", True, "it compares instances with each other, whatever they measure", express=True),
    "variants": Weight("low", "config", True, "it counts the variants that run side by side", express=True),
}
"""What compares instances, by shape."""
_OF_COPIES: dict[str, frozenset[FailureMode | None]] = {
    "spread": frozenset(("config", "replication", "quorum")), "variants": frozenset(("config",)),
}  # fmt: skip
"""Failure modes of metrics that are there to be compared: what a ruleset says of them counts."""


def _inferred(words: Words, found: tuple[Signal, ...], labels: Mapping[str, str], text: str) -> Weight:
    severity = next((labels[name] for name in ("severity", "priority", "level") if name in labels), "")
    paging = bool(PAGING.search(severity))
    for signal in found:
        if signal.shape in _BETWEEN:
            return msgspec.structs.replace(_BETWEEN[signal.shape], known=False)
        hit = words.best((signal.metric, _outcome(signal), text), _shape(signal))
        if hit is not None:
            tier = hit.tier if paging or hit.tier != "critical" or hit.sure else "useful"
            because = f"no ruleset knows {signal.metric or 'its metric'}: inferred from words and severity, low confidence"
            return Weight(tier, hit.mode, False, because)
    because = "nothing is known of its metrics: its severity decides, low confidence"
    return Weight("critical" if paging else "useful", "other", False, because)
