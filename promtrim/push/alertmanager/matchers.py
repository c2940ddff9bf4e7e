"""The matchers of a silence that takes in a dropped alert and can take in no kept one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from promtrim.alertmanager.routing import narrowed
from promtrim.alertmanager.sent import Sent
from promtrim.evaluate.labels import Labels, accepts
from promtrim.push.alertmanager.api import Matcher

MOST_VALUES = 20
"""Values of a label that one matcher lists."""


class Indistinct(msgspec.Struct, frozen=True):
    """A kept alert that would be silenced as well."""

    kept: Sent


def matchers_for(
    dropped: Sent, kept: Sequence[Sent], external: Mapping[str, str]
) -> tuple[Matcher, ...] | Indistinct:
    """Matchers for one dropped alert.

    Args:
        external: labels that the sender adds to all its alerts.
    """
    rule = dropped.decided.judged.rule if dropped.decided is not None else None
    labels = dropped.labels
    found = {"alertname": Matcher("alertname", dropped.name)}
    for name, value in (rule.labels if rule is not None else {}).items():
        if value and labels.get(name).fixed == value:
            found[name] = Matcher(name, value)
    for name, value in external.items():
        own = rule is not None and name in rule.labels
        # Where relabelling may take the label away it says nothing.
        if value and not own and labels.get(name).present and accepts(labels.get(name), value):
            found[name] = Matcher(name, value)
    for other in kept:
        if not _takes_in(found, other.labels):
            continue
        difference = next(_differences(labels, other.labels), None)
        if difference is None:
            return Indistinct(other)
        found[difference.name] = difference
    still = next((other for other in kept if _takes_in(found, other.labels)), None)
    return Indistinct(still) if still is not None else tuple(sorted(found.values()))


def _takes_in(matchers: Mapping[str, Matcher], labels: Labels) -> bool:
    return narrowed(labels, [matcher.condition for matcher in matchers.values()]) is not None


def _differences(dropped: Labels, kept: Labels) -> Iterator[Matcher]:
    """Matchers that fit the dropped alert and never the kept one: the plainest first."""
    for name in sorted(dropped.known.keys() | kept.known.keys()):
        if name == "__name__":
            continue
        mine, theirs = dropped.get(name), kept.get(name)
        if mine.allowed is not None and len(mine.allowed) <= MOST_VALUES:
            values = sorted(mine.allowed)
            if not any(accepts(theirs, value) for value in values):
                yield _one_of(name, values)
        elif accepts(mine, "") and theirs.present:
            yield Matcher(name, "")


def _one_of(name: str, values: Sequence[str]) -> Matcher:
    import re

    if len(values) == 1:
        return Matcher(name, values[0])
    return Matcher(name, "|".join(re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\1", value) for value in values), is_regex=True)
