"""What a changed topology or configuration does to rules that did not change, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from promtrim.config.model import Config
from promtrim.plan.coverage import works
from promtrim.plan.model import Decided, Plan
from promtrim.review.model import Flip, Pair, Setting
from promtrim.topology.model import Topology

_STATES = {
    "cannot-fire": ("could not fire", "it cannot fire"),
    "always-fires": ("fired all the time", "it fires all the time"),
    "can-fire": ("could fire", "it can fire"),
    "unknown": ("could not be read", "it cannot be read"),
    "constant": ("fired by design", "it fires by design"),
    "meaningless": ("could fire on nothing real", "it can fire on nothing real"),
}
"""What a rule was, and what it is."""


def settings(before: Plan, after: Plan, old: Config, new: Config) -> tuple[Setting, ...]:
    """The values of topology and configuration that are different."""
    found = [*_topology(before.topology, after.topology)]
    if before.level != after.level:
        found.append(Setting("level", before.level, after.level))
    entries = ([f"{each.action}: {each} ({each.reason})" for each in config.overrides] for config in (old, new))
    ours, theirs = entries
    found += (Setting("promtrim.yml", entry, None) for entry in ours if entry not in theirs)
    found += (Setting("promtrim.yml", None, entry) for entry in theirs if entry not in ours)
    if old.fail_on != new.fail_on:
        found.append(Setting("fail-on", _listed(old.fail_on), _listed(new.fail_on)))
    if old.rulesets != new.rulesets:
        found.append(Setting("rulesets", _listed(old.rulesets), _listed(new.rulesets)))
    return tuple(found)


def _listed(value: Iterable[str] | None) -> str | None:
    return None if value is None else ", ".join(value)


def _topology(before: Topology, after: Topology) -> Iterator[Setting]:
    old, new = (dict(_flat(msgspec.to_builtins(each))) for each in (before, after))
    for name in dict.fromkeys((*old, *new)):
        if old.get(name) != new.get(name) and {old.get(name), new.get(name)} != {None, "no"}:
            yield Setting(name, old.get(name), new.get(name))


def _flat(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Each value under its path, without those that say nothing and without where they come from."""
    if isinstance(value, dict):
        for key, each in value.items():
            if (*path, key) not in (("sources",), ("name",)) and key != "because":
                yield from _flat(each, (*path, str(key)))
    elif value not in (None, [], (), ""):
        yield ".".join(path), _said(value)


def _said(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_said(each) for each in value)
    if isinstance(value, dict):
        return " ".join(f"{key} {_said(each)}" for key, each in value.items() if each not in (None, [], ()))
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def flips(pairs: Iterable[Pair], same: Iterable[int]) -> tuple[Flip, ...]:
    """Rules that did not change and of which something else is true now.

    Args:
        same: ids, on the new side, of rules that did not change.
    """
    unchanged = frozenset(same)
    return tuple(
        flip
        for pair in pairs
        if pair.before and pair.after and pair.after.judged.rule.id in unchanged
        if (flip := _flip(pair.before, pair.after)) is not None
    )


def _flip(before: Decided, after: Decided) -> Flip | None:
    if after.judged.rule.alert is None:
        return None
    was, now = _state(before), _state(after)
    useful = works(after) and not works(before)
    if was != now:
        old, new = _STATES[was][0], _STATES[now][1]
        if useful:
            reason = before.judged.meaningless or before.judged.because
            return Flip(before, after, f"it {old}{f' ({reason})' if reason else ''}; now {new}", True)
        reason = after.judged.meaningless or after.judged.because
        return Flip(before, after, f"it {old}; now {new}{f': {reason}' if reason else ''}", False)
    if before.keep != after.keep:
        what = "is kept now" if after.keep else "is dropped now"
        return Flip(before, after, f"it {what}: {after.reason.text}", False)
    if before.judged.tier != after.judged.tier:
        return Flip(before, after, f"it was {before.judged.tier}, and is {after.judged.tier} now", False)
    return None


def _state(decided: Decided) -> str:
    judged = decided.judged
    return "constant" if judged.constant else "meaningless" if judged.meaningless else judged.verdict
