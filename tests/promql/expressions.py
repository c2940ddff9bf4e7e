"""Expressions to test with: a list written by hand, those of the corpus, and generated ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from promtrim.promql.scan import scan
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Matcher,
    Negation,
    Node,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)


@lru_cache
def handwritten() -> tuple[str, ...]:
    """Corners of the grammar, good and bad; ``↵`` in the file stands for a line end."""
    lines = Path(__file__).with_name("expressions.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.replace("↵", "\n") for line in lines)


def below(folder: Path) -> list[str]:
    """All that stands under a key ``expr`` in the YAML files below a folder, ConfigMaps' texts included."""
    found: dict[str, None] = {}
    for file in sorted(folder.rglob("*.y*ml")):
        try:
            for document in yaml.load_all(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader):
                found.update(dict.fromkeys(_expressions(document)))
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
    return list(found)


def _expressions(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "expr" and isinstance(each, str):
                yield each
            else:
                yield from _expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from _expressions(each)
    elif isinstance(value, str) and "expr:" in value:
        try:
            yield from _expressions(yaml.load(value, Loader=yaml.CSafeLoader))
        except yaml.YAMLError:
            return


def noisy(text: str, seed: int) -> str:
    """The same expression with white space, comments and unary plus signs strewn between its tokens."""
    chance = random.Random(seed)
    pieces: list[str] = []
    for token in scan(text):
        pieces.append(token.text)
        # Prometheus takes no comment right after an opening bracket.
        if token.text == "[":
            continue
        pieces.append(chance.choice([" ", "  ", "\n", ' # it\'s "so" (\n', "\t"]))
    return chance.choice(["", " ", "+ "]) + "".join(pieces)


_LABELS = st.sampled_from(["job", "instance", "le", "on", "by", "sum", "bool", "offset", "a.b"])
_NAMES = st.sampled_from(
    ["up", "a:b", "sum", "by", "on", "inf", "start", "anchored", "offset", "rate", "x y", "http_total"]
)
_VALUES = st.sampled_from(["", "a", "a.*", 'q"', "back\\slash", "new\nline", "é", "'", "`", "{", "# no", "\x01", "[a[b]"])
_SECONDS = st.sampled_from([0.001, 1.0, 30.0, 60.0, 300.0, 5400.0, 86400.0, 604800.0])
_OFFSETS = st.one_of(st.just(0.0), _SECONDS, _SECONDS.map(lambda value: -value))
_TIMES = st.sampled_from([None, None, None, "start", "end", 0.0, 1.5, -3.0, 1609746000.123])
_GROUPING = st.lists(_LABELS, max_size=3, unique=True).map(tuple)
_NUMBERS = st.one_of(
    st.integers(-5, 1000).map(float),
    st.floats(allow_nan=False, width=64),
    st.sampled_from([float("inf"), 1e15, 1e21]),
).map(Number)


@st.composite
def _matchers(draw: st.DrawFn) -> tuple[Matcher, ...]:
    found = []
    for label in draw(st.lists(_LABELS, max_size=3)):
        op = draw(st.sampled_from(["=", "!=", "=~", "!~"]))
        found.append(Matcher(label, op, draw(_VALUES)))
    return tuple(found)


_SELECTORS = st.builds(Selector, _NAMES, _matchers(), _OFFSETS, _TIMES)
_RANGES = st.builds(Range, _SELECTORS, _SECONDS)


@st.composite
def _binaries(draw: st.DrawFn, inner: st.SearchStrategy[Node]) -> Node:
    lhs, rhs = draw(inner), draw(inner)
    vectors = not isinstance(lhs, Number) and not isinstance(rhs, Number)
    sets, comparisons = ["and", "or", "unless"], ["==", "!=", "<", "<=", ">", ">="]
    op = draw(st.sampled_from(["+", "-", "*", "/", "%", "^", "atan2", *comparisons, *(sets if vectors else [])]))
    both = isinstance(lhs, Number) and isinstance(rhs, Number)
    returns = op in comparisons and (both or draw(st.booleans()))
    if not vectors or draw(st.booleans()):
        return Binary(op, lhs, rhs, bool=returns)
    labels = draw(_GROUPING)
    on = draw(st.booleans())
    group = None if op in sets else draw(st.sampled_from([None, "left", "right"]))
    include = tuple(each for each in draw(_GROUPING) if each not in labels) if group else ()
    return Binary(op, lhs, rhs, returns, labels if on else None, None if on else labels, group, include)


def _larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    vectors = inner.filter(lambda node: not isinstance(node, Number))
    subqueries = st.builds(Subquery, vectors, _SECONDS, st.one_of(st.none(), _SECONDS), _OFFSETS, _TIMES)
    groupings = st.one_of(
        st.just({}), _GROUPING.map(lambda by: {"by": by}), _GROUPING.map(lambda labels: {"without": labels})
    )
    return st.one_of(
        st.builds(Paren, inner),
        st.builds(Negation, vectors),
        _binaries(vectors | _NUMBERS).filter(lambda node: not _scalar(node)),
        st.builds(lambda f, arg: Call(f, (arg,)), st.sampled_from(["rate", "max_over_time"]), _RANGES | subqueries),
        st.builds(lambda f, arg: Call(f, (arg,)), st.sampled_from(["abs", "sort_desc"]), vectors),
        st.builds(
            lambda arg, value: Call("label_replace", (arg, *map(String, ("d", "$1", value, "(.*)")))),
            vectors,
            _VALUES,
        ),
        st.builds(
            lambda op, arg, by: Aggregate(op, arg, **by),
            st.sampled_from(["sum", "count"]),
            vectors,
            groupings,
        ),
        st.builds(lambda n, arg, by: Aggregate("topk", arg, n, **by), _NUMBERS, vectors, groupings),
    )


def _scalar(node: Node) -> bool:
    while isinstance(node, Paren):
        node = node.expr
    return isinstance(node, Number) or (isinstance(node, Binary) and _scalar(node.lhs) and _scalar(node.rhs))


def trees() -> st.SearchStrategy[Node]:
    """Trees of the right types; where operators bind, parentheses are missing: writing them is for ``unparse``."""
    return st.recursive(_SELECTORS, _larger, max_leaves=8)
