"""Whatever wraps rules: resources, ConfigMaps, values files, LogQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim.rulefile.logql import is_logql
from promtrim.rulefile.reading import read, read_text


@pytest.mark.parametrize(
    ("name", "container", "rules"),
    [
        ("prometheus-rule.yml", "prometheus-rule", ["DeskDown", "DeskSlow", "GateDown"]),
        ("config-map.yml", "config-map",
         ["LiteralOne", "LiteralTwo", "FoldedOne", "FoldedTwo", "SingleOne", "SingleTwo"]),
        ("config-map-kubectl.yml", "config-map", ["DeskDown", "DeskErrors", "DeskSlow"]),
        ("stack-values.yml", "values", ["DeskDown", "DeskSlow", "GateDown", "OldOne"]),
        ("chart-values.yml", "values", ["ChartOne", "ChartTwo"]),
        ("rules.json.yml", "rule-file", ["KioskDown", "KioskHot", "PrinterEmpty"]),
        ("logql.yml", "logql", []),
    ],
)  # fmt: skip
def test_containers(odd: Path, name: str, container: str, rules: list[str]) -> None:
    document = read([odd / name])[0]
    assert document.container == container
    assert [rule.name for rule in document.rules] == rules
    assert all(rule.loaded for rule in document.rules)


def test_rules_inside_texts_have_the_place_of_the_file(odd: Path) -> None:
    document = read([odd / "config-map.yml"])[0]
    lines = document.text.split("\n")
    for rule in document.rules:
        assert lines[rule.line - 1][rule.column - 1 :].startswith(f"alert: {rule.name}")


def test_grafana_rule_files_are_not_ours() -> None:
    text = "apiVersion: 1\ngroups:\n- orgId: 1\n  name: g\n  rules:\n  - uid: x\n    title: y\n"
    assert read_text(text, "f.yml").container == "none"


def test_lists_of_config_maps() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n  data:\n    r.yml: |\n"
        "      groups: [{name: g, rules: [{alert: A, expr: up}]}]\n"
    )
    document = read_text(text, "f.yml")
    assert (document.container, len(document.rules)) == ("config-map", 1)


def test_logql_is_left_whole_and_said(odd: Path) -> None:
    (problem,) = read([odd / "logql.yml"])[0].problems
    assert (problem.code, problem.alert) == ("logql", "ManyErrors")


def test_one_slip_of_logql_among_promql_is_a_rule_that_nobody_can_read() -> None:
    rules = "".join(f"  - {{alert: A{n}, expr: 'up{{x=\"{n}\"}} == 0'}}\n" for n in range(3))
    text = f'groups:\n- name: g\n  rules:\n{rules}  - {{alert: L, expr: \'rate({{a="b"}} |= "c" [5m])\'}}\n'
    document = read_text(text, "f.yml")
    assert (document.container, len(document.rules)) == ("rule-file", 4)


@pytest.mark.parametrize(
    ("expr", "logql"),
    [
        ('{app="x"} |= "y"', True),
        ('sum(rate({app="x"} | json [5m]))', True),
        ('count_over_time({app="x"} != "debug" [5m])', True),
        ('count_over_time({app="x"} !~ `a|b` [5m])', True),
        ('count_over_time({app="x"}[5m])', False),
        ('up{job=~"a|b"}', False),
        ("up{job=~'a|b'} # | json", False),
        ('up{a="b"} != on() down{c="d"}', False),
        ('x{a!="b"} != 0', False),
        ("up{x={{ .Values.a | quote }}}", False),
    ],
)
def test_logql_and_promql(expr: str, logql: bool) -> None:
    assert is_logql(expr) is logql
