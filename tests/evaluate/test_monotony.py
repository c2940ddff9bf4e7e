"""What must not change a verdict, and what may only make it more careful: laws over random expressions.

The expressions are built around the made-up metrics, so that many of them have a verdict other than ``can-fire``.
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promtrim.evaluate.verdict import Conclusion
from promtrim.promql.parse import parse
from promtrim.promql.tree import Call, Node, Paren, Range, Selector
from promtrim.promql.unparse import unparse

METRICS = (
    "shop_up", "shop_level", "shop_members", "shop_followers", "shop_follower_lag_seconds", "shop_queue", "shop_gone",
    "shop_node_share", "shop_temperature", "cart_up", "cart_size", "x", "y",
)  # fmt: skip
MATCHERS = ("", '{a="1"}', '{a="1", b!="2"}', '{b=~"2|3", a="1"}', '{queue=~"in.*", job="shop"}')

selectors = st.builds(str.__add__, st.sampled_from(METRICS), st.sampled_from(MATCHERS))
ranges = st.builds(
    "{}({}[{}])".format, st.sampled_from(("rate", "max_over_time", "count_over_time", "changes")), selectors,
    st.sampled_from(("5m", "1h")),
)  # fmt: skip
thresholds = st.sampled_from(("0", "1", "2", "0.5", "-1"))


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    grouping = st.sampled_from(("", " by (a)", " without (b)", " by (job, queue)"))
    return st.one_of(
        st.builds("{}{}({})".format, st.sampled_from(("sum", "max", "min", "avg", "count", "stddev")), grouping, inner),
        st.builds("({} {} {})".format, inner, st.sampled_from((">", "<", "==", "!=", ">=", "<=", "> bool")), thresholds),
        st.builds("({} {} {})".format, inner, st.sampled_from(("+", "-", "*", "/")), thresholds),
        st.builds("({} {} {})".format, inner, st.sampled_from(("and", "or", "unless", "-", "/", ">", "<")), inner),
        st.builds("({} {} on () {})".format, inner, st.sampled_from(("and", "or", "unless")), inner),
        st.builds("{}({})".format, st.sampled_from(("abs", "ceil", "absent", "sort")), inner),
        st.builds("(-{})".format, inner),
        st.builds("max_over_time({}[1h:1m])".format, inner),
        st.builds("vector(scalar({}))".format, inner),
    )


expressions = st.builds(
    "{} {} {}".format,
    st.recursive(st.one_of(selectors, ranges), _larger, max_leaves=4),
    st.sampled_from((">", "<", "==", "!=")),
    thresholds,
)
holding = st.sampled_from(("0s", "10m", "3h"))


def said(found: Conclusion) -> tuple[str, str | None, bool]:
    return found.verdict, found.cause, found.meaningless is not None


def rebuilt(node: Node, change) -> Node:
    """The tree with ``change`` applied to each node, from below."""

    def below(value: object) -> object:
        if isinstance(value, msgspec.Struct):
            return rebuilt(value, change) if type(value) in KINDS else value
        return tuple(map(below, value)) if isinstance(value, tuple) else value

    fields = {name: below(getattr(node, name)) for name in node.__struct_fields__}
    return change(type(node)(**fields))


KINDS = frozenset(Node.__args__)


def in_parentheses(node: Node) -> Node:
    # Only what is a vector or a number can stand in parentheses.
    return node if isinstance(node, (Range, Paren)) or type(node).__name__ in ("String", "Subquery") else Paren(node)


def plain(node: Node) -> Node:
    """Ranges take their selector as it is."""
    return msgspec.structs.replace(node, selector=bare(node.selector)) if isinstance(node, Range) else node


def bare(node: Node) -> Node:
    while isinstance(node, Paren):
        node = node.expr
    return node


def turned_round(node: Node) -> Node:
    return msgspec.structs.replace(node, matchers=node.matchers[::-1]) if isinstance(node, Selector) else node


@given(expressions, holding)
@example("shop_up > 0 and shop_up < 1", "0s")
@example("sum(cart_size) - max(cart_size) > 0", "10m")
@example("absent(shop_gone) == 1", "0s")
@settings(max_examples=150)
def test_parentheses_change_nothing(judge, expr: str, for_: str) -> None:
    wrapped = unparse(rebuilt(parse(expr), lambda node: plain(in_parentheses(node))))
    assert wrapped.count("(") > expr.count("(")
    assert said(judge(wrapped, "one", for_)) == said(judge(expr, "one", for_)), wrapped


@given(expressions, holding)
@example('shop_queue{a="1", b="2"} - shop_queue{b="2", a="1"} > 0', "0s")
@settings(max_examples=100)
def test_the_order_of_matchers_changes_nothing(judge, expr: str, for_: str) -> None:
    other = unparse(rebuilt(parse(expr), turned_round))
    assert said(judge(other, "one", for_)) == said(judge(expr, "one", for_)), other


@given(expressions)
@example("shop_members < 3")
@example("cart_up > 1")
@example("vector(1) == 1")
@example("count(cart_up) > 1")
@settings(max_examples=150)
def test_an_alert_on_a_recording_rule_has_the_verdict_of_its_expression(judge, expr: str) -> None:
    direct = judge(expr)
    recorded = judge("shop:recorded", "one", "0s", [("shop:recorded", expr)])
    assert said(recorded)[::2] == said(direct)[::2]
    if direct.verdict == "cannot-fire":
        assert recorded.cause == direct.cause


@given(expressions)
@example("sum(shop_level) - max(shop_level) > 0")
@example("shop_up > 0 and shop_up < 1")
@settings(max_examples=150)
def test_recording_the_parts_makes_a_verdict_at_most_more_careful(judge, expr: str) -> None:
    records: list[tuple[str, str]] = []

    def recorded(node: Node) -> Node:
        if (isinstance(node, Call) and node.function in ("rate", "abs", "changes")) or type(node).__name__ == "Aggregate":
            records.append((f"shop:part{len(records)}", unparse(node)))
            return Selector(records[-1][0])
        return node

    split = unparse(rebuilt(parse(expr), recorded))
    direct, found = judge(expr), judge(split, "one", "0s", records)
    assert found.verdict in (direct.verdict, "can-fire"), (split, records)


ONE = {"nodes": 1, "defaults": {"members": 1, "replicas": 1, "mode": "standalone", "scraped": True}}
WIDER = (
    {"nodes": "1..3", "defaults": {"members": 1, "replicas": 1, "mode": "standalone", "scraped": True}},
    {"nodes": 1, "defaults": {"members": "1..3", "replicas": 1, "scraped": True}},
    {"nodes": "1..", "defaults": {"members": "1..", "scraped": True}},
    {"nodes": 1, "defaults": {"members": 1}},
    {},
)


@pytest.mark.parametrize("wider", WIDER, ids=str)
@given(expressions, holding)
@example("shop_members < 3", "0s")
@example("shop_follower_lag_seconds > 2", "0s")
@example("count(cart_up) > 1", "10m")
@example("sum(shop_node_share) - max(shop_node_share) > 0", "0s")
@settings(max_examples=60)
def test_a_topology_that_says_less_claims_less(judge, wider: dict, expr: str, for_: str) -> None:
    careful, sure = judge(expr, wider, for_), judge(expr, ONE, for_)
    if careful.verdict in ("cannot-fire", "always-fires"):
        assert sure.verdict == careful.verdict
    if careful.cause == "logic":
        assert sure.cause == "logic"


JOBS = {**ONE, "jobs": {"shop": {"targets": 1}, "cart": {"targets": 2}}}
MORE_JOBS = (
    {**ONE, "jobs": {"shop": {"targets": "1..3"}, "cart": {"targets": "2.."}}},
    {**ONE, "jobs": {"shop": {"targets": 1}, "cart": {}}},
    {**ONE, "jobs": {"shop": {"targets": 1}, "cart": {"targets": 2}, "web": {"targets": "0.."}}},
    {"defaults": {"scraped": True}},
)


@pytest.mark.parametrize("wider", MORE_JOBS, ids=str)
@given(expressions, holding)
@example("count(cart_up) > 2", "10m")
@example('count(cart_up{job="cart"}) > 2', "10m")
@example('count(cart_up{job="shop"}) > 1', "10m")
@example("count(up) > 3", "10m")
@example("sum(cart_size) - max(cart_size) > 0", "10m")
@example('absent(up{job="web"}) > 0', "0s")
@settings(max_examples=40)
def test_jobs_of_which_less_is_known_claim_less(judge, wider: dict, expr: str, for_: str) -> None:
    careful, sure = judge(expr, wider, for_), judge(expr, JOBS, for_)
    if careful.verdict in ("cannot-fire", "always-fires"):
        assert sure.verdict == careful.verdict


@given(expressions)
@example("up > 0")
@settings(max_examples=60)
def test_what_nothing_scrapes_never_fires_more(judge, expr: str) -> None:
    # Nothing is delivered: what asks for the series of one metric alone is empty, and no constant.
    found = judge(f"shop_up and ({expr})", {"exporters": {"shop": False, "cart": False}})
    assert found.verdict == "cannot-fire"
    assert found.cause in ("not-scraped", "logic", "topology")


@given(expressions, st.sampled_from(("one", "many", "open")))
@settings(max_examples=100)
def test_a_longer_hold_takes_no_proof_away(judge, expr: str, topology: str) -> None:
    short, long = judge(expr, topology, "0s"), judge(expr, topology, "3h")
    if short.verdict != "can-fire":
        assert said(long) == said(short)
    elif long.verdict == "cannot-fire":
        assert short.meaningless


def test_the_expressions_are_worth_judging(judge) -> None:
    """The laws above would hold of nothing if everything could fire."""
    seen: dict[str, int] = {}

    @given(expressions)
    @settings(max_examples=200, database=None, derandomize=True)
    def count(expr: str) -> None:
        verdict = judge(expr).verdict
        seen[verdict] = seen.get(verdict, 0) + 1

    count()
    assert all(seen.get(verdict, 0) >= 10 for verdict in ("can-fire", "cannot-fire", "always-fires")), seen
