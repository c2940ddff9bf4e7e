"""Every mistake in a rule file: one line each, where, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from promtrim.rulefile.reading import read_text

Mistakes = Callable[[str], list[str]]


def one_rule(rule: str) -> str:
    return f"groups:\n- name: g\n  rules:\n  - {rule}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (one_rule("{alert: A}"), "f.yml:4:5: the rule of 'A' has no expr: add one"),
        (one_rule("{alert: A, expr: }"), "f.yml:4:22: the rule of 'A' has no expr: add one"),
        (one_rule("{alert: A, expr: '  '}"), "f.yml:4:22: the rule of 'A' has no expr: add one"),
        (one_rule("{expr: up}"), "f.yml:4:5: neither alert nor record: add 'alert:' with a name"),
        (one_rule("{alert: , expr: up}"), "f.yml:4:5: neither alert nor record: add 'alert:' with a name"),
        (one_rule("{alert: A, record: r, expr: up}"),
         "f.yml:4:5: both alert 'A' and record 'r': make two rules of it"),
        (one_rule("{alert: [A], expr: up}"), "f.yml:4:13: alert must be text, not a list: quote it"),
        (one_rule("{alert: A, expr: {up: 1}}"), "f.yml:4:22: expr must be text, not a mapping: quote it"),
        (one_rule("{alert: A, expr: up, for: 5 minutes}"),
         "f.yml:4:31: for: '5 minutes' is no duration: write for example 30s, 5m or 1h30m"),
        (one_rule("{alert: A, expr: up, labels: [a]}"),
         "f.yml:4:34: labels must be a mapping of names to texts: write 'name: text' below it"),
        (one_rule("{alert: A, expr: up, labels: {a: [b]}}"),
         "f.yml:4:38: labels.a must be text, not a list: quote it"),
        (one_rule("{alert: A, expr: up, expr: up}"), "f.yml:4:26: the key 'expr' stands twice in a rule: keep one"),
        (one_rule("{alert: A, expr: up, labels: {a: b, a: c}}"),
         "f.yml:4:41: the key 'a' stands twice in labels: keep one"),
        (one_rule("up == 0"), "f.yml:4:5: a rule must be a mapping: begin it with '- alert:' or '- record:'"),
        ("groups: 5\n", "f.yml:1:9: groups must be a list: begin each group with '- name:'"),
        ("groups:\n- a\n", "f.yml:2:3: a group must be a mapping: begin it with '- name:'"),
        ("groups:\n- rules: []\n", "f.yml:2:3: this group has no name: add 'name:'"),
        ("groups:\n- {name: g, rules: {a: b}}\n",
         "f.yml:2:20: rules must be a list: begin each rule with '- alert:' or '- record:'"),
        ("groups:\n- {name: g, interval: soon}\n",
         "f.yml:2:23: interval: 'soon' is no duration: write for example 30s, 5m or 1h30m"),
        ("groups:\n- {name: g, limit: many}\n", "f.yml:2:20: limit must be a whole number"),
        ("groups:\n- {name: g, source_tenants: a}\n", "f.yml:2:29: source_tenants must be a list of names"),
        ("groups: []\ngroups: []\n", "f.yml:2:1: the key 'groups' stands twice in this file: keep one"),
        ("- alert: A\n  expr: up\n", "f.yml:1:1: a rule file is no list: put 'groups:' above it"),
        ("rules:\n- alert: A\n  expr: up\n",
         "f.yml:2:1: these rules are in no group: put them below 'groups:' and '- name:'"),
        (one_rule("{alert: A, expr: up} # promtrim: keep"),
         "f.yml:4:26: a promtrim comment must say what and why: '# promtrim: keep: reason' or "
         "'# promtrim: drop: reason'"),
    ],
)  # fmt: skip
def test_one_mistake(mistakes: Mistakes, text: str, expected: str) -> None:
    assert mistakes(text) == [expected]


def test_all_mistakes_in_the_order_of_the_file(mistakes: Mistakes) -> None:
    text = "groups:\n- rules:\n  - alert: A\n  - expr: up\n    for: x\n- name: ok\n  limit: 1.5\n"
    assert [line.split(":")[1] for line in mistakes(text)] == ["2", "3", "4", "5", "7"]


def test_mistakes_inside_a_config_map_stand_where_the_file_has_them(mistakes: Mistakes) -> None:
    head = "apiVersion: v1\nkind: ConfigMap\ndata:\n"
    literal = head + "  a.yml: |\n    groups:\n    - name: g\n      rules:\n      - alert: A\n"
    assert mistakes(literal) == ["f.yml:8:9: the rule of 'A' has no expr: add one"]
    quoted = head + '  a.yml: "groups:\\n- name: g\\n  rules:\\n  - alert: A\\n"\n'
    assert mistakes(quoted) == ["f.yml:4:45: the rule of 'A' has no expr: add one"]
    broken = head + "  a.yml: |\n    groups:\n    - name: g: h\n"
    assert mistakes(broken)[0].startswith("f.yml:6:14: broken YAML")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (one_rule("{alert: A, expr: up, severity: critical}"), "unknown-field", 4),
        ("groups:\n- name: g\n  every: 1m\n", "unknown-field", 3),
        (one_rule("{record: r, expr: up, for: 5m}"), "invalid-recording-rule", 4),
        ("groups:\n- name: g\n- name: g\n", "duplicate-group", 3),
        (one_rule("{alert: A, expr: up}\n\n# promtrim: keep: nobody"), "unattached-directive", 6),
    ],
)
def test_what_stops_nothing_is_a_problem(text: str, code: str, line: int) -> None:
    (problem,) = read_text(text, "f.yml").problems
    assert (problem.code, problem.line) == (code, line)


def test_numbers_and_words_are_text_as_for_prometheus() -> None:
    (rule,) = read_text(one_rule("{alert: 503, expr: 1, labels: {a: 1.50, b: true, c: ~}}"), "f.yml").rules
    assert (rule.alert, rule.expr, rule.labels) == ("503", "1", {"a": "1.50", "b": "true", "c": ""})
