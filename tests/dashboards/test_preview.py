"""The page: made from real data, complete in itself, drawn by a real browser, safe whatever the dashboard says."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promtrim import api
from promtrim.errors import InputError, RemoteError
from promtrim.http import Server
from tests import servers
from tests.dashboards.chromium import document, picture
from tests.dashboards.live import Live
from tests.dashboards.png import Picture

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
ASSETS = Path(api.__file__).parent / "dashboards" / "preview" / "assets"
BLUE, ORANGE, VERMILLION = (0, 114, 178), (230, 159, 0), (213, 94, 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def page(live: Live, dashboards: dict[str, dict[str, Any]], folder: Path) -> Path:
    """The example stack's dashboard with the live servers' data."""
    source = folder / "stagedoor.json"
    source.write_text(json.dumps(dashboards["stagedoor"]))
    target = folder / "stagedoor.html"
    target.write_text(api.preview_dashboard(str(source), Server(live.url)))
    return target


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def test_the_page_holds_all_it_needs(page: Path) -> None:
    html = page.read_text()
    assert "default-src 'none'" in html
    assert re.search(r"""(?:src|href)\s*=\s*["'](?!data:)""", html.partition("<script>")[0]) is None
    assert "@import" not in html
    assert "url(" not in html.partition("</style>")[0]


def test_the_library_is_the_one_that_was_noted() -> None:
    noted = dict(reversed(line.split()) for line in (ASSETS / "README.md").read_text().splitlines() if line.startswith("    "))
    assert set(noted) == {"uPlot.iife.min.js", "uPlot.min.css"}
    for name, digest in noted.items():
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest
    assert "MIT License" in (ASSETS / "uPlot.LICENSE").read_text()


def test_every_panel_has_its_data(page: Path) -> None:
    data = data_of(page.read_text())
    names = {each["id"]: each["title"] for each in data["sheet"]["drawings"] if each["targets"]}
    frames = {names[int(number)]: each for number, each in data["snapshot"]["frames"].items()}
    assert set(frames) == set(names.values())
    assert not [frame["error"] for each in frames.values() for frame in each if frame["error"]]
    redis = frames["SeatHoldStoreDown"][0]["values"][0]
    assert {0.0, 1.0} <= set(redis), "Redis was away for a quarter of an hour"
    shares = [value for value in frames["PaymentsFailing"][0]["values"][0] if value is not None]
    assert max(shares) > 0.08
    assert len(shares) > 200
    assert frames["backend"][0]["values"] == [[0.0]]


def test_a_browser_draws_every_panel(page: Path, dashboards: dict[str, dict[str, Any]]) -> None:
    shown = document(page)
    assert 'data-ready="yes"' in shown, "the script came to its end"
    for panel in dashboards["stagedoor"]["panels"]:
        assert panel["title"] in shown.replace("&gt;", ">")
    drawn = dashboards["stagedoor"]["panels"]
    curves = sum(each["type"] == "timeseries" for each in drawn)
    assert shown.count('class="uplot ') == curves - 1, "all but the one that has no data"
    for words in (">up<", ">alert<", ">no data<", "down<", "nothing fires<|>VolumeFillsUp<", "%</b>", " req/s</b>"):
        assert re.search(words, shown), words


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 1800)])
def test_pictures(page: Path, theme: str, width: int, height: int) -> None:
    """Light is light and dark is dark; tiles and limits have their colours; nothing sticks out of a phone."""
    seen = Picture(picture(page, width, height, theme))
    assert (seen.width, seen.height) == (width, height)
    colors = seen.colors(every=3)
    whole = sum(colors.values())
    ground = {"light": (244, 245, 245), "dark": (17, 18, 23)}[theme]
    paper = {"light": (255, 255, 255), "dark": (24, 27, 31)}[theme]
    assert colors[ground] > 0.05 * whole
    assert colors[paper] > 0.25 * whole
    for color in (BLUE, ORANGE):
        assert colors[color] > 0.001 * whole, color
    assert len(colors) > 50, "curves and letters are drawn"
    # On each side the page's ground is seen from top to bottom: nothing sticks out.
    for x in (1, width - 2):
        assert {seen.at(x, y) for y in range(0, height, 5)} == {ground}


