"""Parsing: what Prometheus accepts is read, as Prometheus reads it; what is hostile is refused."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path

import pytest

from promtrim.promql.normal import normal_form
from promtrim.promql.parse import MAX_DEPTH, MAX_TERMS, ExpressionError, parse
from promtrim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Matcher,
    Negation,
    Number,
    Paren,
    Range,
    Selector,
    String,
    Subquery,
)
from promtrim.promql.walk import walk
from tests.promql.expressions import handwritten
from tests.tools import promtool_3, promtool_242, refused

X, Y = Selector("x"), Selector("y")
SMOOTHED = (Range(X, 300.0), Number(0.1), Number(0.2))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x", X),
        ("{__name__='x'}", X),
        ('{"x y"}', Selector("x y")),
        ('{__name__=~"x|y"}', Selector(None, (Matcher("__name__", "=~", "x|y"),))),
        ('x{a="1",b!="2",}', Selector("x", (Matcher("a", "=", "1"), Matcher("b", "!=", "2")))),
        ('x{a=~"1",b!~"2"}', Selector("x", (Matcher("a", "=~", "1"), Matcher("b", "!~", "2")))),
        (r"x{a=`\d\"`, b='it\'s'}", Selector("x", (Matcher("a", "=", r"\d\""), Matcher("b", "=", "it's")))),
        (r"x{a=~`\d`}", Selector("x", (Matcher("a", "=~", r"\d"),))),
        (r'x{a=~"\\Qa.b\\E[a[b]"}', Selector("x", (Matcher("a", "=~", r"\Qa.b\E[a[b]"),))),
        ('x{a="1" or b="2"}', Selector("x", alternatives=((Matcher("a", "=", "1"),), (Matcher("b", "=", "2"),)))),
        ("x offset 1h30m", Selector("x", offset=5400.0)),
        ("x offset -5m", Selector("x", offset=-300.0)),
        ("x offset 0s", X),
        ("x @ -1.5 offset 5m", Selector("x", offset=300.0, at=-1.5)),
        ("x @ 1609746000.1234", Selector("x", at=1609746000.1234)),
        ("x @ start()", Selector("x", at="start")),
        ("x[1m30s] offset 5m @ end()", Range(Selector("x", offset=300.0, at="end"), 90.0)),
        ("x[5m:] @ 1", Subquery(X, 300.0, at=1.0)),
        ("x[5m:1ms] offset 1d", Subquery(X, 300.0, 0.001, 86400.0)),
        ("0x1F", Number(31.0)),
        ("1_000.5", Number(1000.5)),
        ("-1", Number(-1.0)),
        ("-Inf", Number(-math.inf)),
        ("1h30m", Number(5400.0)),
        ("+x", X),
        ("-x", Negation(X)),
        ("-x ^ y", Negation(Binary("^", X, Y))),
        ("-x * y", Binary("*", Negation(X), Y)),
        ("(x)", Paren(X)),
        ('"a"', String("a")),
        ("x + x * y", Binary("+", X, Binary("*", X, Y))),
        ("x - x - y", Binary("-", Binary("-", X, X), Y)),
        ("x ^ x ^ y", Binary("^", X, Binary("^", X, Y))),
        ("x or x and y", Binary("or", X, Binary("and", X, Y))),
        ("x > BOOL 1", Binary(">", X, Number(1.0), bool=True)),
        ("x AND ON() y", Binary("and", X, Y, on=())),
        ("x + ignoring(a,) y", Binary("+", X, Y, ignoring=("a",))),
        ("x / on(a) group_left y", Binary("/", X, Y, on=("a",), group="left")),
        ("x / on(a) group_right(b,c) y", Binary("/", X, Y, on=("a",), group="right", include=("b", "c"))),
        ("x + fill_left(1) y", Binary("+", X, Y, fill_left=1.0)),
        ("SUM(x)", Aggregate("sum", X)),
        ("sum by (a,) (x)", Aggregate("sum", X, by=("a",))),
        ("sum by () (x)", Aggregate("sum", X, by=())),
        ("sum by (a:b) (x)", Aggregate("sum", X, by=("a:b",))),
        ("sum(x) without (a)", Aggregate("sum", X, without=("a",))),
        ("topk(3, x)", Aggregate("topk", X, Number(3.0))),
        ("time()", Call("time")),
        ("holt_winters(x[5m],0.1,0.2)", Call("holt_winters", SMOOTHED)),
        ("double_exponential_smoothing(x[5m],0.1,0.2)", Call("double_exponential_smoothing", SMOOTHED)),
        ("anchored{smoothed='a'}", Selector("anchored", (Matcher("smoothed", "=", "a"),))),
        ("sum by (anchored) (smoothed)", Aggregate("sum", Selector("smoothed"), by=("anchored",))),
    ],
)  # fmt: skip
def test_tree(text: str, tree: object) -> None:
    assert parse(text) == tree


def test_nan() -> None:
    assert math.isnan(parse("NaN").value)  # type: ignore[union-attr]


def test_equal_parts_are_distinct_objects() -> None:
    node = parse('sum(x{a="b"} @ 3) - sum(x{a="b"} @ 3) + 1 + 1')
    nodes = list(walk(node))
    assert len({id(each) for each in nodes}) == len(nodes)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("x + 'abc", 4),
        ("sum(x", 3),
        ("x)", 1),
        ("x{a='b']", 7),
        ("x | y", 2),
        ("1 + foo(x)", 4),
        ("x +", None),
        ("", None),
    ],
)
def test_errors_tell_where(text: str, offset: int | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.offset == offset
    assert caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 20_000 + "x" + ")" * 20_000,
        "-" * 50_000 + "x",
        "-(" * 10_000 + "x" + ")" * 10_000,
        "abs(" * 20_000 + "x" + ")" * 20_000,
        "+".join("x" * 100_000),
        "^".join("x" * 20_000),
        " or ".join("x" * 20_000),
        "a or b and c == d + e * f ^ (" * (MAX_DEPTH - 5) + "x" + ")" * (MAX_DEPTH - 5),
        '"' * 99_999,
        "#" * 100_000,
        " " * 1_000_000,
        "# " * 100_000,
        'x{a=~"' + "[[:a:]" * 5000 + '\\1"}',
        "x offset 99999999999999y",
        "x @ 1e300",
        "x[0s]",
        "x[5m:0s]",
        "\x00",
        "x{a='\ud800'}",
    ],
    ids=lambda text: text[:20],
)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        " or ".join("x" * MAX_TERMS),
        " + ".join("x" * MAX_TERMS),
        "^".join("x" * MAX_DEPTH),
        "(" * (MAX_DEPTH - 1) + "x" + ")" * (MAX_DEPTH - 1),
        "x{" + ",".join(["a!='b'"] * 10_000) + "}",
        "x or y # " + "((((" * 10_000,
        "x{a='" + "(((---" * 10_000 + "'}",
    ],
    ids=lambda text: text[:20],
)
def test_large_text_is_read(text: str) -> None:
    node = parse(text)
    assert sum(1 for _ in walk(node)) >= 1
    assert normal_form(node)


@pytest.mark.parametrize("find", [promtool_242, promtool_3], ids=["2.42", "3"])
def test_reads_all_that_prometheus_accepts(find: object) -> None:
    promtool = find()  # type: ignore[operator]
    if promtool is None:
        pytest.skip("no promtool of that version")
    expressions = handwritten()
    bad = refused(promtool, expressions)
    assert 100 < len(bad) < len(expressions) / 2
    missed = []
    for index, text in enumerate(expressions):
        try:
            parse(text)
        except ExpressionError as error:
            if index not in bad:
                missed.append((text, error.message))
    assert missed == []


def test_reads_as_prometheus_does() -> None:
    promtool = promtool_3()
    if promtool is None:
        pytest.skip("no promtool of Prometheus 3")
    compared = 0
    for text in handwritten()[::5]:
        written = _formatted(promtool, text)
        # What promtool itself writes wrongly: it leaves out the quotes of labels and cuts times to milliseconds.
        if written is None or '"a.b"' in text or "9999" in text:
            continue
        assert normal_form(parse(written)) == normal_form(parse(text)), text
        compared += 1
    assert compared > 40


def _formatted(promtool: Path, text: str) -> str | None:
    done = subprocess.run(
        [promtool, "--experimental", "promql", "format", "--", text],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if done.returncode else done.stdout
