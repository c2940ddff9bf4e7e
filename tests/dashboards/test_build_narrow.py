"""A choice goes into a query only where it changes nothing but which series are shown."""

from __future__ import annotations

import pytest

from promtrim.dashboards.building.narrow import narrowed
from promtrim.promql.parse import parse
from promtrim.promql.unparse import unparse

C = 'l=~"$l"'


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a", f"a{{{C}}}"),
        ("rate(a[5m])", f"rate(a{{{C}}}[5m])"),
        ("max_over_time(rate(a[5m])[1h:1m])", f"max_over_time(rate(a{{{C}}}[5m])[1h:1m])"),
        ("-(a)", f"-(a{{{C}}})"),
        ("100 * a", f"100 * a{{{C}}}"),
        ("a / b", f"a{{{C}}} / b{{{C}}}"),
        ("a / on (l) b", f"a{{{C}}} / on (l) b{{{C}}}"),
        ("a / on (m) b", None),
        ("a / ignoring (l) b", None),
        ("a * on (m) group_left () b", f"a{{{C}}} * on (m) group_left () b"),
        ("a * on (m) group_right () b", f"a * on (m) group_right () b{{{C}}}"),
        ("a * on (m) group_left (l) b", None),
        ("sum by (l) (a)", f"sum by (l) (a{{{C}}})"),
        ("sum by (m) (a)", None),
        ("sum(a)", None),
        ("sum without (m) (a)", f"sum without (m) (a{{{C}}})"),
        ("sum without (l) (a)", None),
        ("topk(3, a)", None),
        ("topk by (l) (3, a)", f"topk by (l) (3, a{{{C}}})"),
        ('count_values by (l) ("v", a)', None),
        ("absent(a)", None),
        ("scalar(a) * b", f"scalar(a) * b{{{C}}}"),
        ("histogram_quantile(0.9, sum by (le, l) (a))", f"histogram_quantile(0.9, sum by (le, l) (a{{{C}}}))"),
        ('label_replace(a, "m", "$1", "l", "(.*)")', f'label_replace(a{{{C}}}, "m", "$1", "l", "(.*)")'),
        ('label_replace(a, "l", "$1", "m", "(.*)")', None),
        ("a and on (m) b", f"a{{{C}}} and on (m) b"),
        ("a unless b", f"a{{{C}}} unless b{{{C}}}"),
        ("a or b", f"a{{{C}}} or b{{{C}}}"),
        ("a or sum(b)", None),
        ('a{l="x"}', None),
        ('a{l=~"x.*"}', f'a{{l=~"x.*", {C}}}'),
        ("time()", None),
        ("without_it", None),
    ],
)
def test_narrowed(query: str, expected: str | None) -> None:
    found = narrowed(parse(query), "l", lambda selector, label: selector.name != "without_it")
    assert (None if found is None else unparse(found)) == expected
