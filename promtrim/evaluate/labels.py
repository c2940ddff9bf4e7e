"""Label sets: which labels must, may or cannot be present, and with which values. The label half of the domain.

As in PromQL, an absent label is a label with the empty value. ``Values`` describes one label; ``Labels`` a series' whole
set: what is known of some labels, and whether others may be there (``open``).
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from promtrim.patterns import matches
from promtrim.promql.tree import Matcher

Pattern = tuple[bool, str]
"""A regular expression that must (True) or must not (False) match the whole value."""


class Values(msgspec.Struct, frozen=True, gc=False):
    """The values that one label may have. ``allowed`` None: any but the ``excluded``."""

    allowed: frozenset[str] | None = None
    excluded: frozenset[str] = frozenset()
    patterns: tuple[Pattern, ...] = ()

    @property
    def present(self) -> bool:
        """The label is certainly there (cannot be empty)."""
        return not accepts(self, "")

    @property
    def fixed(self) -> str | None:
        """The one value it has, if that is certain."""
        if self.allowed is not None and len(self.allowed) == 1:
            return next(iter(self.allowed))
        return None


ANYTHING = Values()
EMPTY = Values(frozenset(("",)))
SET = Values(None, frozenset(("",)))
"""Any value but the empty one."""


class Labels(msgspec.Struct, frozen=True, gc=False):
    """What is known of the label sets of a vector's series. The metric name is the label ``__name__``."""

    known: dict[str, Values] = {}
    open: bool = True
    """Whether labels that are not in ``known`` may be present; else they are certainly absent."""

    def get(self, name: str) -> Values:
        return self.known.get(name) or (ANYTHING if self.open else EMPTY)


NONE = Labels(open=False)
OPEN = Labels()

LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
"""What every version of Prometheus takes for the name of a label."""

_LITERAL = re.compile(r"(?:[\w\-:/@ ,=%<>~!;&'\"#]|\\[.\-/+*?()|\[\]{}^$\\])*$")


@lru_cache(maxsize=4096)
def alternatives(pattern: str) -> frozenset[str] | None:
    """The finite set of strings that a regular expression matches, where it is plain alternatives; else None."""
    while pattern.startswith("(") and pattern.endswith(")") and "(" not in pattern[1:] and not pattern.endswith("\\)"):
        pattern = pattern[3:-1] if pattern.startswith("(?:") else pattern[1:-1]
    parts = pattern.split("|")
    if "\\|" in pattern or not all(_LITERAL.match(part) for part in parts):
        return None
    return frozenset(re.sub(r"\\(.)", r"\1", part) for part in parts)


def accepts(values: Values, value: str) -> bool:
    """Whether the label may have this value; True in doubt."""
    if values.allowed is not None and value not in values.allowed:
        return False
    if value in values.excluded:
        return False
    return not any(matches(pattern, value) is (not positive) for positive, pattern in values.patterns)


@lru_cache(maxsize=16384)
def of_matcher(matcher: Matcher) -> Values:
    """The values that a matcher lets through."""
    op, value = matcher.op, matcher.value
    if op == "=":
        return Values(frozenset((value,)))
    if op == "!=":
        return Values(None, frozenset((value,)))
    finite = alternatives(value)
    if op == "=~":
        if finite is not None:
            return Values(finite)
        if value == ".+":
            return SET
        if value == ".*":
            return ANYTHING  # newlines aside, which 2.42 does not match: wider, never narrower
        return Values(None, frozenset(), ((True, value),))
    if finite is not None:
        return Values(None, finite)
    if value == ".+":
        return EMPTY  # a value of newlines alone would pass in 2.42: no exporter has one
    return Values(None, frozenset(), ((False, value),))


def meet(a: Values, b: Values) -> Values | None:
    """The values in both; None where there is certainly none."""
    if a is b:
        return a
    excluded = a.excluded | b.excluded if b.excluded else a.excluded
    patterns = a.patterns + b.patterns if b.patterns else a.patterns
    if b.patterns and any((not positive, pattern) in a.patterns for positive, pattern in b.patterns):
        return None
    if a.allowed is None and b.allowed is None:
        return Values(None, excluded, patterns)
    if a.allowed is None:
        allowed = b.allowed
    else:
        allowed = a.allowed if b.allowed is None else a.allowed & b.allowed
    assert allowed is not None
    joined = Values(None, excluded, patterns)
    kept = frozenset(value for value in allowed if accepts(joined, value))
    return Values(kept, frozenset(), patterns) if kept else None


def join(a: Values, b: Values) -> Values:
    """Values that are in one of the two, at least."""
    if a is b or a == b:
        return a
    if a.allowed is not None and b.allowed is not None:
        return Values(a.allowed | b.allowed)
    if a.patterns or b.patterns:
        return ANYTHING if accepts(a, "") or accepts(b, "") else SET
    if a.allowed is not None:
        return Values(None, b.excluded - a.allowed)
    if b.allowed is not None:
        return Values(None, a.excluded - b.allowed)
    return Values(None, a.excluded & b.excluded)


def certainly(a: Values, b: Values) -> bool:
    """Whether every value of ``a`` is certainly a value of ``b``."""
    if a.allowed is not None:
        return all(_certain(b, value) for value in a.allowed)
    if b.allowed is not None or not b.excluded <= a.excluded:
        return False
    return all(pattern in a.patterns for pattern in b.patterns)


def _certain(values: Values, value: str) -> bool:
    if values.allowed is not None and value not in values.allowed:
        return False
    if value in values.excluded:
        return False
    return all(matches(pattern, value) is positive for positive, pattern in values.patterns)


def keep_only(labels: Labels, names: tuple[str, ...]) -> Labels:
    """After ``by``/``on``: nothing but these labels."""
    return Labels({name: labels.get(name) for name in names}, False)


def drop(labels: Labels, names: tuple[str, ...]) -> Labels:
    """Without these labels."""
    known = labels.known
    if labels.open:
        return Labels({**known, **dict.fromkeys(names, EMPTY)}, True)
    return Labels({name: values for name, values in known.items() if name not in names}, False)


def nameless(labels: Labels) -> Labels:
    """Without the metric name, as after most functions and operators."""
    known = dict(labels.known)
    known["__name__"] = EMPTY
    return Labels(known, labels.open)


def widen(a: Labels, b: Labels) -> Labels:
    """Label sets of ``a`` or of ``b``."""
    if a is b:
        return a
    names = a.known.keys() | b.known.keys()
    return Labels({name: join(a.get(name), b.get(name)) for name in names}, a.open or b.open)


def clash(a: Labels, b: Labels, names: tuple[str, ...] | None, ignoring: tuple[str, ...] = ()) -> str | None:
    """The label on which series of ``a`` and ``b`` can never agree; None where they may match.

    ``names``: the labels of ``on``; None for default matching, ``__name__`` and ``ignoring`` left out.
    """
    if names is None:
        candidates = [n for n in (a.known.keys() | b.known.keys()) if n != "__name__" and n not in ignoring]
    else:
        candidates = list(names)
    for name in sorted(candidates):
        left, right = a.get(name), b.get(name)
        if left is not right and meet(left, right) is None:
            return name
        if (left is EMPTY and right.present) or (right is EMPTY and left.present):
            return name
    return None
