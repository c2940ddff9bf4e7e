"""Laws of trimming over random dashboards, whatever the evaluator would say of their queries."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import assume, event, given
from hypothesis import strategies as st

from promtrim.dashboards.existing.files import DashboardFile
from promtrim.dashboards.existing.jsontext import JsonText
from promtrim.dashboards.existing.trim import Asked, Nothing
from promtrim.dashboards.existing.work import Asker, trim_files
from promtrim.errors import InputError
from tests.dashboards.asking import asker, dashboards_of, overlapping

EMPTY = "kube_horizontalpodautoscaler_info"
QUERIES = st.sampled_from(
    [EMPTY, f"sum({EMPTY}) by ($a)", "up", 'up{job="$b"}', "rate(x[$__rate_interval])", "no promql (", '{a="b"} |= "c"']
)
NAMES = st.sampled_from(["a", "b", "c", "d\u00e9", "\U0001f600", 'quo"te', "back\\slash", ""])

targets = st.fixed_dictionaries(
    {"refId": st.sampled_from("ABC"), "expr": QUERIES},
    optional={
        "hide": st.booleans(), "step": st.floats(allow_nan=False, allow_infinity=False), "legendFormat": NAMES,
        "datasource": st.sampled_from([None, "$ds", {"type": "loki", "uid": "l"}, {"type": "prometheus", "uid": "p"}]),
    },
)  # fmt: skip
expressions = st.fixed_dictionaries(
    {"refId": st.sampled_from("XYZ"), "datasource": st.just({"uid": "__expr__"}), "type": st.sampled_from(["math", "reduce", "sql"]),
     "expression": st.sampled_from(["$A", "$A + $B", "A", "X", "is_null($A)"])}
)  # fmt: skip
mirrors = st.fixed_dictionaries({"panelId": st.integers(0, 9), "datasource": st.just("-- Dashboard --")})
panels = st.fixed_dictionaries(
    {"type": st.sampled_from(["timeseries", "graph", "stat", "text"]), "title": NAMES},
    optional={"targets": st.lists(st.one_of(targets, targets, expressions, mirrors), max_size=4), "repeat": st.sampled_from("abc"),
              "description": NAMES, "links": st.just([{"url": "/d/u?var-c=$c"}])},
)  # fmt: skip


@st.composite
def dashboards(draw: st.DrawFn) -> dict[str, Any]:
    """Rows open and closed, panels in tidy lines."""
    found: list[dict[str, Any]] = []
    y = number = 0
    for kind in draw(st.lists(st.sampled_from(["open", "closed", "none"]), min_size=1, max_size=4)):
        inner: list[dict[str, Any]] = []
        base = y
        if kind != "none":
            y += 1
        for widths in draw(st.lists(st.sampled_from([(24,), (12, 12), (8, 8, 8), (6, 6, 12), (6, 6), (3,) * 8]), max_size=3)):
            x, h = 0, draw(st.integers(2, 9))
            for w in widths:
                place = {"h": h, "w": w, "x": x, "y": y}
                inner.append({**draw(panels), "id": number, "gridPos": place})
                number, x = number + 1, x + w
            y += h
        if kind == "none":
            found += inner
            continue
        row: dict[str, Any] = {"type": "row", "title": draw(NAMES), "gridPos": {"h": 1, "w": 24, "x": 0, "y": base}}
        if kind == "closed":
            found.append({**row, "collapsed": True, "panels": inner})
            y = base + 1
        else:
            found += [{**row, "collapsed": False, "panels": []}, *inner]
    variables = [{"name": name, "query": draw(st.sampled_from(["", "$a", "$b$c"]))} for name in draw(st.sets(st.sampled_from("abcd")))]
    links = [{"title": "one", "url": f"/d/u?viewPanel={draw(st.integers(0, 9))}"}]
    return {"uid": "u", "title": draw(NAMES), "panels": found, "templating": {"list": variables}, "links": links}


layouts = st.sampled_from([{"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}, {"indent": 1, "ensure_ascii": False}, {}])


def all_targets(file: DashboardFile) -> list[str]:
    return [json.dumps(target.options) for d in file.dashboards for panel in d.view().panels for target in panel.targets]


@given(dashboards(), layouts)
def test_laws(value: dict[str, Any], layout: dict[str, Any]) -> None:
    before = dashboards_of(json.dumps(value, **layout))
    ask = asker("single-node")
    (trimmed,) = trim_files([before], ask)
    after = dashboards_of(trimmed.text)
    removed = trimmed.dashboards[0].trimming.removed

    kept = iter(all_targets(before))
    assert all(any(old == new for old in kept) for new in all_targets(after)), "a kept query changed, or moved"
    gone = sum(each.what == "query" for each in removed)
    assert len(all_targets(before)) - len(all_targets(after)) == gone

    for grid in after.dashboards[0].view().grids:
        assert not overlapping([cell.box for cell in grid.cells])
        assert all(cell.box.x + cell.box.w <= 24 and cell.box.y >= 0 for cell in grid.cells)

    again, = trim_files([after], ask)
    assert not again.changed, "trimming twice is trimming once"
    assert trimmed.changed is bool(removed)
    if not removed:
        assert trimmed.text == before.source.text

    left = json.loads(trimmed.text)
    assert list(left) == list(value)
    _same_but_for_places(left["panels"], value["panels"])


def _same_but_for_places(after: list[dict[str, Any]], before: list[dict[str, Any]]) -> None:
    """Each panel that is left is one that was there, with the same keys and values in the same order."""
    old = iter(before)
    for panel in after:
        was = next(each for each in old if each.get("id") == panel.get("id") and each["title"] == panel["title"])
        assert list(was) == list(panel)
        for key in panel:
            if key == "panels":
                _same_but_for_places(panel[key], was[key])
            elif key not in ("gridPos", "targets"):
                assert panel[key] == was[key]


class _Everything(Asker):
    """Says of each query what a bit of its text says: trimming must hold up whatever the answers are."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __call__(self, text: str, perhaps: bool) -> Asked:
        return Nothing("topology", "so it is") if self.bits >> (sum(map(ord, text)) % 16) & 1 else None


