"""Stacks of a swarm: their files by other names, and tasks that DNS gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim import api
from promtrim.stack.sources import find_sources
from tests.path.conftest import COMPOSE, CONFIG, Follow
from tests.path.test_dead_targets import verdict


def dns(name: str, more: str = "type: A, port: 9121") -> str:
    return CONFIG + f"  - {{job_name: redis, dns_sd_configs: [{{names: [{name}], {more}}}]}}\n"


EXPORTER = COMPOSE + '  exporter: {image: "oliver006/redis_exporter:v1.62.0", deploy: {mode: global}}\n'


@pytest.mark.parametrize("name", ["tasks.exporter", "exporter"])
def test_tasks_by_dns(stack: Follow, name: str) -> None:
    followed = stack(config=dns(name), compose=EXPORTER)
    assert followed.plan.topology.exporters["redis_exporter"] is True
    assert followed.plan.topology.jobs is not None
    assert followed.plan.topology.jobs["redis"].targets is None
    assert verdict(stack, 'up{job="redis"} == 0', config=dns(name), compose=EXPORTER) == ("can-fire", None)


def test_a_name_that_nobody_has_gives_no_target(stack: Follow) -> None:
    files = {"config": dns("tasks.gone"), "compose": EXPORTER}
    assert verdict(stack, 'up{job="redis"} == 0', **files) == ("cannot-fire", "not-scraped")
    assert verdict(stack, "redis_up == 0", **files) == ("cannot-fire", "not-scraped")


@pytest.mark.parametrize(
    "config",
    [dns("redis.example.com"), dns("_metrics._tcp.exporter", "type: SRV"), dns("gone", "refresh_interval: 5s")],
    ids=["a name of others", "SRV", "SRV by default"],
)
def test_what_keeps_it_open(stack: Follow, config: str) -> None:
    assert verdict(stack, "redis_up == 0", config=config, compose=EXPORTER) == ("can-fire", None)


def test_a_stack_by_another_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "docker-stack.yml").write_text(COMPOSE)
    (tmp_path / "api.yml").write_text("services: [a, b]\n")
    assert find_sources(str(tmp_path)).compose == [[str(tmp_path / "docker-stack.yml")]]


def test_a_configuration_that_a_generator_holds_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("configMapGenerator: [{name: prom, files: [prometheus.yml, rules.yml]}]\n")
    (tmp_path / "prometheus.yml").write_text("rule_files: [rules.yml]\nscrape_configs: []\n")
    (tmp_path / "rules.yml").write_text("groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n")
    plan, _ = api.follow([str(tmp_path)])
    assert plan.topology.jobs == {}