def evil() -> dict[str, Any]:
    words = "</script><script>document.title='got you'</script><img src=x onerror=\"document.title='got you'\"> & \u2028 \ud800"
    base = {"datasource": {"type": "prometheus"}, "gridPos": {"x": 0, "y": 0, "w": 24, "h": 8}, "description": f"[x](javascript:alert) {words}"}
    link = [{"title": words, "url": "javascript:alert(1)"}]
    query = [{"refId": words, "expr": f'label_replace(vector(1), "a", "{words[:40]}", "", "")'.replace("\u2028", " "), "legendFormat": words}]
    color = "red; background: url(https://evil.example/x)"
    config = {"defaults": {"unit": words, "noValue": words, "thresholds": {"steps": [{"value": None, "color": color}]},
                           "mappings": [{"type": "value", "options": {"1": {"text": words, "color": color}}}]}}
    kinds = ("timeseries", "stat", "table", "state-timeline", "text", "heatmap", words)
    panels = [{**base, "type": kind, "title": words, "links": link, "targets": query, "fieldConfig": config,
               "options": {"content": words}} for kind in kinds]
    return {"title": words, "description": words, "panels": panels, "templating": {"list": [{"name": "job", "current": {"value": words}}]}}


def test_a_dashboard_cannot_run_anything(live: Live, folder: Path) -> None:
    source = folder / "evil.json"
    source.write_text(json.dumps(evil()))
    target = folder / "evil.html"
    target.write_text(api.preview_dashboard(str(source), Server(live.url)))
    html = target.read_text()
    assert html.count("</script>") == 3
    assert "\u2028" not in html.partition('id="data">')[2]
    shown = document(target)
    assert 'data-ready="yes"' in shown
    assert "<title>got you" not in shown
    assert "<img" not in shown.partition("<script")[0]
    assert 'href="javascript' not in shown
    assert "evil.example" not in re.sub(r"<script.*?</script>", "", shown, flags=re.DOTALL)


@pytest.mark.parametrize(
    "value",
    [
        {"title": "t", "panels": [{"type": "timeseries", "title": "no targets"}]},
        {"title": "t", "panels": [{"type": "row"}, {}, 5, None, {"targets": "x"}, {"type": "graph", "gridPos": {"x": "a"}}]},
        {"title": "t", "panels": [{"type": "timeseries", "libraryPanel": {"uid": "u", "name": "missing"}, "title": "l"}]},
        {"title": "t", "schemaVersion": 39},
        {"title": None, "panels": [], "templating": {"list": [None, {"name": 5}, {"name": "a", "current": []}]}},
        {"title": "t", "rows": [{"title": "old", "panels": [{"type": "singlestat", "span": 6, "targets": [{"expr": "up"}]}]}]},
        {"title": "t", "panels": [{"type": "stat", "fieldConfig": {"defaults": {"mappings": "x", "thresholds": {"steps": [1]}}, "overrides": {}}, "targets": [{"refId": "A", "expr": "not ( promql"}]}]},
        {"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "spec": {"title": "v2", "elements": {"a": {"kind": "Panel", "spec": {"id": 1, "title": "x", "vizConfig": {"group": "timeseries", "spec": {}}}}}, "layout": {"kind": "GridLayout", "spec": {"items": []}}}},
    ],
)  # fmt: skip
def test_odd_dashboards_are_drawn_as_far_as_they_go(live: Live, tmp_path: Path, value: dict[str, Any]) -> None:
    source = tmp_path / "odd.json"
    source.write_text(json.dumps(value))
    target = tmp_path / "odd.html"
    target.write_text(api.preview_dashboard(str(source), Server(live.url)))
    assert 'data-ready="yes"' in document(target)


def test_a_query_that_is_refused_says_so_in_its_panel(live: Live, tmp_path: Path) -> None:
    panels = [{"type": "timeseries", "title": "p", "targets": [{"refId": "A", "expr": "up ("}, {"refId": "B", "expr": "up"}]}]
    source = tmp_path / "d.json"
    source.write_text(json.dumps({"title": "t", "panels": panels}))
    first, second = next(iter(data_of(api.preview_dashboard(str(source), Server(live.url)))["snapshot"]["frames"].values()))
    assert "parse error" in first["error"]
    assert second["names"]


@pytest.mark.parametrize(
    ("flag", "says"), [("--query.timeout=1ms", "timed out|deadline exceeded"), ("--query.max-samples=1", "too many samples")]
)
def test_a_query_that_is_too_much_spares_the_others(tmp_path: Path, flag: str, says: str) -> None:
    """A real Prometheus with hardly any patience or memory."""
    (program, *_) = servers.programs("prometheus") or pytest.skip("Prometheus is not installed")
    panels = [{"type": "timeseries", "title": f"P{n}", "targets": [{"refId": "A", "expr": "sum_over_time(vector(time())[6h:1s])"}]} for n in range(2)]
    source = tmp_path / "d.json"
    source.write_text(json.dumps({"title": "t", "panels": panels}))
    with servers.prometheus(program, "{}", tmp_path / "server", flag) as url:
        frames = data_of(api.preview_dashboard(str(source), Server(url)))["snapshot"]["frames"]
    assert len(frames) == 2
    errors = [frame["error"] for (frame,) in frames.values()]
    assert all(re.search(says, error) for error in errors), errors


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[]", "holds no dashboard"),
        ('{"alerts": 1}', "holds no dashboard"),
        ("[" * 100_000, "nested deeper"),
        ('{"title": "t", "panels": []} {}', "no JSON"),
    ],
)
def test_what_is_no_dashboard_is_an_error_with_its_place(promtrim: Run, tmp_path: Path, text: str, says: str) -> None:
    source = tmp_path / "bad.json"
    source.write_text(text)
    run = promtrim("dashboard", "preview", source, "--prometheus", "http://127.0.0.1:9", "-o", tmp_path / "page.html")
    assert run.returncode == 2
    assert run.stderr.count(b"\n") == 1
    assert run.stderr.startswith(str(source).encode())
    assert says.encode() in run.stderr
    assert not (tmp_path / "page.html").exists()


