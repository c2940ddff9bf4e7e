"""Prometheus decides: what trimming takes out returns nothing in worlds that agree with the topology.

The world of a dashboard has series for everything that its queries ask for, but for the metrics that the topology rules
out; Grafana's variables have values, as when a person looks at it.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from promtrim.dashboards.existing.files import Dashboard, read
from promtrim.dashboards.existing.trim import Nothing
from promtrim.dashboards.existing.variables import VARIABLE, name_of
from promtrim.dashboards.existing.work import Asker, trim_files
from promtrim.promql.parse import ExpressionError, parse
from promtrim.promql.tree import Selector
from promtrim.promql.walk import selectors
from tests.dashboards.asking import asker, dashboards_of
from tests.dashboards.test_trim_queries import HPA

USUAL = {"job": "v", "instance": "v", "namespace": "v", "pod": "v"}
TIMES = re.compile(r"interval|range|period|window", re.IGNORECASE)


def as_grafana_sends_it(query: str) -> str:
    """The query with a value for each variable."""

    def value(match: re.Match[str]) -> str:
        name = name_of(match)
        if name.isdigit():
            return match[0]
        if name in ("__range_s", "__interval_ms"):
            return "3600"
        return "10m" if name.startswith("__") or TIMES.search(name) else "v"

    return VARIABLE.sub(value, query)


def series(selector: Selector) -> str | None:
    """A series that the selector selects, as far as its matchers are plain."""
    labels = dict(USUAL)
    for matcher in selector.matchers:
        if matcher.op == "=":
            labels[matcher.name] = matcher.value
        elif matcher.op == "=~":
            first = matcher.value.split("|")[0]
            labels[matcher.name] = first if re.fullmatch(r"[\w\-/:. ]*", first) else "v"
        else:
            labels.setdefault(matcher.name, "other")
    if selector.name is None:
        return None
    if selector.name.endswith("_bucket"):
        labels["le"] = "+Inf"
    return selector.name + "{" + ", ".join(f"{name}={json.dumps(text)}" for name, text in sorted(labels.items()) if text) + "}"


def world(queries: Iterable[str], ask: Asker) -> list[str]:
    """Series for all that the queries select, without metrics that are never there."""
    found: dict[str, None] = {}
    for query in queries:
        try:
            asked = selectors(parse(query))
        except ExpressionError:
            continue
        for selector in asked:
            one = series(selector)
            if one is not None and not isinstance(ask(selector.name or "", False), Nothing):
                found[one] = None
    return list(found)


def returning(promtool: str, there: Sequence[str], queries: Sequence[str], folder: Path) -> set[int]:
    """Which queries return something in that world, by index; those that fail do not."""
    tests = [{"expr": query, "eval_time": "1h", "exp_samples": []} for query in queries]
    input_series = [{"series": one, "values": "1+1x90"} for one in there]
    file = folder / "test.json"  # JSON is YAML
    file.write_text(json.dumps({"evaluation_interval": "1m", "tests": [
        {"interval": "1m", "input_series": input_series, "promql_expr_test": [test]} for test in tests
    ]}))  # fmt: skip
    done = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, timeout=300, check=False)
    said = done.stdout + done.stderr
    wrong = {match[1] for match in re.finditer(r'expr: "((?:[^"\\]|\\.)*)", time: 1h0?m?0?s?,?\s+exp:\[?\]?', said)}
    assert "FAILED" in said or "SUCCESS" in said, said[:500]
    return {number for number, query in enumerate(queries) if json.dumps(query, ensure_ascii=False)[1:-1] in wrong}


def test_the_way_of_asking_tells_something_from_nothing(promtool: str, tmp_path: Path) -> None:
    queries = ['up{job="v"}', 'up{job="w"}', 'rate(up{job=~"v|w"}[10m])', "up * on (job) group_left () up", "absent(nothing)"]
    assert returning(promtool, [series(s) or "" for s in selectors(parse("up"))], queries, tmp_path) == {0, 2, 3, 4}


OWN = [
    "HPA", "HPA + up", "up and HPA", "up or HPA", "absent(HPA)", 'up{job="a"} * on (job) up{job="b"}', "up unless up", "sum(HPA) or vector(0)",
    'sum by ($g) (HPA{job="$j"})', "topk($k, HPA)", "HPA > $n", "count(HPA) == 0", "up > 0 < 0", "up unless HPA", "$x", "$x * HPA",
    'rate(up{result="a"}[5m]) / (rate(up{result="a"}[5m]) + rate(up{result="b"}[5m]))', "max_over_time((up or HPA)[1h:$__interval])",
]  # fmt: skip


def test_own_queries(promtool: str, tmp_path: Path) -> None:
    queries = [query.replace("HPA", HPA) for query in OWN]
    _prove([dashboards_of(json.dumps({"title": "x", "panels": [{"targets": [{"expr": q}]} for q in queries]})).dashboards[0]],
           promtool, tmp_path, most_kept=100)  # fmt: skip


def test_public_dashboards(shared: Path, promtool: str, tmp_path: Path) -> None:
    """Every query that single-node takes out of a public dashboard; some that stay, so that the worlds are no deserts."""
    paths = [str(path) for path in sorted(shared.glob("corpus/mixins/*/dashboards/*")) if path.is_file()]
    paths += [str(path) for path in sorted(shared.glob("wild/nuniesmith+ruby/config/grafana/*.json"))]
    files = [file for file in read(paths) if trim_files([file], asker("single-node"))[0].changed]
    removed, alive = _prove([dashboard for file in files for dashboard in file.dashboards], promtool, tmp_path, most_kept=8)
    assert removed > 150
    assert alive > 10


def _prove(dashboards: Sequence[Dashboard], promtool: str, folder: Path, most_kept: int) -> tuple[int, int]:
    """How many queries are taken out, and how many of those that stay return something."""
    ask = asker("single-node")
    counts = [0, 0]
    for dashboard in dashboards:
        targets = [target.text for panel in dashboard.view().panels for target in panel.targets if target.language in ("promql", "perhaps")]
        out = list(dict.fromkeys(text for text in targets if isinstance(ask(text, True), Nothing)))
        kept = list(dict.fromkeys(text for text in targets if ask(text, True) is None))[:most_kept]
        queries = [as_grafana_sends_it(text) for text in (*out, *kept)]
        there = world(queries, ask)
        found = returning(promtool, there, queries, folder)
        assert not {n for n in found if n < len(out)}, [out[n] for n in found if n < len(out)]
        counts[0] += len(out)
        counts[1] += sum(n >= len(out) for n in found)
    assert counts[1], "nothing returned anything: the worlds prove nothing"
    return counts[0], counts[1]


@pytest.mark.parametrize("text", ["a", "$a", 'x{a="$b"}[$__rate_interval]'])
def test_values_of_variables(text: str) -> None:
    assert not VARIABLE.search(as_grafana_sends_it(text))
