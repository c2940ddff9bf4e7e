"""Which receivers an alert may reach through Alertmanager's routes, as far as its labels are known.

The one matcher of routes and inhibition rules. A label that is not known is open: a route that asks for it may match or
not. Going down the tree what is known grows: below a route its conditions hold.

The tree's meaning: https://prometheus.io/docs/alerting/latest/configuration/#route, dispatch/route.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from promtrim.evaluate.labels import ANYTHING, Labels, Values, certainly, meet, of_matcher
from promtrim.promql.tree import Matcher
from promtrim.stack.alertmanager_config import Condition, Route
from promtrim.topology.model import Tristate


class Reached(msgspec.Struct, frozen=True):
    """A route at which an alert ends, or that it passes."""

    route: Route
    certain: bool
    labels: Labels
    """What is known of the labels of an alert that gets here."""
    ends: bool = True
    """Whether it may end here: no child certainly takes it."""


def having(labels: Mapping[str, str | None], closed: bool = False) -> Labels:
    """Labels with these values; None where a value is not known.

    Args:
        closed: whether there are certainly no others.
    """
    known = {name: ANYTHING if value is None else Values(frozenset((value,))) for name, value in labels.items()}
    return Labels(known, not closed)


def routes_of(root: Route, labels: Labels) -> list[Reached]:
    """The routes at which an alert ends, in the order of the file."""
    return [each for each in visits(root, labels) if each.ends]


def visits(root: Route, labels: Labels) -> list[Reached]:
    """The routes that an alert passes or ends at; children stand before the route they are below."""
    return _descend(root, labels, True, ())


def _descend(
    route: Route, labels: Labels, certain: bool, takers: tuple[tuple[Condition, ...], ...]
) -> list[Reached]:
    """
    Args:
        takers: conditions of routes that would have taken the alert before it came here.
    """
    found: list[Reached] = []
    taken = False
    open_before = False
    for child in route.routes:
        inside = narrowed(labels, child.conditions)
        if inside is None or any(fits(each, inside) == "yes" for each in takers):
            continue
        answer = fits(child.conditions, labels)
        found += _descend(child, inside, certain and answer == "yes" and not open_before, takers)
        if answer == "yes":
            taken = True
            if not child.goes_on:
                break
        elif not child.goes_on:
            open_before = True
            takers = (*takers, child.conditions)
            labels = _without(labels, child.conditions)
    sure = certain and not any(each.ends for each in found)
    found.append(Reached(route, sure, labels, not taken))
    return found


def fits(conditions: Iterable[Condition], labels: Labels) -> Tristate:
    """Whether an alert with these labels fulfils all conditions."""
    answer: Tristate = "yes"
    for condition in conditions:
        wanted = _wanted(condition)
        known = labels.get(condition.label)
        if wanted is None:
            answer = "open"
        elif meet(known, wanted) is None:
            return "no"
        elif not certainly(known, wanted):
            answer = "open"
    return "no" if answer == "open" and narrowed(labels, conditions) is None else answer


def narrowed(labels: Labels, conditions: Iterable[Condition]) -> Labels | None:
    """What is known of labels that fulfil all conditions; None where no labels do."""
    known = labels.known
    for condition in conditions:
        wanted = _wanted(condition)
        if wanted is None:
            continue
        values = meet(Labels(known, labels.open).get(condition.label), wanted)
        if values is None:
            return None
        known = {**known, condition.label: values}
    return Labels(known, labels.open)


def _without(labels: Labels, conditions: tuple[Condition, ...]) -> Labels:
    """What is known of labels that do not fulfil all conditions: something only where there is one condition."""
    if len(conditions) != 1:
        return labels
    (condition,) = conditions
    opposite = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}.get(condition.operator)
    if opposite is None:
        return labels
    return narrowed(labels, (Condition(condition.label, opposite, condition.value),)) or labels


def _wanted(condition: Condition) -> Values | None:
    """The values that a condition lets through; None where it cannot be read."""
    if condition.operator not in ("=", "!=", "=~", "!~"):
        return None
    return of_matcher(Matcher(condition.label, condition.operator, condition.value))  # type: ignore[arg-type]


def may_agree(first: Labels, second: Labels, names: Iterable[str]) -> bool:
    """Whether two alerts may have equal values of each label, a missing one being empty."""
    return all(meet(first.get(name), second.get(name)) is not None for name in names)