def test_fifty_megabytes_are_refused(promtrim: Run, tmp_path: Path) -> None:
    source = tmp_path / "large.json"
    source.write_bytes(b'{"title": "t", "panels": [' + b'"' + b"x" * (50 << 20) + b'"]}')
    run = promtrim("dashboard", "preview", source, "--prometheus", "http://127.0.0.1:9")
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"large.json: " in run.stderr
    assert b"--max-size" in run.stderr


def test_a_server_that_does_not_answer(promtrim: Run, project: Path, tmp_path: Path) -> None:
    source = project / "dashboards" / "essential.json"
    run = promtrim("dashboard", "preview", source, "--prometheus", "http://127.0.0.1:9", "--timeout", "1", "-o", tmp_path / "p.html")
    assert run.returncode == 2
    assert run.stderr.count(b"\n") == 1
    assert b"http://127.0.0.1:9" in run.stderr
    assert not (tmp_path / "p.html").exists()


def test_a_config_map_is_as_good(live: Live, fixtures: Path, promtrim: Run, tmp_path: Path) -> None:
    made = promtrim("dashboard", "build", "--format", "configmap", "--topology", fixtures / "topology.yml", fixtures / "alert_rules.yml", "-o", tmp_path / "map.yml")
    assert made.returncode == 0, made.stderr
    run = promtrim("dashboard", "preview", tmp_path / "map.yml", "--prometheus", live.url, "--since", "1h", "-o", tmp_path / "p.html")
    assert (run.returncode, run.stderr) == (0, b"")
    data = data_of((tmp_path / "p.html").read_text())
    assert data["sheet"]["title"] == "stagedoor alerts"
    assert data["snapshot"]["count"] * data["snapshot"]["step"] == pytest.approx(3600, abs=60)


def test_two_dashboards_in_one_file_are_one_too_many(live: Live, tmp_path: Path) -> None:
    one = json.dumps({"title": "t", "panels": []})
    file = tmp_path / "maps.yml"
    file.write_text(f"kind: ConfigMap\napiVersion: v1\ndata:\n  a.json: '{one}'\n  b.json: '{one}'\n")
    with pytest.raises(InputError, match="2 dashboards"):
        api.preview_dashboard(str(file), Server(live.url))


def test_something_else_than_prometheus(tmp_path: Path, live: Live) -> None:
    file = tmp_path / "d.json"
    file.write_text(json.dumps({"title": "t", "panels": [{"type": "stat", "targets": [{"expr": "up", "refId": "A"}]}]}))
    with pytest.raises(RemoteError, match="404"):
        api.preview_dashboard(str(file), Server(live.url + "/metrics"))
