"""One rule judged: by its expression and ``for`` alone, with evidence that quotes its own text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

EXPRESSIONS = ("depot_up == 0", "depot_up == 1", "depot_gone > 1", "x > 5", "vector(1)", "depot_used_ratio > 2 and x > 1")
texts = st.text(max_size=30)


@given(
    st.sampled_from(EXPRESSIONS),
    st.fixed_dictionaries(
        {"alert": texts.filter(bool), "group": texts, "annotations": st.dictionaries(texts, texts, max_size=2)}
    ),
    st.integers(0, 99),
)
def test_names_and_annotations_change_no_verdict(rule_judge, make_rule, expr: str, named: dict, line: int) -> None:
    judge = rule_judge({"defaults": {"members": 1, "scraped": True}})
    plain, other = judge.judge(make_rule(expr)).judged, judge.judge(make_rule(expr, line=line, **named)).judged
    for field in ("verdict", "cause", "meaningless", "constant", "because", "components"):
        assert getattr(plain, field) == getattr(other, field)


@given(st.sampled_from(EXPRESSIONS), st.dictionaries(texts, texts, max_size=3))
def test_labels_change_no_verdict(rule_judge, make_rule, expr: str, labels: dict[str, str]) -> None:
    judge = rule_judge()
    assert judge.judge(make_rule(expr)).judged.verdict == judge.judge(make_rule(expr, labels=labels)).judged.verdict


@pytest.mark.parametrize("expr", ["x >", "sum(", "x{a=}", "", "rate(x)", "((((" * 200])
def test_what_cannot_be_read_is_unknown_and_stays_so(rule_judge, make_rule, expr: str) -> None:
    opinion = rule_judge().judge(make_rule(expr))
    assert (opinion.judged.verdict, opinion.judged.cause, opinion.likeness) == ("unknown", None, None)
    assert opinion.judged.because.startswith("its expression cannot be read: ")


def test_a_rule_that_nothing_loads_cannot_fire(rule_judge, make_rule) -> None:
    judged = rule_judge().judge(make_rule("depot_up == 0", loaded=False)).judged
    assert (judged.verdict, judged.cause) == ("cannot-fire", "not-loaded")
    assert (judged.tier, judged.failure_mode, judged.components) == ("critical", "down", ("depot",))


def test_a_recording_rule_is_looked_through(rule_judge, make_rule) -> None:
    judge = rule_judge(records={"job:depot_gone:max": "max(depot_gone)"})
    judged = judge.judge(make_rule("job:depot_gone:max > 5")).judged
    assert (judged.verdict, judged.cause) == ("cannot-fire", "logic")


class TestEvidence:
    def steps(self, rule_judge, make_rule, expr: str, **topology):
        judge = rule_judge(topology)
        return judge.evidence(judge.judge(make_rule(expr)).judged)

    def test_the_smallest_reason_comes_first_and_the_whole_last(self, rule_judge, make_rule) -> None:
        steps = [step for step in self.steps(rule_judge, make_rule, "x > 1 and depot_gone > 5") if step.about == "verdict"]
        assert steps[0].expr == "depot_gone"
        assert "it was given up" in steps[0].because
        assert "https://depot.example" in steps[0].because
        assert (steps[-1].expr, steps[-1].depth) == ("x > 1 and depot_gone > 5", 0)
        assert "never" in steps[-1].result

    def test_it_quotes_what_is_written_where_it_is_written(self, rule_judge, make_rule) -> None:
        expr = 'x   >  1 and depot_gone{ a = "1" } > 5'
        step = self.steps(rule_judge, make_rule, expr)[0]
        assert step.expr == 'depot_gone{ a = "1" }'
        assert (step.line, step.column) == (7, 5 + expr.index("depot_gone"))

    def test_of_two_numbers_that_never_meet(self, rule_judge, make_rule) -> None:
        steps = self.steps(rule_judge, make_rule, "depot_up > 5")
        assert any("depot_up is 0 or 1, so never above 5" in step.because for step in steps)

    def test_an_alert_that_can_fire_has_its_whole_expression(self, rule_judge, make_rule) -> None:
        whole = self.steps(rule_judge, make_rule, "x > 5")[-2]
        assert (whole.expr, whole.result, whole.depth) == ("x > 5", "it can return something", 0)

    def test_it_says_what_the_alert_is_about_and_how_much_that_matters(self, rule_judge, make_rule) -> None:
        about = self.steps(rule_judge, make_rule, "depot_up == 0 and x > 5")[-1]
        assert about.about == "tier"
        assert (about.expr, about.result) == ("depot_up", "critical, failure mode down")

    def test_inside_a_recording_rule_there_is_nothing_to_quote(self, rule_judge, make_rule) -> None:
        judge = rule_judge(records={"r": "depot_gone"})
        steps = judge.evidence(judge.judge(make_rule("r > 5")).judged)
        assert (steps[0].expr, steps[0].line, steps[0].column) == ("", 7, 5)
        assert "it was given up" in steps[0].because

    def test_a_long_chain_is_cut_short_and_keeps_its_reasons(self, rule_judge, make_rule) -> None:
        expr = " or ".join(f'depot_gone{{a="{number}"}} > 5' for number in range(40))
        steps = self.steps(rule_judge, make_rule, expr)
        assert len(steps) < 20
        assert "it was given up" in steps[0].because
