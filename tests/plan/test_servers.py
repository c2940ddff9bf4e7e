"""Between which files alerts yield to each other: those of one Prometheus."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promtrim.api import make_plan
from promtrim.plan.model import Plan
from promtrim.stack.sources import Sources

DOWN = {"alert": "Down", "expr": 'up{job="a"} == 0', "labels": {"severity": "critical"}}
SLOW = {"alert": "Slow", "expr": "latency_seconds > 5", "labels": {"severity": "critical"}}
MANY = [{"alert": f"A{number}", "expr": f"metric_{number} > 1"} for number in range(6)]


def write(folder: Path, **files: list[dict]) -> list[str]:
    """Rule files by name (``__`` stands for a slash)."""
    paths = []
    for name, rules in files.items():
        path = folder / f"{name.replace('__', '/')}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": rules}]}))
        paths.append(str(path))
    return paths


def dropped(plan: Plan) -> list[tuple[str, str, str]]:
    return [
        (Path(each.judged.rule.file).name, each.judged.rule.name, each.reason.code) for each in plan.rules if not each.keep
    ]


def copies(plan: Plan) -> list[str]:
    return [problem.text for problem in plan.problems if problem.code == "copy"]


class TestWithoutSources:
    def test_files_named_together_are_one_server(self, tmp_path: Path) -> None:
        plan = make_plan(write(tmp_path, dev__a=[DOWN], prod__b=[DOWN, SLOW]), level="relevant")
        assert dropped(plan) == [("b.yml", "Down", "duplicate")]
        assert copies(plan) == []

    def test_files_of_one_folder_are(self, tmp_path: Path) -> None:
        write(tmp_path, a=[DOWN], b=[DOWN, SLOW])
        plan = make_plan([str(tmp_path)], level="relevant")
        assert dropped(plan) == [("b.yml", "Down", "duplicate")]

    @pytest.mark.parametrize("level", ["relevant", "critical", "essential"])
    def test_files_of_two_folders_are_not_known_to_be(self, tmp_path: Path, level: str) -> None:
        write(tmp_path, dev__a=[DOWN], prod__b=[DOWN, SLOW])
        plan = make_plan([str(tmp_path)], level=level)
        assert not [each for each in dropped(plan) if each[1] == "Down"]
        (said,) = copies(plan)
        assert said.startswith("Down: also in ")
        assert "nothing says that one Prometheus loads both" in said

    def test_nor_is_a_copy_beside_its_original(self, tmp_path: Path) -> None:
        write(tmp_path, alerts=MANY, alerts_prod=[*MANY, SLOW])
        plan = make_plan([str(tmp_path)], level="relevant")
        assert dropped(plan) == []
        assert "A0, A1, A2, A3, A4 and 1 more" in copies(plan)[0]

    def test_one_configuration_leads_to_one_server(self, tmp_path: Path) -> None:
        write(tmp_path, a__a=[DOWN], b__b=[DOWN])
        config = tmp_path / "prometheus.yml"
        config.write_text("scrape_configs: []\nrule_files: [a/a.yml, b/b.yml]\n")
        assert dropped(make_plan([str(config)], level="relevant")) == [("b.yml", "Down", "duplicate")]

    def test_two_configurations_lead_to_two(self, tmp_path: Path) -> None:
        write(tmp_path, a__a=[DOWN], b__b=[DOWN])
        configs = []
        for name in "ab":
            configs.append(tmp_path / name / "prometheus.yml")
            configs[-1].write_text(f"scrape_configs: []\nrule_files: [{name}.yml]\n")
        plan = make_plan([str(each) for each in configs], level="relevant")
        assert dropped(plan) == []
        assert copies(plan)


class TestWithSources:
    CONFIG = "rule_files: [a.yml]\nscrape_configs: [{job_name: a, static_configs: [{targets: ['a:80']}]}]\n"
    COMPOSE = """\
services:
  a: {image: registry.example.com/a:1}
  prometheus:
    image: prom/prometheus:v2.53.0
    volumes: ["./prometheus.yml:/etc/prometheus/prometheus.yml", "./a.yml:/etc/prometheus/a.yml"]
"""

    def plan(self, folder: Path, *names: str, **files: list[dict]) -> Plan:
        paths = dict(zip(files, write(folder, **files), strict=True))
        (folder / "prometheus.yml").write_text(self.CONFIG)
        (folder / "docker-compose.yml").write_text(self.COMPOSE)
        sources = Sources(
            compose=[[str(folder / "docker-compose.yml")]], prometheus_config=[str(folder / "prometheus.yml")]
        )
        return make_plan([paths[name] for name in names], level="relevant", sources=sources)

    @pytest.mark.parametrize("names", [("copy", "a"), ("a", "copy")])
    def test_what_is_loaded_never_yields_to_what_is_not(self, tmp_path: Path, names: tuple[str, str]) -> None:
        plan = self.plan(tmp_path, *names, copy=[DOWN], a=[{**DOWN, "annotations": {"x": "y"}}])
        verdicts = {Path(each.judged.rule.file).name: each.judged.cause for each in plan.rules}
        assert verdicts == {"a.yml": None, "copy.yml": "not-loaded"}
        assert all(each.keep for each in plan.rules)
        assert ["also in" in text and "this copy can go" in text for text in copies(plan)] == [True]

    def test_no_blind_spot_where_the_loaded_one_watches(self, tmp_path: Path) -> None:
        plan = self.plan(tmp_path, "copy", "a", copy=[DOWN], a=[{**DOWN, "annotations": {"x": "y"}}])
        assert [spot for spot in plan.blind_spots if "Down" in spot.alerts and "never" in spot.text] == []

    def test_within_one_loaded_file_duplicates_go(self, tmp_path: Path) -> None:
        plan = self.plan(tmp_path, "a", a=[DOWN, {**DOWN, "alert": "Again"}])
        assert dropped(plan) == [("a.yml", "Again", "duplicate")]
