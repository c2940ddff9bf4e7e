"""What of a configuration alerts can reach: routes, inhibition rules, receivers, time intervals.

Whose alerts those are is the caller's: those that are kept, live ones of other senders, or any alert at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from promtrim.alertmanager.routing import fits, may_agree, narrowed, visits
from promtrim.evaluate.labels import OPEN, Labels
from promtrim.stack.alertmanager_config import AlertmanagerConfig, Inhibition, Route

ANYBODY: tuple[Labels, ...] = (OPEN,)
"""Any alert that somebody might send."""

RoutePath = tuple[int, ...]
"""A route by the places of its ancestors and itself among their siblings; the root is ()."""


class Unneeded(msgspec.Struct, frozen=True):
    """What is not needed: routes by their path, items of the other lists by their place in them."""

    routes: frozenset[RoutePath]
    items: dict[str, frozenset[int]]
    """By the key of the list."""


def paths(root: Route) -> dict[RoutePath, Route]:
    """All routes by their path, in the order of the file."""
    found: dict[RoutePath, Route] = {}

    def below(route: Route, path: RoutePath) -> None:
        found[path] = route
        for index, child in enumerate(route.routes):
            below(child, (*path, index))

    below(root, ())
    return found


def unreached(root: Route, alerts: Iterable[Labels]) -> set[RoutePath]:
    """Routes that none of the alerts passes or ends at, those below them included; never the root."""
    passed = {id(each.route) for labels in alerts for each in visits(root, labels)}
    return {path for path, route in paths(root).items() if path and id(route) not in passed}


def can_inhibit(rule: Inhibition, alerts: Sequence[Labels]) -> bool:
    """Whether one of the alerts may inhibit another one, or another series of itself, by this rule."""
    sides = Sides(rule, alerts)
    return any(next(sides.sources_of(labels), None) is not None for labels in alerts)


class Sides:
    """One inhibition rule and the alerts that may be its sources: worked out once, asked for each target."""

    def __init__(self, rule: Inhibition, alerts: Iterable[Labels]) -> None:
        self.rule = rule
        self._sources = [
            (index, source) for index, labels in enumerate(alerts) if (source := narrowed(labels, rule.source)) is not None
        ]

    @property
    def possible(self) -> bool:
        """Whether one of the alerts may be a source at all."""
        return bool(self._sources)

    def sources_of(self, target: Labels) -> Iterator[int]:
        """Which of the alerts, by their index, may inhibit an alert."""
        if not self._sources or (aim := narrowed(target, self.rule.target)) is None:
            return
        for index, source in self._sources:
            if may_agree(source, aim, self.rule.equal) and not _both_sides(self.rule, source, aim):
                yield index


def _both_sides(rule: Inhibition, source: Labels, target: Labels) -> bool:
    """An alert that fits both sides is not inhibited by one that does so too (inhibit/inhibit.go)."""
    return fits(rule.target, source) == "yes" and fits(rule.source, target) == "yes"


def used(config: AlertmanagerConfig, gone: set[RoutePath]) -> tuple[set[str], set[str]]:
    """Receivers and time intervals that the routes use which stay."""
    assert config.route is not None
    staying = [route for path, route in paths(config.route).items() if path not in gone]
    return {route.receiver for route in staying}, {name for route in staying for name in route.intervals}
