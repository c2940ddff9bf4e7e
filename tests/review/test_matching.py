"""Which rule is which: by meaning, across files, groups and renames."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from promtrim.assemble import Request, plan_and_config
from promtrim.review.matching import matched, named
from tests.review.conftest import rules


def pairs(before: str, after: str) -> dict[str, str]:
    """New name to old one; ``+`` and ``-`` where there is no other. Names may repeat: they get their line."""
    found = {}
    both = []
    for text in (before, after):
        plan, _ = plan_and_config(Request(("-",), "single-node", "relevant", stdin=text, evidence=False))
        both.append(named(plan.rules, str))
    for pair in matched(*both):
        new = pair.after.judged.rule if pair.after else None
        old = pair.before.judged.rule if pair.before else None
        found[_called(new) if new else f"-{_called(old)}"] = _called(old) if old else "+"
    return found


def _called(rule: object) -> str:
    return f"{rule.name}/{rule.labels.get('severity', '')}"  # type: ignore[attr-defined]


def test_one_name_twice_by_severity() -> None:
    before = rules(
        "Slow: x_seconds > 1 | labels: {severity: warning}", "Slow: x_seconds > 2 | labels: {severity: critical}"
    )
    after = rules(
        "Slow: x_seconds > 2 | labels: {severity: warning}", "Slow: x_seconds > 4 | labels: {severity: critical}"
    )
    assert pairs(before, after) == {"Slow/warning": "Slow/warning", "Slow/critical": "Slow/critical"}


def test_a_renamed_alert_keeps_its_meaning() -> None:
    assert pairs(rules("A: sum(x) > 1", "B: y > 2"), rules("B: y > 2", "C: (sum by () (x)) > 1")) == {"B/": "B/", "C/": "A/"}


def test_a_name_that_is_used_for_something_else_is_no_match_for_the_meaning() -> None:
    before = rules("A: node_load1 > 5 | labels: {severity: page}")
    after = rules(
        "A: absent(mysql_up) | labels: {severity: page}", "Load: node_load1 > 5 | labels: {severity: page}"
    )
    assert pairs(before, after) == {"A/page": "+", "Load/page": "A/page"}


def test_renamed_and_changed_in_its_numbers() -> None:
    assert pairs(rules("DiskFull: disk_free < 5"), rules("DiskAlmostFull: disk_free < 8")) == {"DiskAlmostFull/": "DiskFull/"}


def test_an_alert_and_a_recording_rule_of_one_name_are_two() -> None:
    assert pairs(rules("a:b: sum(x)"), "groups: [{name: g, rules: [{alert: 'a:b', expr: sum(x)}]}]") == {
        "a:b/": "+",
        "-a:b/": "a:b/",
    }


NAMES = st.sampled_from(["A", "B", "C", "rec:x"])
EXPRESSIONS = st.sampled_from(["x > 1", "x > 2", "sum(y) > 1", "z", "up == 0", "(x) > 1"])
ENTRIES = st.lists(st.tuples(NAMES, EXPRESSIONS, st.sampled_from(["", " | labels: {severity: page}"])), max_size=8)


@given(ENTRIES, ENTRIES)
def test_every_rule_is_in_exactly_one_pair(before: list[tuple[str, str, str]], after: list[tuple[str, str, str]]) -> None:
    both = []
    for entries in (before, after):
        text = rules(*(f"{name}: {expr}{more}" for name, expr, more in entries)) if entries else "groups: []\n"
        plan, _ = plan_and_config(Request(("-",), "single-node", "relevant", stdin=text, evidence=False))
        both.append(named(plan.rules, str))
    found = matched(*both)
    old = sorted(pair.before.judged.rule.id for pair in found if pair.before)
    new = sorted(pair.after.judged.rule.id for pair in found if pair.after)
    assert old == list(range(len(before)))
    assert new == list(range(len(after)))
    kinds = {(bool(pair.before.judged.rule.alert), bool(pair.after.judged.rule.alert)) for pair in found if pair.before and pair.after}
    assert kinds <= {(True, True), (False, False)}


@given(ENTRIES)
def test_rules_that_did_not_change_are_matched_with_themselves(entries: list[tuple[str, str, str]]) -> None:
    text = rules(*(f"{name}: {expr}{more}" for name, expr, more in entries)) if entries else "groups: []\n"
    plan, _ = plan_and_config(Request(("-",), "single-node", "relevant", stdin=text, evidence=False))
    found = matched(named(plan.rules, str), named(plan.rules, str))
    assert all(
        pair.before and pair.after and pair.before.judged.rule.name == pair.after.judged.rule.name for pair in found
    )
