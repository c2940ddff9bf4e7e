"""The normal form: equal forms are equal results in Prometheus; what is known to differ has different forms."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import msgspec
import pytest
import yaml

from promtrim.promql.normal import normal_form
from promtrim.promql.parse import parse
from promtrim.promql.tree import Aggregate, Binary, Matcher, Negation, Node, Number, Paren, Selector
from promtrim.promql.unparse import unparse
from promtrim.promql.walk import replace
from tests.tools import promtool_3, promtool_242

SAME = [
    ("x", " (x{}) # comment"),
    ('x{a="1",b="2"}', "x{b='2',a=`1`,a='1',}"),
    ('{__name__="x"}', "x"),
    ('x{a=~"b"}', 'x{a="b"}'),
    ('x{a!~"b"}', 'x{a!="b"}'),
    ('x{a=~"b|c"}', 'x{a=~"c|b|c"}'),
    ("rate(x[60s])", "rate(x[1m])"),
    ("x offset 0s", "x"),
    ("x > 1e3", "x > 1000.0"),
    ("x > 5 * 60", "x > 300"),
    ("sum by (a, b) (x)", "sum(x) by (b, a, a)"),
    ("sum by () (x)", "sum(x)"),
    ("x + ignoring() y", "x + y"),
    ("x and on(a, b) y", "x and on(b, a) y"),
    ("x * on(a) group_left(c, b) y", "x * on(a) group_left(b, c) y"),
    ("x * 2", "2 * x"),
    ("x > 1", "1 < x"),
    ("x == bool 1", "1 == bool x"),
    ("x + y", "y + x"),
    ("x > bool y", "y < bool x"),
    ("sum by (a) (x) * on(a, b) sum(y)", "sum(y) * on(b, a) sum by (a) (x)"),
    ("(x or y) + z", "z + (x or y)"),
    ("x and y and z", "x and z and y and z"),
    ("x and y unless z", "(x unless z) and y"),
    ("1 < bool 2", "2 > bool 1"),
    ("time() - 1 - 2", "(time() - 1) - 2"),
]

DIFFERENT = [
    ("x", "y"),
    ("x", "-(-x)"),
    ("x - y", "y - x"),
    ("x > y", "y < x"),
    ("x == y", "y == x"),
    ("x and y", "y and x"),
    ("x or y", "y or x"),
    ("x unless y and z", "x unless (y and z)"),
    ("x or y and z", "(x or y) and z"),
    ("x > 1", "1 > x"),
    ("x > 1", "x > bool 1"),
    ("x + on(a) y", "y + on(a) x"),
    ("x + ignoring(a) y", "y + ignoring(a) x"),
    ('{__name__=~"x|y"} + z', 'z + {__name__=~"x|y"}'),
    ("topk(1, {a='b'}) + z", "z + topk(1, {a='b'})"),
    ("(x or y) + on(a) z", "z + on(a) (x or y)"),
    ("(x or on(a) y) + z", "z + (x or on(a) y)"),
    ("(x or {a='b'}) + z", "z + (x or {a='b'})"),
    ("x * on(a) group_left y", "y * on(a) group_left x"),
    ("x * on(a) group_left(b) y", "x * on(a) group_left y"),
    ("x + on() y", "x + y"),
    ("sum(x)", "sum without () (x)"),
    ("x - x - y", "x - (x - y)"),
    ('x{a=~"b.c"}', 'x{a="b.c"}'),
    ('x{a=~""}', "x"),
    ("x offset 1m", "x"),
    ("x @ 1", "x offset 1s"),
    ("x[5m:1m]", "x[5m:]"),
    ("rate(x[5m])", "rate(x[6m])"),
    ("0 * -1", "0"),
    ("x + fill(0) y", "y + fill(0) x"),
    ("{__name__=\"x{a='b'}\"}", "x{a='b'}"),
    ("{\"a='1',b\"='2'}", "{a='1',b='2'}"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_same(one: str, other: str) -> None:
    assert normal_form(parse(one)) == normal_form(parse(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different(one: str, other: str) -> None:
    assert normal_form(parse(one)) != normal_form(parse(other))


class Writer:
    """Random expressions over the series of ``World``, and random rewritings of them, sound and unsound alike."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def labels(self) -> tuple[str, ...]:
        return tuple(self.chance.sample(["p", "q"], self.chance.randint(0, 2)))

    def vector(self, depth: int) -> Node:
        pick = self.chance.random()
        if depth == 0 or pick < 0.15:
            name = self.chance.choice(["a", "b", "a", "b", None])
            matchers = [] if name else [Matcher("__name__", "=~", "a|b")]
            if self.chance.random() < 0.4:
                matchers.append(Matcher("p", "=~", "1|2"))
            if self.chance.random() < 0.2:
                matchers.append(Matcher("q", "!=", "3"))
            return Selector(name, tuple(matchers))
        if pick < 0.35:
            grouping = self.chance.choice([{}, {"by": self.labels()}, {"without": self.labels()}])
            return Aggregate(self.chance.choice(["sum", "max", "count"]), self.vector(depth - 1), **grouping)
        if pick < 0.42:
            return parse(f"{self.chance.choice(['abs', 'sort'])}({unparse(self.vector(depth - 1))})")
        if pick < 0.47:
            return parse(self.chance.choice(["last_over_time(a[5m])", "max_over_time(b[3m])"]))
        if pick < 0.5:
            return Negation(self.vector(depth - 1))
        return self.binary(depth)

    def binary(self, depth: int) -> Node:
        op = self.chance.choice(["+", "*", "-", "+", "*", ">", "<=", "==", "!=", "and", "or", "unless", "and"])
        lhs, rhs = self.vector(depth - 1), self.vector(depth - 1)
        returns = op in (">", "<=", "==", "!=") and self.chance.random() < 0.5
        if op not in ("and", "or", "unless") and self.chance.random() < 0.3:
            scalar: Node = self.chance.choice([Number(2.0), Number(0.0), parse("scalar(sum(a))")])
            pair = (lhs, scalar) if self.chance.random() < 0.5 else (scalar, rhs)
            return Binary(op, *pair, bool=returns)
        match = self.chance.choice(["", "", "on", "ignoring", "group"])
        if match == "group" and op not in ("and", "or", "unless"):
            return Binary(op, lhs, rhs, returns, on=self.labels(), group=self.chance.choice(["left", "right"]))
        on = self.labels() if match == "on" else None
        return Binary(op, lhs, rhs, returns, on, self.labels() if match == "ignoring" else None)

    def rewritten(self, node: Node) -> Node:
        """Operands swapped, matchers and filters shuffled, parentheses added: here and there, by chance."""
        return replace(node, self._rewrite)

    def _rewrite(self, node: Node) -> Node:
        if isinstance(node, Selector):
            shuffled = self.chance.sample(node.matchers, len(node.matchers))
            return msgspec.structs.replace(node, matchers=tuple(shuffled + shuffled[:1]))
        if isinstance(node, Aggregate) and node.by is not None:
            return msgspec.structs.replace(node, by=node.by[::-1])
        if isinstance(node, Binary) and self.chance.random() < 0.6:
            lhs = node.lhs.expr if isinstance(node.lhs, Paren) else node.lhs
            if isinstance(lhs, Binary) and {node.op, lhs.op} <= {
                "and",
                "unless",
                "or",
            }:  # the two filters change places
                inner = msgspec.structs.replace(node, lhs=lhs.lhs)
                return msgspec.structs.replace(lhs, lhs=Paren(inner))
            turned = {">": "<", "<=": ">="}.get(node.op, node.op)
            return msgspec.structs.replace(node, op=turned, lhs=node.rhs, rhs=node.lhs)
        return Paren(node) if self.chance.random() < 0.2 and not isinstance(node, Number) else node

    def series(self) -> dict[str, str]:
        """Series of two metrics with gaps; some label sets are in both, some have partners under ``on`` only."""
        found = {}
        for name in ("a", "b"):
            for p in "12":
                for q in "34":
                    if self.chance.random() < 0.6:
                        values = [self.chance.choice(["0", "1", "2", "-3", "NaN", "_"]) for _ in range(4)]
                        found[f'{name}{{p="{p}",q="{q}"}}'] = " ".join(values)
        return found or {"a": "1"}


