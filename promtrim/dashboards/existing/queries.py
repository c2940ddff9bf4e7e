"""Panel queries for the parser: Grafana's variables are put aside, and stand in the tree for whatever they may be.

The text is never changed: only the tree knows of it. A variable stands for one thing of its place: a duration, a number, a
name, an expression, a list of labels, some matchers, a piece of a label's value. What it stands for is widened, never
guessed: the evaluator finds that nothing can come back only where that holds whatever the variable is.

- In a matcher: a pattern of which nobody knows what it matches.
- As a metric's name or an operand: any series. ``$x + foo`` returns nothing where ``foo`` does, else anything.
- As a duration: long, since a longer range only ever sees more. What counts on a subquery always seeing something is
  told that it may not.
- In ``by``, ``without``, ``on``, ``ignoring``, ``group_left``: labels are then not known at all.

Equal uses of one variable are equal in the tree; all others differ, so that nothing takes them for the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import msgspec

from promtrim.dashboards.existing.variables import VARIABLE, names
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Aggregate, Binary, Call, Matcher, Node, Number, Paren, Selector, String, Subquery
from promtrim.promql.walk import replace, strip_parens, walk

MAX_LENGTH = 100_000
"""Characters of a query at most; a person's have a few hundred."""

_NAME = "grafana_variable_"
_DAY = 86400
_MANY_DAYS = 4000
"""A variable's duration: longer than any that is written, and another one for each variable."""
_NUMBER = "e83"
_STRINGS = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`'
_ANY_VARIABLE = re.sub(r"\((?!\?)", "(?:", VARIABLE.pattern)
_PIECE = re.compile(
    rf"(?P<apart>{_STRINGS}|\#[^\n]*)"
    rf"|(?P<word>(?:{_ANY_VARIABLE}|[A-Za-z0-9_])+)"
    r"|(?P<space>\s+)"
    r"|(?P<sign>.)",
    re.ASCII | re.DOTALL,
)
_MARK = re.compile(r"\(\?P<variable>(.*)\)", re.DOTALL)
_MOST_TRIED = 6
"""Variables of one query that may be numbers; beyond that all combinations are too many."""
_ABSENT = ("absent", "absent_over_time")
_NAMING = ("label_replace", "label_join", "count_values")


class Aside(msgspec.Struct, frozen=True):
    """A query's text with stand-ins for its variables, and what each stands for."""

    text: str
    names: dict[str, str]
    """Stand-in names to variables."""
    durations: dict[float, str]
    """Stand-in durations in seconds."""
    numbers: dict[float, str]
    """Stand-in numbers."""
    operands: tuple[str, ...]
    """Stand-in names that may have to be numbers."""


def tree_of(text: str) -> Node:
    """The tree of a panel's query, its variables standing for anything.

    Raises:
        ExpressionError: it is no PromQL, whatever its variables are, a variable stands where this module cannot tell
            what for, or it is longer than MAX_LENGTH.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"it is longer than {MAX_LENGTH} characters")
    if "$" not in text and "[[" not in text:
        return parse(text)
    if _NAME in text:
        raise ExpressionError(f"it uses the name {_NAME}")
    aside = put_aside(text)
    return _Widening(aside).tree(_parsed(aside))


def put_aside(text: str) -> Aside:
    """The query with stand-ins that the grammar takes where the variables stand."""
    return _PuttingAside(text).result()


def _parsed(aside: Aside) -> Node:
    """The tree with stand-ins. Where the grammar wants numbers, variables are tried as such, as few as may be."""
    try:
        return parse(aside.text)
    except ExpressionError as error:
        operands = aside.operands[:_MOST_TRIED]
        numbers = {name: f"{number:g}" for number, name in aside.numbers.items()}
        for count in range(1, len(operands) + 1):
            for chosen in combinations(operands, count):
                text = re.sub(r"\b(?:" + "|".join(chosen) + r")\b", lambda match: numbers[match[0]], aside.text)
                try:
                    return parse(text)
                except ExpressionError:
                    continue
        raise error


class _PuttingAside:
    """One pass over a query."""

    def __init__(self, text: str) -> None:
        self.out: list[str] = []
        self.pieces = list(_PIECE.finditer(text))
        self.names: dict[str, str] = {}
        self.durations: dict[float, str] = {}
        self.operands: dict[str, None] = {}

    def result(self) -> Aside:
        before: list[str] = ["", ""]  # the last two pieces that mean something
        brackets: list[str] = []
        for index, piece in enumerate(self.pieces):
            text = piece.group()
            if piece["word"] and VARIABLE.search(text):
                self.out.append(self._stand_in(index, text, before, brackets[-1] if brackets else ""))
            else:
                self.out.append(text)
                if piece["sign"]:
                    if text in "[{(":
                        brackets.append(text)
                    elif text in ")]}" and brackets:
                        brackets.pop()
            if not piece["space"] and not text.startswith("#"):
                before = [before[1], text]
        numbers = {float(f"{number}{_NUMBER}"): name for number, name in enumerate(self.operands, 1)}
        return Aside(
            "".join(self.out), {name: text for text, name in self.names.items()}, self.durations, numbers,
            tuple(self.operands),
        )  # fmt: skip

    def _stand_in(self, index: int, text: str, before: list[str], bracket: str) -> str:
        last = [each.lower() for each in before]
        offset = last[1] == "offset" or last == ["offset", "-"]
        if bracket == "[" or offset:
            return self._duration(text)
        if before[1] == "@":
            return str(1_600_000_000 + len(self._name(text)))
        name = self._name(text)
        if bracket == "{":
            following = self._next(index)
            if following in ("=", "!"):
                return name
            comma_before = "" if before[1] in ("{", ",") else ","
            comma_after = "" if following in ("}", ",") else ","
            return f'{comma_before}{name}=""{comma_after}'
        self.operands[name] = None
        return name

    def _name(self, text: str) -> str:
        return self.names.setdefault(text, f"{_NAME}{len(self.names)}_")

    def _duration(self, text: str) -> str:
        for seconds, known in self.durations.items():
            if known == text:
                return f"{round(seconds) // _DAY}d"
        days = _MANY_DAYS + len(self.durations)
        self.durations[float(days * _DAY)] = text
        return f"{days}d"

    def _next(self, index: int) -> str:
        for piece in self.pieces[index + 1 :]:
            if not piece["space"]:
                return piece.group()[0]
        return ""


class _Widening:
    """Turns a tree with stand-ins into one whose value holds all that the variables could make of it."""

    def __init__(self, aside: Aside) -> None:
        self.aside = aside
        self.made = 0

    def tree(self, node: Node) -> Node:
        return replace(node, self._widened)

    def _widened(self, node: Node) -> Node:
        if isinstance(node, Selector):
            return self._selector(node)
        if isinstance(node, Number) and (variable := self.aside.numbers.get(node.value)):
            return Call("scalar", (_anything(variable),))
        if isinstance(node, Subquery) and not self.aside.durations.keys().isdisjoint((node.range, node.step)):
            sometimes = Binary("and", node.expr, self._new(), on=())
            return msgspec.structs.replace(node, expr=sometimes)
        if isinstance(node, Aggregate) and (self._any_name(node.by) or self._any_name(node.without)):
            return self._whatever_of(msgspec.structs.replace(node, by=None, without=None))
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, (Call, Aggregate)):
            return self._called(node)
        return node

    def _selector(self, node: Selector) -> Node:
        matchers = tuple(self._matcher(matcher) for matcher in node.matchers)
        name = node.name
        if name is not None and (variables := self._text(name)):
            return msgspec.structs.replace(node, name=None, matchers=(_named(variables), *matchers))
        if matchers != node.matchers:
            return msgspec.structs.replace(node, matchers=matchers)
        return node

    def _matcher(self, matcher: Matcher) -> Matcher:
        if variables := self._text(matcher.name):
            return Matcher(matcher.name, "=~", _mark(f"{variables}{matcher.op}{matcher.value}"))
        if VARIABLE.search(matcher.value):
            return Matcher(matcher.name, "=~", _mark(f"{matcher.op}{matcher.value}"))
        return matcher

    def _binary(self, node: Binary) -> Node:
        labels = (*(node.on or ()), *(node.ignoring or ()), *node.include)
        unknown = self._any_name(labels)
        if node.op == "or":
            return msgspec.structs.replace(node, on=None, ignoring=None) if unknown else node
        if node.op in ("and", "unless"):
            if not unknown:
                return node
            both = node.lhs if node.op == "unless" else Binary("and", node.lhs, node.rhs, on=())
            return self._whatever_of(both)
        open_left, open_right = _is_open(node.lhs), _is_open(node.rhs)
        if open_left or open_right:
            # Nobody knows whether the variable is a number or a vector, and what labels that leaves.
            rest = [side for side, is_open in ((node.lhs, open_left), (node.rhs, open_right)) if not is_open]
            return self._whatever_of(rest[0]) if rest else self._new()
        if unknown:
            return self._whatever_of(Binary("and", node.lhs, node.rhs, on=()))
        return node

    def _called(self, node: Call | Aggregate) -> Node:
        if isinstance(node, Call) and node.function in _ABSENT and _holds_mark(node):
            return self._whatever_of(node)  # it takes its labels from matchers that are not known
        strings = node.args if isinstance(node, Call) else (node.param,) if node.param is not None else ()
        named = node.function if isinstance(node, Call) else node.op
        if named in _NAMING and any(type(each) is String and _own_variables(each.value) for each in strings):
            return self._whatever_of(node)
        return node

    def _whatever_of(self, node: Node) -> Node:
        """Any series with any labels and values, where ``node`` returns something; else nothing."""
        return Binary("and", self._new(), Paren(node), on=())

    def _new(self) -> Node:
        self.made += 1
        return _anything(f"#{self.made}")

    def _text(self, name: str) -> str:
        """The variables in a name; "" where there are none."""
        if _NAME in name:
            return self.aside.names.get(name, name)
        return name if VARIABLE.search(name) else ""

    def _any_name(self, labels: tuple[str, ...] | None) -> bool:
        return any(_NAME in label for label in labels or ())


def _mark(text: str) -> str:
    """A pattern that ``patterns.safe`` refuses to read: a doubt to the evaluator, and the same for the same text."""
    return f"(?P<variable>{text})"


def _named(text: str) -> Matcher:
    return Matcher("__name__", "=~", _mark(text))


def _anything(text: str) -> Selector:
    return Selector(None, (_named(text),))


def _is_open(node: Node) -> bool:
    """Whether an operand is nothing but a variable."""
    node = strip_parens(node)
    return (
        type(node) is Selector and node.name is None and len(node.matchers) == 1
        and node.matchers[0].name == "__name__" and _MARK.fullmatch(node.matchers[0].value) is not None
    )  # fmt: skip


def _own_variables(text: str) -> bool:
    """Whether Grafana replaces something in a text; ``$1`` is left for PromQL."""
    return any(not name.isdigit() for name in names(text))


def _holds_mark(node: Node) -> bool:
    return any(
        _MARK.fullmatch(matcher.value)
        for each in walk(node) if type(each) is Selector for matcher in each.matchers
    )  # fmt: skip


def read_names(node: Node) -> Iterator[tuple[str, tuple[Matcher, ...]]]:
    """The metric names that a query gives exactly, each with the selector's matchers, those of variables left out."""
    for each in walk(node):
        if type(each) is Selector and each.name is not None:
            yield each.name, tuple(matcher for matcher in each.matchers if not _MARK.fullmatch(matcher.value))


def subject(node: Node) -> str:
    """The name of the metric that a sub-expression asks for first, "" where it gives none."""
    return next((name for name, _ in read_names(node)), "")


__all__ = ["Aside", "put_aside", "read_names", "subject", "tree_of"]
