"""Bad input: one line with its place and status 2, or a kept panel; never a crash, never a half-written file."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim.dashboards.existing.files import read
from promtrim.dashboards.existing.jsontext import MAX_DEPTH, JsonText
from promtrim.errors import InputError

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]
GOOD = '{"title": "x", "panels": [{"title": "p", "targets": [{"expr": "kube_horizontalpodautoscaler_info"}]}]}'


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "1:1", "is no JSON"),
        ("{", "1:2", "is no JSON"),
        ('{"panels": [1, 2,]}', "1:17", "a comma after the last entry: take it out"),
        ('{"panels": [],\n}', "1:14", "a comma after the last entry: take it out"),
        ('{"panels": []\n "title": 1}', "2:2", "put a comma"),
        ("{'panels': []}", "1:2", "double quotes"),
        ('{"panels": []} {}', "1:16", "one JSON value"),
        ('{"panels": [], "title": "a\nb"}', "1:27", "line breaks"),
        ('{"panels": [],\n "a": {"b": 1,\n "b": 2}}', "3:2", "'b' stands twice"),
        ('{"panels": [NaN]}', "", "NaN"),
        ('{"panels": [1' + "0" * 5000 + "]}", "", "is no JSON"),
        ("[]", "", "no dashboard"),
        ("3", "", "no dashboard"),
        ('{"title": "x"}', "", "no dashboard"),
        ('{"panels": ' + "[" * 300 + "]" * 300 + "}", "", f"deeper than {MAX_DEPTH} levels"),
        ('{"a": "\\ud83d", "b": "\\x"}', "1:23", "backslash"),
    ],
)
def test_one_line_with_its_place(text: str, place: str, words: str, promtrim: Run, tmp_path: Path) -> None:
    file = tmp_path / "d.json"
    file.write_text(text, "utf-8", newline="")
    good = tmp_path / "good.json"
    good.write_text(GOOD)
    run = promtrim("dashboard", "trim", "--in-place", good, file)
    (line,) = run.stderr.decode().splitlines()
    assert run.returncode == 2
    assert line.startswith(f"{file}:{place + ':' if place else ''} ")
    assert words in line
    assert file.read_bytes().decode() == text
    assert good.read_text() == GOOD, "nothing is written where one file is wrong"


def test_files_that_are_no_text(promtrim: Run, tmp_path: Path) -> None:
    for name, data in (("a.json", b"\xff\xfe{\x00}\x00"), ("b.json", b'{"panels": ["\xe4"]}'), ("c.json", b"{\x00}")):
        (tmp_path / name).write_bytes(data)
        run = promtrim("dashboard", "trim", name)
        assert run.returncode == 2
        assert len(run.stderr.splitlines()) == 1
    run = promtrim("dashboard", "trim", "missing.json")
    assert run.returncode == 2
    assert b"missing.json" in run.stderr


def test_a_mistake_inside_a_config_map_is_told_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "map.yml"
    file.write_text('kind: ConfigMap\napiVersion: v1\ndata:\n  a.json: |\n    {\n      "panels": [],,\n    }\n')
    with pytest.raises(InputError) as error:
        read([str(file)])
    assert (error.value.line, error.value.column) == (6, 20)


def test_yaml_without_a_dashboard(promtrim: Run, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("kind: ConfigMap\ndata: {a.txt: text}\n")
    run = promtrim("dashboard", "trim", "a.yml")
    assert run.returncode == 2
    assert b"no dashboard" in run.stderr
    (tmp_path / "b.yml").write_text("a: [\n")
    assert promtrim("dashboard", "trim", "b.yml").returncode == 2


def test_fifty_megabytes(promtrim: Run, tmp_path: Path) -> None:
    """A huge dashboard is trimmed or refused, within the time that a person waits."""
    panel = {"type": "stat", "title": "p", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}, "options": {"text": "y" * 900}}
    asked = [{**panel, "id": n, "targets": [{"refId": "A", "expr": f"kube_horizontalpodautoscaler_info + {n % 3}"}]} for n in range(30)]
    kept = [{**panel, "id": 99, "options": {"text": "z" * 50_000_000}}]
    file = tmp_path / "huge.json"
    file.write_text(json.dumps({"title": "x", "panels": asked + kept}))
    begun = time.monotonic()
    run = promtrim("dashboard", "trim", "--in-place", file)
    assert run.returncode == 0, run.stderr.decode()[:300]
    assert [each["id"] for each in json.loads(file.read_text())["panels"]] == [99]
    assert time.monotonic() - begun < 60
    assert promtrim("dashboard", "trim", "--max-size", 10, file).returncode == 2


def test_many_small_panels_take_no_time_that_grows_with_their_square(tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        value = {
            "title": "x",
            "panels": [
                {"id": n, "title": "p", "gridPos": {"x": 0, "y": n, "w": 24, "h": 1},
                 "targets": [{"refId": "A", "expr": "up" if n % 2 else "kube_horizontalpodautoscaler_info"},
                             {"refId": "B", "datasource": "__expr__", "type": "math", "expression": "$A"}]}
                for n in range(count)
            ],
        }  # fmt: skip
        from promtrim.dashboards.existing.work import trim_files
        from tests.dashboards.asking import asker, dashboards_of

        file = dashboards_of(json.dumps(value))
        begun = time.perf_counter()
        trim_files([file], asker("single-node"))
        return time.perf_counter() - begun

    seconds(10)
    small = max(seconds(400), 0.005)
    assert seconds(3200) < 8 * small * 4


def test_places_and_spans_are_those_of_the_text() -> None:
    text = '\n {"a": [1, {"b" : "x\\"]"} ,[]],\r\n\t"\\u00e9": {} }\n'
    json_text = JsonText(text)
    for path, expected in (((), text.strip()), (("a", 1, "b"), '"x\\"]"'), (("a", 2), "[]"), (("\u00e9",), "{}")):
        start, end = json_text.span(path)
        assert text[start:end] == expected
    assert (json_text.position(("a", 1)).line, json_text.position(("a", 1)).column) == (2, 12)
    with pytest.raises(KeyError):
        json_text.span(("a", "b"))


def test_titles_cannot_steer_a_terminal(promtrim: Run, tmp_path: Path) -> None:
    title = "evil\x1b[31m\u202e\nline"
    (tmp_path / "d.json").write_text(json.dumps(json.loads(GOOD) | {"title": title}))
    run = promtrim("dashboard", "trim", "--check", "d.json")
    assert run.returncode == 1
    assert b"\x1b" not in run.stderr
    assert not re.search("\u202e", run.stderr.decode())


@pytest.mark.parametrize("piece", ["${a.", "[[a", "$", "${a:b", "{{", "(", "${a}+", '"', "$a,"])
def test_texts_made_to_take_long(piece: str) -> None:
    from promtrim.dashboards.existing.work import trim_files
    from tests.dashboards.asking import asker, dashboards_of

    long, query = piece * 500_000, piece * 20_000
    panels = [{"title": long, "targets": [{"expr": query}, {"expr": long}]}, {"targets": [{"expr": "kube_horizontalpodautoscaler_info"}]}]
    file = dashboards_of(json.dumps({"title": "x", "panels": panels, "templating": {"list": [{"name": "a"}]}}))
    begun = time.monotonic()
    (trimmed,) = trim_files([file], asker("single-node"))
    assert len(json.loads(trimmed.text)["panels"]) == 1
    assert time.monotonic() - begun < 20
