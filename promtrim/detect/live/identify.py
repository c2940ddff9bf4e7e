"""Which exporter each target is: by the names that only one ruleset knows, asked for in one query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from promtrim.detect.live.asking import Asking
from promtrim.detect.live.model import Identified

if TYPE_CHECKING:
    from promtrim.knowledge.model import Index

NAMES_EACH = 3
"""Names per ruleset that are asked for."""


def identify(asking: Asking, names: frozenset[str] | None, index: Index) -> tuple[Identified, ...]:
    """Each target whose metrics tell which exporter it is, once per exporter."""
    owner = {name: ruleset for ruleset, own in telling_names(names or (), index).items() for name in own}
    if not owner:
        return ()
    query = f'count by (job, instance, __name__) ({{__name__=~"{"|".join(sorted(owner))}"}})'
    found: dict[tuple[str, str, str], Identified] = {}
    for labels, _ in asking.query(query, "whose metrics its targets deliver") or ():
        name, job, instance = labels.get("__name__", ""), labels.get("job", ""), labels.get("instance", "")
        if name in owner:
            found.setdefault((owner[name], job, instance), Identified(owner[name], job, instance, name))
    return tuple(found[key] for key in sorted(found))


def telling_names(names: Iterable[str], index: Index) -> dict[str, list[str]]:
    """Of some names those that one ruleset alone knows, by ruleset: a few of each.

    Rulesets that no image stands for are left out: libraries inside applications, whose names say nothing of what the
    program is.
    """
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        entries = index.exact.get(name, ())
        rulesets = {entry.ruleset for entry in entries}
        if len(rulesets) != 1:
            continue
        ruleset = rulesets.pop()
        head = index.heads[ruleset]
        if head.detect.images and name.startswith(tuple(head.prefixes) or "\0"):
            found.setdefault(ruleset, []).append(name)
    return {ruleset: own[:NAMES_EACH] for ruleset, own in found.items()}


def seen(names: Iterable[str], index: Index) -> set[str]:
    """Every ruleset that knows one of some names."""
    return {entry.ruleset for name in names for entry in index.exact.get(name, ())}
