"""Label sets that an alert may arrive with, written out: what a static answer is compared with.

Not all there may be: each label once with each value that the configuration asks about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from promtrim.evaluate.labels import Labels, Values, accepts, alternatives
from promtrim.stack.alertmanager_config import AlertmanagerConfig, Condition, routes

OTHER = "promtrim-other"
MOST = 24
"""Label sets per alert."""


def samples(labels: Labels, config: AlertmanagerConfig) -> list[dict[str, str]]:
    """Label sets that agree with what is known; the plainest first."""
    wanted = _asked(config)
    names = sorted((labels.known.keys() | wanted.keys()) - {"__name__"})
    choices = {name: values for name in names if (values := _values(labels.get(name), wanted.get(name, ())))}
    plain = {name: values[0] for name, values in choices.items()}
    found = [plain]
    for name, values in choices.items():
        found += [{**plain, name: value} for value in values[1:]]
    several = {name: values[1] for name, values in choices.items() if len(values) > 1}
    if len(several) > 1:
        found.append({**plain, **several})
    return [{name: value for name, value in each.items() if value} for each in found[:MOST]]


def _asked(config: AlertmanagerConfig) -> dict[str, list[str]]:
    """Values that routes and inhibition rules ask about, by label."""
    found: dict[str, list[str]] = {}
    for condition in _conditions(config):
        values = [condition.value] if condition.operator in ("=", "!=") else sorted(alternatives(condition.value) or ())
        found.setdefault(condition.label, []).extend(values)
    return found


def _conditions(config: AlertmanagerConfig) -> Iterator[Condition]:
    for route in routes(config.route):
        yield from route.conditions
    for rule in config.inhibitions:
        yield from (*rule.source, *rule.target)


def _values(known: Values, asked: Iterable[str]) -> list[str]:
    """Values that a label may have: none first, then those that are asked about, then another one."""
    candidates = ("", *sorted(known.allowed or ()), *asked, OTHER)
    return [value for value in dict.fromkeys(candidates) if accepts(known, value)][:8]
