"""What a person decides wins, is shown as theirs, and is reported when it matches nothing."""

from __future__ import annotations

import pytest

CANNOT = "up > 5"


def test_keep_wins_over_a_proof(planned, rule) -> None:
    plan = planned([rule("A", CANNOT)], config={"keep": [{"alert": "A", "reason": "the auditors ask for it"}]})
    assert plan.kept == ["A"]
    assert plan["A"].reason.code == "override"
    assert plan["A"].reason.text == "the auditors ask for it"
    assert plan["A"].judged.verdict == "cannot-fire"


def test_drop_wins_over_what_matters(planned, rule) -> None:
    config = {"drop": [{"alert": "Redis*", "reason": "a cache that may fail"}]}
    plan = planned([rule("RedisDown", "redis_up == 0"), rule("A", "x > 5")], config=config)
    assert plan.kept == ["A"]
    assert plan.code("RedisDown") == "override"


def test_keep_wins_over_drop(planned, rule) -> None:
    config = {"drop": [{"alert": "*", "reason": "all"}], "keep": [{"alert": "A", "reason": "not this one"}]}
    assert planned([rule("A", "x > 5"), rule("B", "y > 5")], config=config).kept == ["A"]


def test_by_label(planned, rule) -> None:
    config = {"drop": [{"labels": '{team="b", severity!="critical"}', "reason": "theirs"}]}
    rules = [
        rule("A", "x > 5", team="a", severity="info"),
        rule("B", "y > 5", team="b", severity="info"),
        rule("C", "z > 5", team="b"),
    ]
    assert planned(rules, config=config).kept == ["A", "C"]


def test_by_a_comment(planned) -> None:
    text = """groups:
- name: g
  rules:
  # promtrim: keep: the auditors ask for it
  - alert: A
    expr: up > 5
  # promtrim: drop: nobody reads it
  - alert: B
    expr: redis_up == 0
"""
    plan = planned(text)
    assert plan.kept == ["A"]
    assert (plan["A"].reason.code, plan["A"].reason.text) == ("override", "the auditors ask for it")
    assert (plan["B"].reason.code, plan["B"].reason.text) == ("override", "nobody reads it")


def test_a_comment_counts_before_the_configuration(planned) -> None:
    text = "groups:\n- name: g\n  rules:\n  # promtrim: keep: here\n  - alert: A\n    expr: x > 5\n"
    assert planned(text, config={"drop": [{"alert": "A", "reason": "there"}]}).kept == ["A"]


def test_what_was_dropped_by_hand_stands_in_for_nothing(planned, rule) -> None:
    config = {"drop": [{"alert": "A", "reason": "no"}]}
    plan = planned([rule("A", "x > 5"), rule("B", "x > 5"), rule("C", "x > 9")], config=config)
    assert plan.kept == ["B"]
    assert plan.by("C") == "B"


def test_what_was_kept_by_hand_yields_to_nothing_and_others_yield_to_it(planned, rule) -> None:
    config = {"keep": [{"alert": "B", "reason": "its name is known"}]}
    plan = planned([rule("A", "x > 5"), rule("B", "x > 5")], config=config)
    assert plan.kept == ["B"]
    assert plan.by("A") == "B"


@pytest.mark.parametrize("entry", [{"alert": "Nobody", "reason": "r"}, {"labels": '{team="z"}', "reason": "r"}], ids=str)
@pytest.mark.parametrize("action", ["keep", "drop"])
def test_one_that_matches_nothing_is_reported(planned, rule, action: str, entry: dict) -> None:
    plan = planned([rule("A", "x > 5")], config={action: [entry]})
    (problem,) = plan.plan.problems
    assert problem.code == "override-unmatched"
    assert f"the entry {action}:" in problem.text
    assert problem.file.endswith("promtrim.yml")
    assert problem.line > 0


def test_one_that_matches_is_not(planned, rule) -> None:
    assert planned([rule("A", "x > 5")], config={"keep": [{"alert": "A", "reason": "r"}]}).plan.problems == ()