@given(dashboards(), layouts, st.integers(0, (1 << 16) - 1))
def test_laws_whatever_can_return_nothing(value: dict[str, Any], layout: dict[str, Any], bits: int) -> None:
    before = dashboards_of(json.dumps(value, **layout))
    (trimmed,) = trim_files([before], _Everything(bits))
    after = dashboards_of(trimmed.text)
    (again,) = trim_files([after], _Everything(bits))
    assert not again.changed
    for grid in after.dashboards[0].view().grids:
        assert not overlapping([cell.box for cell in grid.cells])
    if bits == 0:
        assert trimmed.text == before.source.text


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 30), st.floats(allow_nan=False, allow_infinity=False), NAMES, QUERIES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["panels", "rows", "targets", "type", "gridPos", "x", "y", "w", "h", "id", "expr", "spec", "items",
                             "elements", "layout", "kind", "templating", "list", "name", "links", "libraryPanel", "data", "query"]),
            inner, max_size=5),
    ),
    max_leaves=40,
)  # fmt: skip


@given(json_values)
def test_any_json_at_all_in_a_dashboard(value: Any) -> None:
    """What is no panel, query or variable is kept; nothing crashes."""
    for text in (
        json.dumps({"title": "x", "panels": [value, {"targets": [{"expr": EMPTY}], "x": value}], "templating": {"list": [value]}}),
        json.dumps({"title": "x", "rows": [{"panels": [value]}, value], "links": [value], "annotations": value}),
        json.dumps({"elements": {"a": value, "b": {"kind": "Panel", "spec": value}}, "layout": {"kind": "x", "spec": value}}),
        json.dumps({"elements": {}, "layout": {"spec": {"items": [value, {"spec": value}], "tabs": [{"spec": value}]}}}),
        json.dumps({"title": "x", "schemaVersion": 1, "panels": value, "__inputs": value, "__elements": value}),
    ):
        (trimmed,) = trim_files([dashboards_of(text)], asker("single-node"))
        JsonText(trimmed.text)


@given(dashboards(), layouts, st.sampled_from(["|", ">", '"', "'"]), st.integers(0, (1 << 16) - 1))
def test_in_yaml_as_in_a_file_of_its_own(value: dict[str, Any], layout: dict[str, Any], style: str, bits: int) -> None:
    """However a ConfigMap writes it: the same JSON comes out, what stands around it stays, or the file is refused."""
    text = json.dumps(value, **layout)
    held = yaml.dump({"b.json": text}, default_style=style, allow_unicode=True, width=60).replace("\n", "\n  ")
    document = f"# before\nkind: ConfigMap\ndata:\n  {held}\n  c.txt: after # it\n"
    assume(yaml.safe_load(document)["data"]["b.json"] == text)  # PyYAML's folding is not exact
    file = dashboards_of(document)
    assert [dashboard.name for dashboard in file.dashboards] == ["b.json"]
    (alone,) = trim_files([dashboards_of(text)], _Everything(bits))
    try:
        (trimmed,) = trim_files([file], _Everything(bits))
    except InputError as error:
        event(f"refused: {error.message}")
        return
    assert json.loads(yaml.safe_load(trimmed.text)["data"]["b.json"]) == json.loads(alone.text)
    assert trimmed.text.startswith("# before\nkind: ConfigMap\ndata:\n")
    assert trimmed.text.endswith("\n  c.txt: after # it\n")
    assert (trimmed.text == document) is not trimmed.changed
    for each, where in zip(trimmed.dashboards[0].trimming.removed, trimmed.dashboards[0].places, strict=True):
        assert where.line > 3 or not each.path
