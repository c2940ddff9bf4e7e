"""``promtrim dashboard build`` as a user calls it: formats, places to write, wrong calls."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from promtrim import api
from promtrim.dashboards.building.board import uid_for

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def rules(fixtures: Path) -> Path:
    return fixtures / "alert_rules.yml"


def test_json_on_standard_output_and_in_a_file(promtrim: Run, rules: Path, tmp_path: Path) -> None:
    shown = promtrim("dashboard", "build", rules)
    assert (shown.returncode, shown.stderr) == (0, b"")
    written = promtrim("dashboard", "build", rules, "-o", tmp_path / "new" / "d.json")
    assert (written.returncode, written.stdout, written.stderr) == (0, b"", b"")
    assert (tmp_path / "new" / "d.json").read_bytes() == shown.stdout


def test_a_config_map_for_the_sidecar(promtrim: Run, rules: Path) -> None:
    plain = json.loads(promtrim("dashboard", "build", rules).stdout)
    done = promtrim("dashboard", "build", rules, "--format", "configmap", "--folder", 'Shop: "main" # one')
    found = yaml.safe_load(done.stdout)
    assert (found["apiVersion"], found["kind"]) == ("v1", "ConfigMap")
    assert found["metadata"]["labels"] == {"grafana_dashboard": "1"}
    assert found["metadata"]["annotations"] == {"grafana_folder": 'Shop: "main" # one'}
    ((name, text),) = found["data"].items()
    assert name == f"{found['metadata']['name']}.json"
    assert json.loads(text) == plain


def test_title_and_uid(promtrim: Run, rules: Path) -> None:
    found = json.loads(promtrim("dashboard", "build", rules, "--title", "Kasse – Übersicht", "--uid", "kasse_1").stdout)
    assert (found["title"], found["uid"]) == ("Kasse – Übersicht", "kasse_1")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--folder", "x"], "--folder is for --format configmap"),
        (["--uid", "a b"], "--uid 'a b' is none that Grafana takes"),
        (["--uid", "x" * 41], "at most 40"),
        (["--title", " "], "--title is empty"),
        (["--format", "yaml"], "Invalid value for '--format'"),
        (["--level", "all"], "Invalid value for '--level'"),
    ],
)
def test_wrong_calls(promtrim: Run, rules: Path, tmp_path: Path, arguments: list[str], says: str) -> None:
    done = promtrim("dashboard", "build", rules, "-o", tmp_path / "d.json", *arguments)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert says in done.stderr.decode()
    assert not (tmp_path / "d.json").exists()


def test_a_place_that_cannot_be_written(promtrim: Run, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = promtrim("dashboard", "build", rules, "-o", tmp_path / "folder")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_config_map_that_would_be_too_large(promtrim: Run, tmp_path: Path) -> None:
    many = [{"alert": f"A{number}", "expr": f"shop_{number}_open > {number}"} for number in range(900)]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "g", "rules": many}]}))
    call = ("dashboard", "build", "rules.yml", "--level", "relevant")
    done = promtrim(*call, "--format", "configmap")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"--format json" in done.stderr
    assert promtrim(*call).returncode == 0


def test_levels_shrink_the_dashboard(rules: Path, fixtures: Path) -> None:
    def panels(level: str) -> int:
        plan = api.make_plan([str(rules)], topology=str(fixtures / "topology.yml"), level=level)  # type: ignore[arg-type]
        return len(api.build_dashboard(plan).to_json_data()["panels"])

    assert panels("relevant") > panels("critical") > panels("essential") > 5


def test_own_rulesets_count_for_units(promtrim: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(
        "ruleset: shop\ntitle: Shop\ntechnology: shop\nkind: workload\nsources: {code: {url: 'https://shop.example/metrics'}}\n"
        "metrics:\n  shop_backlog: {type: gauge, unit: bytes, identity: [shelf], labels: [shelf], range: [0, inf]}\n"
    )
    (tmp_path / "promtrim.yml").write_text("rulesets: [shop.yml]\n")
    (tmp_path / "rules.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: shop_backlog > 1e9}]}]\n")
    done = promtrim("dashboard", "build", "--level", "relevant", "--topology", "ha-cluster", "rules.yml")
    assert done.returncode == 0, done.stderr
    (panel,) = (each for each in json.loads(done.stdout)["panels"] if each["title"] == "A")
    assert panel["fieldConfig"]["defaults"]["unit"] == "bytes"
    assert panel["targets"][0]["legendFormat"] == "{{instance}} {{shelf}}"


def test_uids_are_told_apart_and_fit() -> None:
    titles = ["Shop", "Shop!", "shop", "", "Ü" * 200, "x" * 200, "\ud800"]
    uids = [uid_for(title) for title in titles]
    assert len(set(uids)) == len(titles)
    assert all(len(uid) <= 40 and uid.isascii() for uid in uids)
    assert uid_for("Shop") == uids[0]
