"""Which labels an alert arrives with at the Alertmanager: those of its series, its rule, and Prometheus's own.

The order is Prometheus's (rules/alerting.go, notifier/notifier.go): the series' labels without the name; the rule's over
them, an empty one taking the label away; ``alertname``; the external ones where there are none; then relabelling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from promtrim.evaluate.labels import ANYTHING, EMPTY, OPEN, Labels, Values, accepts, join
from promtrim.patterns import matches
from promtrim.rulefile.model import Rule
from promtrim.stack.relabel import RelabelRule


class Sender(msgspec.Struct, frozen=True):
    """What a Prometheus does to its alerts' labels."""

    external: Mapping[str, str] = {}
    relabel: tuple[RelabelRule, ...] = ()
    known: bool = True
    """False: no configuration is known, so any label may be added."""
    absent: frozenset[str] = frozenset()
    """Labels of which a person says that no alert has them, unless its rule or expression says so."""



def labels_of(rule: Rule, sender: Mapping[str, str] | Sender, series: Labels = OPEN) -> Labels:
    """What is known of the labels of an alert, as the Alertmanager gets it.

    Args:
        sender: the Prometheus; or its external labels alone, where nothing is relabelled.
        series: what is known of the series that the rule's expression returns.
    """
    sender = sender if isinstance(sender, Sender) else Sender(sender)
    known = {name: values for name, values in series.known.items() if name != "__name__"}
    known["__name__"] = EMPTY
    for name, value in rule.labels.items():
        known[name] = _written(value)
    known["alertname"] = Values(frozenset((rule.alert or "",)))
    found = Labels(known, series.open)
    if not sender.known:
        # An external label stands wherever the series has none of its name.
        sure = sender.absent - rule.labels.keys()
        return Labels(
            {name: values if values.present or name in sure else ANYTHING for name, values in known.items()}, True
        )
    for name, value in sender.external.items():
        known[name] = _unless_there(found.get(name), value)
    return _relabelled(Labels(known, series.open), sender.relabel)


def _written(value: str) -> Values:
    """A rule's label: a template may become anything, nothing included."""
    return ANYTHING if "{{" in value else Values(frozenset((value,)))


def _unless_there(own: Values, external: str) -> Values:
    """A label that is set where there is none."""
    if own.present:
        return own
    if own.fixed == "":
        return Values(frozenset((external,)))
    if own.allowed is not None:
        return Values(own.allowed - {""} | {external})
    return join(Values(None, own.excluded | {""}), Values(frozenset((external,)))) if external else own


def _relabelled(labels: Labels, rules: Iterable[RelabelRule]) -> Labels:
    """What a rule may change is open after it."""
    for rule in rules:
        known = dict(labels.known)
        if rule.action in ("replace", "lowercase", "uppercase", "hashmod") and "$" not in rule.target_label:
            known[rule.target_label] = ANYTHING
        elif rule.action in ("labeldrop", "labelkeep"):
            for name, values in known.items():
                if _may_go(rule, name):
                    known[name] = join(values, EMPTY)
        elif rule.action in ("replace", "labelmap"):
            known = dict.fromkeys(known, ANYTHING)
            labels = OPEN
        labels = Labels(known, labels.open)
    return labels


def _may_go(rule: RelabelRule, name: str) -> bool:
    fits = matches(rule.regex, name)
    return True if fits is None else fits is (rule.action == "labeldrop")


def may_be(labels: Labels, found: Mapping[str, str]) -> bool:
    """Whether an alert that was found with exactly these labels may be one of which this is known."""
    names = labels.known.keys() | found.keys()
    return all(accepts(labels.get(name), found.get(name, "")) for name in names)
