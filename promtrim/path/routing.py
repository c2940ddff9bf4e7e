"""Which receivers an alert may reach through Alertmanager's routes, as far as its labels are known.

A label that only the series carry is open: a route that asks for it may match or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from promtrim.rulefile.model import Rule
from promtrim.topology.alertmanager_config import Condition, Route
from promtrim.topology.model import Tristate


class Reached(msgspec.Struct, frozen=True):
    """A route that an alert takes."""

    route: Route
    certain: bool


def labels_of(rule: Rule, external: Mapping[str, str]) -> dict[str, str | None]:
    """Labels that an alert certainly carries; None where the value comes from a template."""
    labels: dict[str, str | None] = {
        name: None if "{{" in value else value for name, value in rule.labels.items() if value != ""
    }
    for name in external:
        # Series may carry the same label; then theirs stands.
        labels.setdefault(name, None)
    labels["alertname"] = rule.alert
    return labels


def routes_of(root: Route, labels: Mapping[str, str | None]) -> list[Reached]:
    """The routes at which an alert ends, in the order of the file."""
    found, _ = _descend(root, labels, True)
    return found


def _descend(route: Route, labels: Mapping[str, str | None], certain: bool) -> tuple[list[Reached], bool]:
    """Routes reached below one that matches, and whether some child certainly took the alert."""
    found: list[Reached] = []
    taken = False
    open_before = False
    for child in route.routes:
        answer = fits(child.conditions, labels)
        if answer == "no":
            continue
        sure = certain and answer == "yes" and not open_before
        inner, _ = _descend(child, labels, sure)
        found += inner
        if answer == "yes":
            taken = True
            if not child.goes_on:
                break
        elif not child.goes_on:
            open_before = True
    if not taken:
        found.append(Reached(route, certain and not found))
    return found, taken


def fits(conditions: tuple[Condition, ...], labels: Mapping[str, str | None]) -> Tristate:
    """Whether an alert with these labels, and perhaps others, fulfils all conditions."""
    answers = {_fits(each, labels) for each in conditions}
    return "no" if "no" in answers else "open" if "open" in answers else "yes"


def _fits(condition: Condition, labels: Mapping[str, str | None]) -> Tristate:
    value = labels.get(condition.label)
    if value is None:
        return "open"
    if condition.operator in ("=", "!="):
        equal = value == condition.value
    else:
        try:
            equal = re.fullmatch(condition.value, value, re.DOTALL) is not None
        except re.error:
            return "open"
    return "yes" if equal is (condition.operator in ("=", "=~")) else "no"
