"""PrometheusRule manifests: the reduced rules, their text unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from promtrim import api
from promtrim.errors import CallError, InputError
from promtrim.push.steps import Outcome

RULES = """\
# The shop
groups:
  - name: shop
    rules:
      # somebody must come
      - alert: TillsDown
        expr: |
          sum(up{job="tills"})
            == 0
        annotations:
          summary: >-
            The tills
            are down

          text: "a
            b"
      - {alert: Noise, expr: 'sum(noise) > 5'}
"""
SETTINGS = "keep: [{alert: TillsDown, reason: a}]\ndrop: [{alert: Noise, reason: b}]\n"


def push(folder: Path, rules: str = RULES, name: str = "The Shop_rules.yml", **options: Any) -> Outcome:
    (folder / name).write_bytes(rules.encode())
    (folder / "promtrim.yml").write_text(SETTINGS)
    plan = api.make_plan([str(folder / name)], evidence=False)
    return api.push_kubernetes(plan, str(folder / "out"), **options)


def test_a_rule_file_is_wrapped(tmp_path: Path) -> None:
    assert push(tmp_path, namespace="monitoring", labels={"release": "monitoring"}).ok
    text = (tmp_path / "out" / "The Shop_rules.yaml").read_text()
    found = yaml.safe_load(text)
    assert found["apiVersion"] == "monitoring.coreos.com/v1"
    assert found["kind"] == "PrometheusRule"
    assert found["metadata"] == {"name": "the-shop-rules", "namespace": "monitoring", "labels": {"release": "monitoring"}}
    (group,) = found["spec"]["groups"]
    before = yaml.safe_load(RULES)["groups"][0]
    assert group == {**before, "rules": before["rules"][:1]}
    assert "        # somebody must come\n" in text


def test_twice_is_once(tmp_path: Path) -> None:
    assert push(tmp_path).ok
    assert [step.mark for step in push(tmp_path).steps] == ["same"]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert push(tmp_path, go=lambda _: False).pending
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("rules", [RULES.replace("\n", "\r\n"), "\ufeff" + RULES, "%YAML 1.1\n--- # rules\n" + RULES])
def test_line_ends_marks_and_markers(tmp_path: Path, rules: str) -> None:
    assert push(tmp_path, rules).ok
    text = (tmp_path / "out" / "The Shop_rules.yaml").read_bytes().decode()
    assert yaml.safe_load(text)["spec"]["groups"][0]["rules"][0]["annotations"]["text"] == "a b"
    assert ("\r\n" in text) is ("\r\n" in rules)


def test_a_resource_stays_what_it_is(tmp_path: Path) -> None:
    inner = "".join(f"  {line}\n" for line in RULES.splitlines())
    resource = f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: mine}}\nspec:\n{inner}"
    assert push(tmp_path, resource, "mine.yaml").ok
    text = (tmp_path / "out" / "mine.yaml").read_text()
    assert text == resource[: resource.index("        - {alert: Noise")]


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        (RULES + "---\ngroups: []\n", InputError),
        (RULES + "namespace: x\n", InputError),
        ("additionalPrometheusRulesMap:\n  shop:\n" + "".join(f"    {x}\n" for x in RULES.splitlines()), CallError),
    ],
)
def test_what_cannot_be_wrapped_is_said(tmp_path: Path, rules: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        push(tmp_path, rules)
    assert not (tmp_path / "out").exists()