PAIRS, SEEDS = 250, 6


@pytest.mark.parametrize("find", [promtool_242, promtool_3], ids=["2.42", "3"])
def test_equal_forms_are_equal_results(find: object, tmp_path: Path) -> None:
    promtool = find()  # type: ignore[operator]
    if promtool is None:
        pytest.skip("no promtool of that version")
    equal = apart = results = errors = 0
    for seed in range(SEEDS):
        writer = Writer(seed)
        pairs: list[tuple[str, str]] = []
        while len(pairs) < PAIRS:
            node = writer.vector(writer.chance.randint(1, 3))
            one, other = unparse(node), unparse(writer.rewritten(node))
            if one == other:
                continue
            if normal_form(parse(one)) == normal_form(parse(other)):
                pairs.append((one, other))
            else:
                apart += 1
        answers = ask(promtool, writer.series(), [text for pair in pairs for text in pair], tmp_path)
        for index, (one, other) in enumerate(pairs):
            assert answers[2 * index] == answers[2 * index + 1], (seed, one, other)
            equal += 1
            results += bool(answers[2 * index])
            errors += answers[2 * index] == "error"
    # The test says something only where there are results, errors, and rewritings that the form tells apart.
    assert equal == PAIRS * SEEDS
    assert results > equal / 4
    assert errors > 10
    assert apart > equal / 10


def ask(promtool: Path, series: dict[str, str], expressions: list[str], folder: Path) -> list[object]:
    """What each expression returns at the third minute: the set of samples, or "error".

    promtool prints what it got where nothing was expected, which makes it a query engine; a comment at the end of an
    expression tells which one an answer belongs to.
    """
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": f"{text} # {index}", "eval_time": "3m", "exp_samples": []} for index, text in enumerate(expressions)
        ],
    }
    file = folder / "test.yml"
    file.write_text(yaml.safe_dump({"rule_files": [], "tests": [test]}))
    done = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, timeout=120, check=False)
    answers: list[object] = [frozenset()] * len(expressions)
    index = -1
    for line in (done.stdout + done.stderr).splitlines():
        if found := re.search(r'    expr: ".* # (\d+)", time: 3m,( err)?', line):
            index = int(found[1])
            if found[2]:
                answers[index] = "error"
        elif line.startswith("        got: "):
            answers[index] = frozenset(re.findall(r"(\S*\{.*?\} \S+?)(?:, |$)", line[13:]))
    assert index >= 0, done.stdout + done.stderr
    return answers
