"""The one style that rewrites: fewer lines, equal fields."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promtrim.rulefile.compacting import compact
from promtrim.rulefile.oneline import one_line
from promtrim.rulefile.reading import read, read_text


@pytest.mark.parametrize(
    ("expr", "line"),
    [
        ("up == 0\n", "up == 0"),
        ("sum(\n  rate(x[5m])\n)\n/\nsum(y) > 0.5", "sum(rate(x[5m])) / sum(y) > 0.5"),
        ("a # words\nor b", "a or b"),
        ("# words first\na", "a"),
        ('x{a="# no  words"} # words', 'x{a="# no  words"}'),
        ("x{a='it\\'s  # '} >  1", "x{a='it\\'s  # '} > 1"),
        ("x{a=`raw  # \\`}\n> 1", "x{a=`raw  # \\`} > 1"),
        ("sum by (a,\n b) (x)", "sum by (a, b) (x)"),
        ('x{\n  a="b",\n  c="d"\n}', 'x{a="b", c="d"}'),
        ("( a )", "( a )"),
        ('broken{a="', 'broken{a="'),
    ],
)
def test_one_line(expr: str, line: str) -> None:
    assert one_line(expr) == line
    assert one_line(line) == line


def test_three_rules_in_three_groups_take_twenty_lines_at_most() -> None:
    groups = "".join(
        f"- name: g{n}\n  rules:\n  - alert: A{n}\n    expr: |\n"
        f'      sum(rate(errors_total{{job="shop-{n}", code=~"5.."}}[5m]))\n'
        f'      /\n      sum(rate(requests_total{{job="shop-{n}"}}[5m])) > 0.05\n    for: 5m\n'
        "    labels:\n      severity: critical\n      component: shop\n"
        "    annotations:\n      summary: Something is wrong\n      description: 'It is \"{{ $value }}\" now'\n"
        for n in range(3)
    )
    text = compact(read_text("groups:\n" + groups, "f.yml"), {0, 1, 2})
    assert text.count("\n") <= 20
    assert text.splitlines()[:6] == [
        "groups:",
        "  - name: g0",
        "    rules:",
        "      - {alert: A0, for: 5m, labels: {severity: critical, component: shop},",
        '         expr: \'sum(rate(errors_total{job="shop-0", code=~"5.."}[5m])) / '
        'sum(rate(requests_total{job="shop-0"}[5m])) > 0.05\',',
        "         annotations: {summary: Something is wrong, description: 'It is \"{{ $value }}\" now'}}",
    ]


def test_short_rules_take_one_line(odd: Path) -> None:
    text = compact(read([odd / "two-documents.yml"])[0], {0, 3})
    assert text == (
        "groups:\n  - name: loaded\n    rules:\n      - {alert: Loaded, expr: a > 0}\n"
        "---\ngroups:\n  - name: lost\n    rules:\n      - {alert: LostToo, expr: d > 0}\n"
    )


def test_every_other_field_is_kept(odd: Path) -> None:
    document = read([odd / "fields.yml"])[0]
    before, after = yaml.safe_load(document.text), yaml.safe_load(compact(document, {0, 1}))
    assert after == before


def test_directives_of_kept_rules_stay_and_other_comments_go(odd: Path) -> None:
    text = compact(read([odd / "comments.yml"])[0], {2})
    assert [line.strip() for line in text.splitlines() if "#" in line] == ["# promtrim: keep: the stewards ask for it"]


def test_nothing_kept(odd: Path) -> None:
    assert compact(read([odd / "comments.yml"])[0], set()) == "groups: []\n"


def test_containers_keep_what_stands_around(odd: Path) -> None:
    document = read([odd / "prometheus-rule.yml"])[0]
    text = compact(document, {1})
    assert text == document.text.replace(
        "    - name: desk\n      rules:\n        # the desk itself\n        - alert: DeskDown\n"
        '          expr: up{job="desk"} == 0\n        - alert: DeskSlow\n          expr: desk_seconds > 1\n',
        "    - name: desk\n      rules:\n        - {alert: DeskSlow, expr: desk_seconds > 1}\n",
    ).replace(
        "      groups:\n        - name: gate\n          rules:\n            - alert: GateDown\n"
        '              expr: up{job="gate"} == 0\n',
        "      groups: []\n",
    )


def test_a_config_maps_text_becomes_a_literal(odd: Path) -> None:
    text = compact(read([odd / "config-map-kubectl.yml"])[0], {2})
    assert text == (
        "apiVersion: v1\ndata:\n  alert_rules.yml: |\n    groups:\n      - name: application-health\n        rules:\n"
        "          - {alert: DeskSlow, expr: 'desk_seconds{quantile=\"0.99\"} > 2'}\n"
        "kind: ConfigMap\nmetadata:\n  name: alert-rules\n"
    )


@pytest.mark.parametrize("name", ["logql.yml", "empty.yml"])
def test_what_holds_no_promql_stays(odd: Path, name: str) -> None:
    document = read([odd / name])[0]
    assert compact(document, set()) == document.text


def test_an_empty_first_document_stays_since_prometheus_reads_no_other() -> None:
    document = read_text("---\n---\ngroups: [{name: g, rules: [{alert: A, expr: up}]}]\n", "f.yml")
    text = compact(document, {0})
    assert text == "---\n---\ngroups:\n  - name: g\n    rules:\n      - {alert: A, expr: up}\n"
    assert not read_text(text, "f.yml").rules[0].loaded


def test_strange_keys_and_expressions() -> None:
    text = 'groups: [{name: g, rules: [{alert: A, expr: "# no more", labels: {"": x, "a b": "", 1: ~}}]}]\n'
    document = read_text(text, "f.yml")
    assert yaml.safe_load(compact(document, {0})) == yaml.safe_load(text)
