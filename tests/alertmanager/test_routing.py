"""Which routes an alert takes, as far as its labels are known; amtool decides where they are known whole."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promtrim.alertmanager.amtool import Amtool
from promtrim.alertmanager.labels import Sender, labels_of, may_be
from promtrim.alertmanager.proof import receivers
from promtrim.alertmanager.reach import ANYBODY, can_inhibit, unreached
from promtrim.alertmanager.routing import fits, having, routes_of
from promtrim.evaluate.labels import EMPTY, Labels
from promtrim.rulefile.model import Rule
from promtrim.stack.alertmanager_config import AlertmanagerConfig, Condition, Route, parse_alertmanager_config
from promtrim.stack.prometheus_config import parse_prometheus_config

VALUES = st.sampled_from(["", "a", "b", "ab", "c1", "A B", 'q"t', "ü"])
NAMES = st.sampled_from(["alertname", "team", "severity"])
CONDITIONS = st.builds(
    Condition, NAMES, st.sampled_from(["=", "!=", "=~", "!~"]), st.sampled_from(["", "a", "a|b", "a.*", ".+", "[ab]+", "(a|c1)"])
)


def _tree(children: st.SearchStrategy[dict[str, object]]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {
            "matchers": st.lists(CONDITIONS, min_size=1, max_size=2),
            "continue": st.booleans(),
            "routes": st.lists(children, max_size=3),
        }
    )


ROUTES = st.recursive(
    st.fixed_dictionaries({"matchers": st.lists(CONDITIONS, min_size=1, max_size=2), "continue": st.booleans()}),
    _tree,
    max_leaves=6,
)
ALERT = st.dictionaries(NAMES, VALUES, max_size=3)


def _config(tree: list[dict[str, object]]) -> str:
    """A configuration whose every route has a receiver of its own."""
    import json

    names = ["root"]

    def route(node: dict[str, object]) -> dict[str, object]:
        names.append(f"r{len(names)}")
        matchers = [f"{c.label}{c.operator}{json.dumps(c.value)}" for c in node["matchers"]]  # type: ignore[attr-defined]
        below = {"receiver": names[-1], "matchers": matchers, "continue": node["continue"]}
        return {**below, "routes": [route(each) for each in node.get("routes", [])]}  # type: ignore[attr-defined]

    root = {"receiver": "root", "routes": [route(each) for each in tree]}
    return json.dumps({"route": root, "receivers": [{"name": name} for name in names]})


def _route(text: str) -> Route:
    root = parse_alertmanager_config(text, "a.yml").route
    assert root is not None
    return root


@settings(max_examples=60)
@given(st.lists(ROUTES, min_size=1, max_size=3), ALERT)
def test_amtool_routes_alike(amtool: str, tree: list[dict[str, object]], labels: dict[str, str]) -> None:
    text = _config(tree)
    with Amtool(amtool, text) as tool:
        expected = tool.receivers(labels)
    if expected is not None:  # amtool reads some values as syntax
        assert receivers(parse_alertmanager_config(text, "a.yml"), labels) == expected


@given(st.lists(ROUTES, min_size=1, max_size=3), ALERT, st.sets(NAMES))
def test_what_is_not_known_only_widens(tree: list[dict[str, object]], labels: dict[str, str], hidden: set[str]) -> None:
    config = parse_alertmanager_config(_config(tree), "a.yml")
    exact = receivers(config, labels)
    every = {name: labels.get(name, "") for name in ("alertname", "team", "severity")}
    known = having({name: None if name in hidden else value for name, value in every.items()}, closed=True)
    reached = routes_of(_route(_config(tree)), known)
    possible = {each.route.receiver for each in reached}
    assert set(exact) <= possible
    assert {each.route.receiver for each in reached if each.certain} <= set(exact)


@given(st.lists(ROUTES, min_size=1, max_size=3), ALERT)
def test_what_nobody_reaches_nobody_reaches(tree: list[dict[str, object]], labels: dict[str, str]) -> None:
    root = _route(_config(tree))
    gone = unreached(root, ANYBODY)
    names = set(receivers(parse_alertmanager_config(_config(tree), "a.yml"), labels))
    for path in gone:
        route = root
        for index in path:
            route = route.routes[index]
        assert route.receiver not in names


SHADOWED = """
route:
  receiver: root
  routes:
    - {matchers: ['team="a"'], receiver: first}
    - {matchers: ['severity="x"', 'team=~"a|b"'], receiver: second}
    - {matchers: ['team=~"a|b"'], receiver: third, routes: [{matchers: ['team="c"'], receiver: never}]}
    - {matchers: ['team="a"'], receiver: shadowed}
    - {matchers: ['team="b"', 'severity="x"'], receiver: hidden}
