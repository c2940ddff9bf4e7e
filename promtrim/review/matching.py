"""Which rule of one side is which of the other: by meaning, name and labels, across files, groups and renames.

Each stage pairs what the ones before left over, from what is certainly the same rule to what a person would call the same:

1. name, meaning, labels;
2. name and labels, of a kindred expression: the rule was changed;
3. meaning and labels: it was renamed;
4. name and meaning: its labels changed;
5. name;
6. meaning;
7. the same expression but for its numbers, and the same labels: renamed and changed.

Within a stage several rules may have one key; then file, group and likeness of the text decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from promtrim.plan.model import Decided
from promtrim.review.model import Pair
from promtrim.review.present import meaning
from promtrim.rulefile.model import Rule

_WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_NUMBER = re.compile(r"(?<![\w.])[0-9][0-9.eE]*[a-z]*")
KINDRED = 0.5
"""Share of words that two expressions have in common, from which one is taken for a new version of the other."""
MOST_IN_KEY = 200
"""Rules with one key that are compared each with each; more are paired in their order."""


class Named(msgspec.Struct, frozen=True, eq=False):
    """A rule, and what it is compared by."""

    decided: Decided
    file: str
    """Below the side's root: two sides call one file alike."""
    kind: str
    name: str
    meaning: str
    labels: tuple[tuple[str, str], ...]
    words: frozenset[str]
    shape: str

    @property
    def rule(self) -> Rule:
        return self.decided.judged.rule


def named(rules: Iterable[Decided], where: Callable[[str], str]) -> list[Named]:
    """Rules with what they are compared by.

    Args:
        where: a file's path below its side's root.
    """
    found = []
    for decided in rules:
        rule = decided.judged.rule
        said = meaning(rule)
        found.append(
            Named(
                decided, where(rule.file), "alert" if rule.alert is not None else "record", rule.name, said,
                tuple(sorted(rule.labels.items())), frozenset(_WORD.findall(rule.expr)), _NUMBER.sub("0", said),
            )
        )  # fmt: skip
    return found


def matched(before: Sequence[Named], after: Sequence[Named]) -> list[Pair]:
    """All rules in pairs, those of ``after`` in their order, then what has no counterpart there."""
    partner: dict[int, Named] = {}
    left, right = list(before), list(after)
    for key, fits in _STAGES:
        left, right = _stage(left, right, key, fits, partner)
    pairs = [Pair(found.decided if (found := partner.get(id(each))) else None, each.decided) for each in after]
    return pairs + [Pair(each.decided, None) for each in left]


def _stage(
    left: list[Named], right: list[Named], key: Callable[[Named], Hashable], fits: Callable[[Named, Named], bool],
    partner: dict[int, Named],
) -> tuple[list[Named], list[Named]]:  # fmt: skip
    """Pair within each key; what is left of both sides comes back."""
    old: dict[Hashable, list[Named]] = {}
    new: dict[Hashable, list[Named]] = {}
    for each in left:
        old.setdefault(key(each), []).append(each)
    for each in right:
        new.setdefault(key(each), []).append(each)
    taken: set[int] = set()
    for value, rules in new.items():
        for one, other in _within(old.get(value, []), rules, fits):
            taken |= {id(one), id(other)}
            partner[id(other)] = one
    return [each for each in left if id(each) not in taken], [each for each in right if id(each) not in taken]


def _within(old: list[Named], new: list[Named], fits: Callable[[Named, Named], bool]) -> list[tuple[Named, Named]]:
    if not old or not new:
        return []
    if len(old) == 1 and len(new) == 1:
        return [(old[0], new[0])] if fits(old[0], new[0]) else []
    if max(len(old), len(new)) > MOST_IN_KEY:
        return [(one, other) for one, other in zip(old, new, strict=False) if fits(one, other)]
    scored = sorted(
        ((_closeness(one, other), -number, -place) for number, other in enumerate(new) for place, one in enumerate(old)
         if fits(one, other)),
        reverse=True,
    )  # fmt: skip
    found, used_old, used_new = [], set(), set()
    for _, number, place in scored:
        if -number not in used_new and -place not in used_old:
            used_new.add(-number)
            used_old.add(-place)
            found.append((old[-place], new[-number]))
    return found


def _closeness(one: Named, other: Named) -> tuple[float, ...]:
    return (
        one.meaning == other.meaning,
        one.labels == other.labels,
        one.rule.for_ == other.rule.for_,
        one.shape == other.shape,
        one.file == other.file,
        one.rule.group == other.rule.group,
        round(likeness(one, other), 3),
    )


def likeness(one: Named, other: Named) -> float:
    """Share of the words of both expressions that are in both, from 0 to 1."""
    both = len(one.words | other.words)
    return len(one.words & other.words) / both if both else 1.0


def _kindred(one: Named, other: Named) -> bool:
    return one.shape == other.shape or likeness(one, other) >= KINDRED


def _any(one: Named, other: Named) -> bool:
    return True


def _alike_name(one: Named, other: Named) -> bool:
    """In one group or file, or with a name that is like the other's: else two alerts of one form are two alerts."""
    if one.file == other.file and one.rule.group == other.rule.group:
        return True
    from difflib import SequenceMatcher

    return SequenceMatcher(None, one.name, other.name).ratio() >= 0.6


_STAGES: tuple[tuple[Callable[[Named], Hashable], Callable[[Named, Named], bool]], ...] = (
    (lambda each: (each.kind, each.name, each.meaning, each.labels), _any),
    (lambda each: (each.kind, each.name, each.labels), _kindred),
    (lambda each: (each.kind, each.meaning, each.labels), _any),
    (lambda each: (each.kind, each.name, each.meaning), _any),
    (lambda each: (each.kind, each.name), _any),
    (lambda each: (each.kind, each.meaning), _any),
    (lambda each: (each.kind, each.shape, each.labels), _alike_name),
)
