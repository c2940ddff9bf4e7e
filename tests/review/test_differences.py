"""What is different between two versions of one rule."""

from __future__ import annotations

import pytest

from promtrim.review.differences import small_edits
from tests.review.conftest import Between, rules


@pytest.mark.parametrize(("before", "after", "edits"), [
    ("x > 0.05", "x > 0.10", [("threshold", "0.05", "0.1")]),
    ("x > 1", "((x)) > 2", [("threshold", "1", "2")]),
    ("0.5 < x", "0.75 < x", [("threshold", "0.5", "0.75")]),
    ("x * 100 > 5", "x * 1000 > 5", [("number", "100", "1000")]),
    ("rate(x[5m]) > 1", "rate(x[10m] offset 1h) > 1", [("range", "5m", "10m"), ("offset", "0s", "1h")]),
    ("max_over_time(x[1h:5m]) > 1", "max_over_time(x[2h:1m]) > 1", [("range", "1h", "2h"), ("step", "5m", "1m")]),
    ("up{job=\"a\"} == 0", "up{job=\"b\"} == 0", [("matcher", 'job="a"', 'job="b"')]),
    ("up{job=\"a\"} == 0", "up{job=\"a\",env!=\"dev\"} == 0", [("matcher", None, 'env!="dev"')]),
    ("up{job=\"a\",env=\"x\"} == 0", "up{job=\"a\"} == 0", [("matcher", 'env="x"', None)]),
    ("a_total > 1", "b_total > 1", [("metric", "a_total", "b_total")]),
    ("sum by (job) (x) > 1", "sum by (job, pod) (x) > 1", [("grouping", "by (job)", "by (job, pod)")]),
    ("x > 1", "x >= 1", [("comparison", ">", ">=")]),
    ("a / a > 1", "b / b > 1", [("metric", "a", "b")]),
    ("sum(x) > 1", "max(x) > 1", []),
    ("sum(x) > 1", "x > 1", []),
    ("x > 1", "x >", []),
    ("a+b+c+d+e+f+g > 1", "h+i+j+k+l+m+n > 1", []),
])  # fmt: skip
def test_small_edits(before: str, after: str, edits: list[tuple[str, str | None, str | None]]) -> None:
    assert [(each.what, each.before, each.after) for each in small_edits(before, after)] == edits


def test_everything_that_can_change_in_a_rule(between: Between) -> None:
    before = rules(
        "A: x > 1 | for: 5m | labels: {severity: warning, team: a} | annotations: {summary: old, gone: x, same: 'a  b'}"
    )
    after = rules(
        "A: x > 1 | for: 10m | keep_firing_for: 1m | labels: {severity: page, env: p}"
        " | annotations: {summary: new, same: 'a b', more: y}"
    ).replace("name: g\n", "name: g\n    interval: 30s\n    limit: 7\n")
    (change,) = between(before, after).changes
    assert [(each.what, each.name, each.before, each.after) for each in change.edits] == [
        ("for", "", "5m", "10m"), ("keep_firing_for", "", "0s", "1m"), ("interval", "", None, "30s"),
        ("label", "severity", "warning", "page"), ("label", "team", "a", None), ("label", "env", None, "p"),
        ("annotation", "summary", "old", "new"), ("annotation", "gone", "x", None), ("annotation", "more", None, "y"),
        ("limit", "", "0", "7"),
    ]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [
    ("sum(x) by (a) > 1", "sum  by(a)\n            (x) > 1"), ("x > 1", "(x) > 1.0"),
    ("x{a='1',b='2'} > 1", 'x{b="2", a="1"} > 1'),
])  # fmt: skip
def test_what_means_the_same_is_reformatted_only(between: Between, before: str, after: str) -> None:
    review = between(rules(f"A: {before}"), rules(f"A: >-\n            {after}"))
    assert review.changes == ()
    (each,) = review.reformatted
    assert (each.line_ends, each.rules) == (False, 1)
