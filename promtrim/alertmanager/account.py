"""Trims a configuration and gathers what there is to say of it. The order of this room's steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from promtrim.alertmanager.amtool import installed
from promtrim.alertmanager.audience import receivers_of, unheard
from promtrim.alertmanager.cutting import INTERVALS
from promtrim.alertmanager.document import Held
from promtrim.alertmanager.model import Account
from promtrim.alertmanager.proof import prove
from promtrim.alertmanager.reach import paths
from promtrim.alertmanager.routing import fits, having, narrowed, visits
from promtrim.alertmanager.sent import Sent
from promtrim.alertmanager.trim import trim
from promtrim.evaluate.labels import ANYTHING
from promtrim.rulefile.model import Problem
from promtrim.stack.alertmanager_config import AlertmanagerConfig, routes
from promtrim.yamltext import Sequence as YamlSequence
from promtrim.yamltext import get


def account_of(
    held: Held,
    alerts: Sequence[Sent],
    problems: Sequence[Problem] = (),
    others: Sequence[Mapping[str, str]] | None = None,
    *,
    only_sender: bool = False,
    root: str | None = None,
) -> Account:
    """Trim a configuration to what kept alerts need.

    Args:
        alerts: those that are kept.
        problems: of the plan; those about a kept alert's severity are repeated.
        others: see :func:`promtrim.alertmanager.trim.trim`.

    Raises:
        InputError: it cannot be cut exactly, or the result would not be what it must.
    """
    live = None if others is None else [having(each, closed=True) for each in others]
    trimmed = trim(held, [each.labels for each in alerts], live, only_sender=only_sender, root=root)
    proof = prove(trimmed, alerts, installed())
    config = trimmed.after.config
    kept = {each.name for each in alerts}
    quiet = [each for each in problems if each.code == "quiet-critical" and each.alert in kept]
    return Account(
        trimmed=trimmed,
        proof=proof,
        counts=tuple(_counts(trimmed.before, trimmed.after)),
        heard=tuple((each.name, tuple(receivers_of(config, each))) for each in alerts),
        wide=tuple(_wide(config, alerts)),
        problems=(*quiet, *unheard(config, alerts)),
        sender_known=all(each.sender_known for each in alerts),
    )


def _counts(before: Held, after: Held) -> Iterator[tuple[str, int, int]]:
    assert before.config.route is not None
    assert after.config.route is not None
    yield "route", len(paths(before.config.route)) - 1, len(paths(after.config.route)) - 1
    for kind, keys in (
        ("receiver", ("receivers",)), ("inhibition", ("inhibit_rules",)), ("time-interval", INTERVALS),
        ("template", ("templates",)),
    ):  # fmt: skip
        yield kind, _count(before, keys), _count(after, keys)


def _count(held: Held, keys: Sequence[str]) -> int:
    found = (get(held.root, key) for key in keys)
    return sum(len(each.content) for each in found if isinstance(each, YamlSequence))


def _wide(config: AlertmanagerConfig, alerts: Sequence[Sent]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Labels whose absence would let a route go that stays now."""
    assert config.route is not None
    staying = {id(route): route for route in routes(config.route)[1:]}
    for alert in alerts:
        for each in visits(config.route, alert.labels):
            if each.certain:
                staying.pop(id(each.route), None)
    found: dict[str, dict[str, None]] = {}
    for route in staying.values():
        for condition in route.conditions:
            for alert in alerts:
                open_ = fits((condition,), alert.labels) == "open" and narrowed(alert.labels, route.conditions) is not None
                if open_ and alert.labels.get(condition.label) == ANYTHING:
                    found.setdefault(condition.label, {})[alert.name] = None
    yield from ((label, tuple(names)) for label, names in sorted(found.items()))
