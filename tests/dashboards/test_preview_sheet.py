"""From any JSON that passes for a dashboard to what is drawn: whatever stands in its fields, nothing is fatal."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promtrim.dashboards.existing.files import read
from promtrim.dashboards.preview.model import Frame, Sheet, Snapshot
from promtrim.dashboards.preview.page import page
from promtrim.dashboards.preview.sheet import sheet_of
from promtrim.dashboards.preview.snapshot import frame_of, names_of, steps_for
from promtrim.dashboards.preview.variables import built_in, replaced, values_of
from promtrim.errors import PromtrimError

SOURCE = json.loads((Path(__file__).parent.parent.parent / "dashboards" / "critical.json").read_text())

values = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=5),
    st.just([]), st.just({}), st.lists(st.integers(0, 3), max_size=2), st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, below in value.items():
            found += places(below, (*path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            found += places(below, (*path, index))
    return found


PLACES = places(SOURCE)


def drawn(text: str) -> Sheet:
    dashboard = read(["-"], stdin=text)[0].dashboards[0]
    own = built_in(3600, 15, 0)
    return sheet_of(dashboard, values_of(dashboard.value, own, lambda selector, label: ["a", "b"]), own)


@settings(max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=4))
def test_nothing_in_a_field_is_fatal(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    dashboard = copy.deepcopy(SOURCE)
    for path, value in changes:
        holder = dashboard
        try:
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took the place away
    try:
        sheet = drawn(json.dumps(dashboard))
    except PromtrimError:
        return
    for each in sheet.drawings:
        assert 0 <= each.x < 24
        assert 1 <= each.w <= 24
        assert 1 <= each.h <= 60
    page(sheet, Snapshot("http://x", 0, 15, 3, 45, {}))


def test_a_sheet_of_each_format() -> None:
    panel = {"type": "graph", "title": "P", "targets": [{"refId": "A", "expr": "rate(x[$__rate_interval])", "legendFormat": "{{a}}"}]}
    old = {"title": "t", "rows": [{"title": "R", "height": "250px", "panels": [{**panel, "span": 6}, {**panel, "span": 6}]}]}
    first, second = [each for each in drawn(json.dumps(old)).drawings if each.type != "row"]
    assert (first.w, second.w, second.x) == (12, 12, 12)
    assert first.targets[0].expr == "rate(x[60s])"
    closed = {"title": "t", "panels": [{"type": "row", "collapsed": True, "title": "R", "panels": [{**panel, "gridPos": {"x": 0, "y": 1, "w": 24, "h": 8}}]}]}
    assert [each.type for each in drawn(json.dumps(closed)).drawings if each.type != "row"] == ["timeseries"]


def test_axes_of_old_graphs() -> None:
    panel = {"type": "graph", "title": "P", "yaxes": [{"format": "bytes", "min": "0", "max": None}, {"format": "s"}]}
    (one,) = drawn(json.dumps({"title": "t", "panels": [panel]})).drawings
    assert (one.type, one.unit, one.low, one.high) == ("timeseries", "bytes", 0, None)


@pytest.mark.parametrize(
    ("ends", "expected"), [({"min": 0, "max": 200}, ((None, "#3a9a52"), (160.0, "#d5393b"))), ({"min": 0}, ()), ({}, ())]
)
def test_thresholds_in_percent(ends: dict[str, Any], expected: Any) -> None:
    steps = {"mode": "percentage", "steps": [{"color": "green", "value": None}, {"color": "dark-red", "value": 80}]}
    panel = {"type": "gauge", "title": "P", "fieldConfig": {"defaults": {"thresholds": steps, **ends}}}
    (one,) = drawn(json.dumps({"title": "t", "panels": [panel]})).drawings
    assert one.steps == expected


def offered(selector: str, label: str) -> list[str]:
    """A server with two shops; whatever else is asked for, it has not."""
    return {("up", "job"): ["mail", "shop", "b.c"], ("", "job"): ["all"], ('up{job="mail"}', "instance"): ["i2", "i1"]}.get((selector, label), [])


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ({"current": {"value": ["$__all"]}, "allValue": "x.*"}, "x.*"),
        ({"current": {"value": "$__all"}, "query": "label_values(up, job)"}, ".*"),
        ({"current": {}, "query": "metrics(x)"}, ".*"),
        ({"current": {"value": "shop"}, "query": "label_values(up, job)"}, "shop"),
        ({"current": {"value": ["b.c", "shop", "gone"]}, "query": {"query": "label_values(up,job)", "refId": "x"}}, "(b\\\\.c|shop)"),
        ({"current": {"value": "gone"}, "query": "label_values(up, job)"}, "b.c"),
        ({"current": {"value": "gone"}, "query": "label_values(up, job)", "includeAll": True}, ".*"),
        ({"current": {}, "query": "label_values(up, job)", "regex": "/^s(.*)/"}, "hop"),
        ({"current": {}, "query": "label_values(job)"}, "all"),
        ({"current": {}, "query": "label_values(nothing, cluster)"}, ""),
        ({"type": "custom", "query": "1m, 5m"}, "1m"),
        ({"type": "interval", "query": "30s,1m", "current": {"value": "1m"}}, "1m"),
        ({"type": "constant", "query": "7"}, "7"),
    ],
)
def test_variables_have_what_a_reader_sees_first(variable: dict[str, Any], value: str) -> None:
    listed = {"templating": {"list": [{"name": "a", "type": "query", **variable}]}}
    assert values_of(listed, {}, offered) == {"a": value}
    newer = {"variables": [{"kind": "QueryVariable", "spec": {"name": "a", "type": "query", **variable}}]}
    assert values_of(newer, {}, offered) == {"a": value}
    assert replaced('x{b=~"$a"} ${a:regex} [[a]] $other', {"a": value}) == f'x{{b=~"{value}"}} {value} {value} $other'


def test_later_variables_follow_earlier_ones() -> None:
    first = {"name": "job", "type": "query", "query": "label_values(up, job)", "current": {"value": "mail"}}
    second = {"name": "instance", "type": "query", "query": 'label_values(up{job="$job"}, instance)'}
    assert values_of({"templating": {"list": [first, second]}}, {}, offered) == {"job": "mail", "instance": "i1"}


def test_data_sources_are_no_text() -> None:
    source = {"name": "datasource", "type": "datasource", "current": {"value": "x"}}
    assert values_of({"templating": {"list": [source]}}, {}, offered) == {}


@pytest.mark.parametrize(("span", "step"), [(300, 1), (3600, 15), (6 * 3600, 60), (86400, 300), (7 * 86400, 1800), (366 * 86400, 86400)])
def test_points_lie_at_round_times(span: float, step: float) -> None:
    assert steps_for(span) == step
    assert 150 <= span / step <= 400


def test_what_a_server_may_answer() -> None:
    from promtrim.dashboards.preview.model import Target

    target = Target("A", "x", "{{ a }} of {{b}}")
    data = {"resultType": "matrix", "result": [
        {"metric": {"a": "1"}, "values": [[0, "1.5"], [15, "NaN"], [45, "+Inf"], [30, "x"], [600, "2"], "odd", [None, "1"]]},
        5, {"metric": None, "values": None},
    ]}  # fmt: skip
    frame = frame_of(target, data, 0, 15, 4)
    assert frame.values == ((1.5, None, None, None), (None, None, None, None))
    assert frame.names == ("1 of", "of")
    for odd in (None, 5, [], {}, {"resultType": "matrix"}, {"resultType": "matrix", "result": {"a": 1}}):
        assert frame_of(target, odd, 0, 15, 4) == Frame("A")
    many = {"resultType": "vector", "result": [{"metric": {"i": str(index)}, "value": [0, "1"]} for index in range(70)]}
    shown = frame_of(Target("A", "x", "__auto", instant=True), many, 0, 15, 4)
    assert (len(shown.values), shown.more, shown.names[3]) == (50, 20, "3")
    scalar = frame_of(Target("A", "x", instant=True), {"resultType": "scalar", "result": [0, "7"]}, 0, 15, 4)
    assert (scalar.values, scalar.names) == (((7.0,),), ("value",))
    assert names_of(Target("A", "x", "__auto"), [{"__name__": "up", "job": "a"}]) == ("up{job=a}",)
