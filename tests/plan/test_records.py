"""Recording rules: kept while something needs them; what nothing needs is listed, and dropped only where asked."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def chain(rule, recording):
    return [
        recording("job:a:sum", "sum(a)"),
        recording("job:b:sum", "job:a:sum * 2"),
        recording("job:c:sum", "sum(c)"),
        rule("A", "job:b:sum > 5"),
    ]


def test_needed_through_others(planned, chain) -> None:
    plan = planned(chain, drop_unused=True)
    assert plan.kept == ["job:a:sum", "job:b:sum", "A"]
    assert (plan.code("job:b:sum"), plan["job:b:sum"].reason.text) == ("needed-by", "A needs it")
    assert plan["job:a:sum"].reason.text == "job:b:sum needs it"


def test_what_nothing_needs_stays_and_is_listed(planned, chain) -> None:
    plan = planned(chain)
    assert (plan.code("job:c:sum"), plan["job:c:sum"].keep) == ("unused", True)
    assert plan.plan.unused_records == ("job:c:sum",)
    assert "--drop-unused" in plan["job:c:sum"].reason.text


def test_what_only_a_dropped_alert_needs_is_unused(planned, rule, recording) -> None:
    rules = [recording("job:a:sum", "sum(a)"), rule("Never", "job:a:sum > 5 and up > 5")]
    plan = planned(rules, drop_unused=True)
    assert plan.kept == []
    assert plan.code("job:a:sum") == "unused"


def test_every_rule_of_a_name_is_needed(planned, rule, recording) -> None:
    rules = [recording("r:a", "sum(a)"), {**recording("r:a", "sum(b)"), "labels": {"x": "y"}}, rule("A", "r:a > 5")]
    assert planned(rules, drop_unused=True).kept == ["r:a", "r:a", "A"]


def test_a_circle_is_needed_as_a_whole(planned, rule, recording) -> None:
    rules = [recording("r:a", "r:b"), recording("r:b", "r:a"), recording("r:c", "r:c"), rule("A", "r:a > 5")]
    assert planned(rules, drop_unused=True).kept == ["r:a", "r:b", "A"]


def test_what_a_dashboard_shows_stays(planned, chain, tmp_path: Path) -> None:
    dashboard = tmp_path / "shop.json"
    dashboard.write_text('{"panels": [{"targets": [{"expr": "max(job:c:sum{x=\\"1\\"})"}]}]}')
    plan = planned(chain, drop_unused=True, used_by=[str(dashboard)])
    assert plan["job:c:sum"].keep
    assert plan["job:c:sum"].reason.text == f"the dashboard {dashboard} shows it"


def test_what_a_shown_rule_needs_stays_too(planned, recording, tmp_path: Path) -> None:
    dashboard = tmp_path / "shop.json"
    dashboard.write_text('{"panels": [{"targets": [{"expr": "r:b"}]}]}')
    rules = [recording("r:a", "sum(a)"), recording("r:b", "r:a"), recording("r:ab", "r:a")]
    assert planned(rules, drop_unused=True, used_by=[str(dashboard)]).kept == ["r:a", "r:b"]


def test_a_dashboard_that_cannot_be_read_is_an_error(planned, chain, tmp_path: Path) -> None:
    from promtrim.errors import InputError

    with pytest.raises(InputError, match="cannot be read"):
        planned(chain, used_by=[str(tmp_path / "missing.json")])


def test_needed_by_an_expression_that_names_it_in_a_matcher(planned, rule, recording) -> None:
    rules = [recording("r:a", "sum(a)"), rule("A", '{__name__="r:a"} > 5')]
    assert planned(rules, drop_unused=True).kept == ["r:a", "A"]
