"""A plan's alerts as the Alertmanager gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from promtrim.alertmanager.labels import Sender, labels_of, may_be
from promtrim.errors import InputError
from promtrim.evaluate.labels import OPEN, Labels
from promtrim.plan.model import Decided, Plan
from promtrim.stack.prometheus_config import read_prometheus_config


class Sent(msgspec.Struct, frozen=True):
    """One alerting rule's alerts."""

    name: str
    labels: Labels
    critical: bool = False
    file: str = ""
    line: int = 0
    decided: Decided | None = None
    """The rule and what the plan says of it."""
    sender_known: bool = True
    """Whether it is known which labels its Prometheus adds."""


def sent_by(plan: Plan, sender: Sender, series: Mapping[int, Labels], keep: bool | None = True) -> list[Sent]:
    """The alerts of a plan, in its order.

    Args:
        series: what is known of each rule's series, by the rule's id.
        keep: those that are kept, those that are dropped, or all (None).
    """
    return [
        Sent(
            rule.alert,
            labels_of(rule, sender, series.get(rule.id, OPEN)),
            decided.judged.tier == "critical",
            rule.file,
            rule.line,
            decided,
            sender.known,
        )
        for decided in plan.rules
        if (rule := decided.judged.rule).alert is not None and (keep is None or decided.keep is keep)
    ]


def sender_of(configs: Sequence[str]) -> Sender:
    """What the Prometheus of these configuration files does to its alerts.

    Raises:
        InputError: a file cannot be read.
    """
    read = [read_prometheus_config(path) for path in dict.fromkeys(configs)]
    if not read:
        return Sender(known=False)
    first = read[0]
    if any((each.external_labels, each.alert_relabel) != (first.external_labels, first.alert_relabel) for each in read[1:]):
        return Sender(known=False)
    return Sender(first.external_labels, first.alert_relabel)


def of_others(alerts: object, known: Sequence[Sent]) -> list[dict[str, str]]:
    """Label sets of running alerts that come from no rule of the plan.

    Args:
        alerts: what Alertmanager answers to ``GET /api/v2/alerts``.
        known: all alerts of the plan, dropped ones included.

    Raises:
        InputError: it is no such answer.
    """
    try:
        found = msgspec.convert(alerts, list[_Running])
    except msgspec.ValidationError as error:
        raise InputError(f"Alertmanager's answer is not what its API documents ({error}): is it one?") from None
    return [each.labels for each in found if not any(may_be(sent.labels, each.labels) for sent in known)]


class _Running(msgspec.Struct):
    labels: dict[str, str]
