"""Every rule of the baselines fires and stays silent as its examples say, in the real engine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from string import Template

import pytest
import yaml

from promtrim.knowledge.index import shipped
from promtrim.output.suggest import GROUP, group
from promtrim.path.suggest import BaselineRule, baselines, fill

JOB, COMPONENT = "thejob", "the-part"


def rules() -> Iterator[tuple[str, BaselineRule]]:
    for baseline in baselines(shipped().baselines):
        for number, rule in enumerate(baseline.rules):
            yield f"{baseline.baseline}-{number}-{rule.needs or rule.mode}", rule


def test_there_is_a_rule_for_each_essential_mode() -> None:
    modes = {rule.mode for _, rule in rules()}
    assert modes >= {"down", "errors", "latency", "disk", "certificate", "backup"}


@pytest.mark.parametrize(("name", "rule"), list(rules()), ids=[name for name, _ in rules()])
def test_needs_rulesets_that_there_are(name: str, rule: BaselineRule) -> None:
    assert all(each in shipped().heads for each in filter(None, rule.needs.split("|")))
    assert rule.fires


@pytest.mark.parametrize(("name", "rule"), list(rules()), ids=[name for name, _ in rules()])
def test_in_promtool(name: str, rule: BaselineRule, promtool: str, tmp_path: Path) -> None:
    filled = fill(rule, rule.component or COMPONENT, JOB)
    (tmp_path / "rules.yml").write_text("groups:\n" + group([filled]))
    subprocess.run([promtool, "check", "rules", "rules.yml"], cwd=tmp_path, check=True, capture_output=True)
    for examples, fires in ((rule.fires, True), (rule.silent, False)):
        for series in examples:
            test = {
                "interval": "1m",
                "input_series": [
                    {"series": Template(selector).safe_substitute(job=JOB), "values": values}
                    for selector, values in series.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{filled.name}", alertstate="firing"}}) or vector(0)',
                        "eval_time": rule.at,
                        "exp_samples": [{"labels": "{}", "value": 1 if fires else 0}],
                    }
                ],
            }
            (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [test]}))
            run = subprocess.run(
                [promtool, "test", "rules", "test.yml"], cwd=tmp_path, check=False, capture_output=True, text=True
            )
            assert run.returncode == 0, (series, fires, run.stdout + run.stderr)


def test_the_group_says_what_each_rule_is_for() -> None:
    _, rule = next(rules())
    text = group([fill(rule, COMPONENT, JOB)], "    ")
    loaded = yaml.safe_load("groups:\n" + text)
    assert loaded["groups"][0]["name"] == GROUP
    assert text.startswith("    # Suggested by promtrim")
    assert f"# {rule.mode}" in text or f" {rule.mode}: " in text
