"""``promtrim path`` and the source options, as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import Run


def test_text_and_json(promtrim: Run, fixtures: Path) -> None:
    folder = fixtures / "stack" / "bakery"
    run = promtrim("path", ".", cwd=folder)
    assert run.returncode == 0, run.stderr
    text = run.stdout.decode()
    assert "5 alerts: 0 reach somebody" in text
    assert "x scrape: no scrape job is named 'van' (./prometheus/prometheus.yml:10)" in text
    run = promtrim("path", ".", "--format", "json", "--alert", "VanGone", cwd=folder)
    (way,) = json.loads(run.stdout)["alerts"]
    assert [link["name"] for link in way["links"]][:2] == ["target", "scrape"]
    assert way["mark"] == "broken"


def test_one_alert_with_every_link(promtrim: Run, fixtures: Path) -> None:
    run = promtrim("path", ".", "--alert", "ShopGone", cwd=fixtures / "stack" / "bakery")
    assert run.stdout.decode().count("\n         + ") == 6


def test_an_alert_that_is_not_there(promtrim: Run, fixtures: Path) -> None:
    run = promtrim("path", ".", "--alert", "ShopGon", cwd=fixtures / "stack" / "bakery")
    assert run.returncode == 2
    assert b"did you mean ShopGone" in run.stderr


def test_without_sources(promtrim: Run, fixtures: Path) -> None:
    run = promtrim("path", fixtures / "alert_rules.yml")
    assert run.returncode == 2
    assert b"say what runs" in run.stderr
    run = promtrim("classify", fixtures / "alert_rules.yml", "--closed")
    assert run.returncode == 2
    assert b"--kubernetes" in run.stderr


def test_sources_on_reduce_and_classify(promtrim: Run, fixtures: Path) -> None:
    folder = fixtures / "stack" / "library"
    given = ["--kubernetes", folder / "manifests", "--prometheus-config", folder / "prometheus.yml"]
    run = promtrim("classify", folder / "rules.yml", *given, "--format", "json")
    causes = {rule["alert"]: rule["cause"] for rule in json.loads(run.stdout)["rules"]}
    assert causes["DeskGone"] == causes["ReaderGone"] == "not-scraped"
    assert causes["PodStuck"] is None
    run = promtrim("classify", folder / "rules.yml", *given, "--closed", "--format", "json")
    assert {rule["alert"]: rule["cause"] for rule in json.loads(run.stdout)["rules"]}["PodStuck"] == "not-scraped"


def test_suggestions_and_coverage(promtrim: Run, fixtures: Path) -> None:
    folder = fixtures / "stack" / "bakery"
    given = [folder / "prometheus" / "rules" / "oven.yml", "--compose", folder / "docker-compose.yml"]
    run = promtrim("reduce", *given, "--suggest", "--coverage")
    assert b"promtrim-suggested" in run.stdout
    assert b"URLs for an uptime service" in run.stderr
    assert b"WATCHED BY" in run.stderr
    run = promtrim("classify", *given, "--suggest", "--coverage")
    assert b"promtrim-suggested" in run.stdout
    assert b"WATCHED BY" in run.stdout


def test_a_source_that_is_not_there(promtrim: Run, fixtures: Path) -> None:
    run = promtrim("reduce", fixtures / "alert_rules.yml", "--prometheus-config", "gone.yml")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.startswith(b"gone.yml: there is no such file")