receivers: [{name: root}, {name: first}, {name: second}, {name: third}, {name: never}, {name: shadowed}, {name: hidden}]
"""


def test_routes_that_no_alert_at_all_can_reach() -> None:
    assert unreached(_route(SHADOWED), ANYBODY) == {(2, 0), (3,), (4,)}


def _inhibiting(text: str) -> AlertmanagerConfig:
    return parse_alertmanager_config(f"route: {{receiver: r}}\nreceivers: [{{name: r}}]\ninhibit_rules:\n{text}", "a.yml")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("  - {source_match: {severity: critical}, target_match: {severity: warning}}", True),
        ("  - {source_match: {severity: critical}, target_match: {severity: warning}, equal: [team]}", True),
        ("  - {source_match: {severity: critical}, target_match: {severity: warning}, equal: [shelf]}", False),
        ("  - {source_match: {severity: critical}, target_match: {severity: info}}", False),
        # What fits both sides is not inhibited by its like.
        ("  - {source_match: {team: a}, target_match_re: {severity: 'critical|warning'}}", False),
        ("  - {source_matchers: ['team=\"a\"'], target_matchers: ['severity=\"critical\"']}", True),
    ],
)
def test_which_inhibition_can_happen(rule: str, expected: bool) -> None:
    config = _inhibiting(rule)
    alerts = [
        having({"severity": "critical", "team": "a", "shelf": "1"}, closed=True),
        having({"severity": "warning", "team": "a", "shelf": "2"}, closed=True),
    ]
    assert can_inhibit(config.inhibitions[0], alerts) is expected


def _rule(labels: dict[str, str]) -> Rule:
    return Rule(0, "r.yml", 1, 1, "g", "A", None, "x > 0", labels, {}, 0.0, 0.0, None)


def test_labels_as_prometheus_sends_them() -> None:
    series = Labels({"team": EMPTY, "pod": EMPTY}, False)
    sender = Sender({"team": "outside", "severity": "outside"})
    found = labels_of(_rule({"severity": "critical", "pod": "{{ $value }}", "gone": ""}), sender, series)
    assert found.get("severity").fixed == "critical"
    assert found.get("team").fixed == "outside"
    assert found.get("gone").fixed == ""
    assert found.get("pod").fixed is None
    assert found.get("alertname").fixed == "A"
    assert found.get("node").fixed == ""


def test_without_a_configuration_any_label_may_be_added() -> None:
    found = labels_of(_rule({}), Sender(known=False), Labels({}, False))
    assert fits((Condition("team", "=", "a"),), found) == "open"


def test_relabelled_labels_are_open() -> None:
    text = """
alerting:
  alert_relabel_configs:
    - {source_labels: [team], target_label: owner, regex: (.*)}
    - {action: labeldrop, regex: severity}
"""
    config = parse_prometheus_config(text, "p.yml")
    found = labels_of(_rule({"severity": "critical", "owner": "a", "team": "b"}), Sender({}, config.alert_relabel))
    assert fits((Condition("owner", "=", "a"),), found) == "open"
    assert fits((Condition("severity", "=", "critical"),), found) == "open"
    assert fits((Condition("severity", "=", "info"),), found) == "no"
    assert fits((Condition("team", "=", "b"),), found) == "yes"


def test_whether_a_running_alert_may_be_of_a_rule() -> None:
    found = labels_of(_rule({"severity": "critical"}), {}, Labels({"pod": EMPTY}, True))
    assert may_be(found, {"alertname": "A", "severity": "critical", "node": "n"})
    assert not may_be(found, {"alertname": "A", "severity": "critical", "pod": "p"})
    assert not may_be(found, {"alertname": "B", "severity": "critical"})


@pytest.mark.parametrize("written", ["severity", "severity==x", 'a="b" c="d"', "="])
def test_what_is_no_matcher_is_said(written: str) -> None:
    text = f"route: {{receiver: r, routes: [{{receiver: r, matchers: ['{written}']}}]}}\nreceivers: [{{name: r}}]"
    config = parse_alertmanager_config(text, "a.yml")
    if written != "severity==x":  # a value may begin with =
        assert [problem.code for problem in config.problems] == ["alertmanager-cannot-start"]


def test_a_matcher_with_several_conditions() -> None:
    text = "route: {receiver: r, routes: [{receiver: r, matchers: ['{a=\"1, 2\", b=~x.*, c!=\"\"}']}]}\nreceivers: [{name: r}]"
    (route,) = _route(text).routes
    assert [(c.label, c.operator, c.value) for c in route.conditions] == [
        ("a", "=", "1, 2"), ("b", "=~", "x.*"), ("c", "!=", ""),
    ]  # fmt: skip
