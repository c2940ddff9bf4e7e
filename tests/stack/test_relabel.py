"""Relabelling over labels that are known, missing, or known at run time only."""

import pytest

from promtrim.stack.relabel import UNKNOWN, Dropped, Kept, read_rules, relabel
from promtrim.yamltext.located import read_one


def send(labels, rules):
    parsed, wrong = read_rules(read_one(rules, "p.yml"))
    assert not wrong
    return relabel(labels, parsed)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{source_labels: [a], target_label: x}", {"a": "1", "b": "two", "x": "1"}),
        ("{source_labels: [a, b], target_label: x}", {"a": "1", "b": "two", "x": "1;two"}),
        ("{source_labels: [a, b], separator: '', target_label: x}", {"a": "1", "b": "two", "x": "1two"}),
        (
            "{source_labels: [b], regex: 't(.)o', target_label: x, replacement: '${1}-$$'}",
            {"a": "1", "b": "two", "x": "w-$"},
        ),
        ("{source_labels: [b], regex: 'w', target_label: x}", {"a": "1", "b": "two"}),
        ("{target_label: x, replacement: fixed}", {"a": "1", "b": "two", "x": "fixed"}),
        ("{target_label: a, replacement: ''}", {"b": "two"}),
        ("{action: labelmap, regex: '(b)', replacement: 'new_$1'}", {"a": "1", "b": "two", "new_b": "two"}),
        ("{action: labeldrop, regex: 'a'}", {"b": "two"}),
        ("{action: labelkeep, regex: 'a'}", {"a": "1"}),
        ("{action: uppercase, source_labels: [b], target_label: b}", {"a": "1", "b": "TWO"}),
        ("{action: keep, source_labels: [b], regex: 'two|three'}", {"a": "1", "b": "two"}),
        ("{action: drop, source_labels: [b], regex: 'three'}", {"a": "1", "b": "two"}),
        ("{action: keepequal, source_labels: [a], target_label: a}", {"a": "1", "b": "two"}),
    ],
)
def test_known_labels(rule, expected):
    assert send({"a": "1", "b": "two"}, f"[{rule}]") == Kept(expected, True)


@pytest.mark.parametrize(
    "rule",
    ["{action: keep, source_labels: [b], regex: 'tw'}", "{action: drop, source_labels: [b], regex: 't.*'}",
     "{action: keep, source_labels: [none], regex: '.+'}", "{action: dropequal, source_labels: [a], target_label: a}"],
)  # fmt: skip
def test_dropped(rule):
    result = send({"a": "1", "b": "two"}, f"[{rule}]")
    assert isinstance(result, Dropped)
    assert result.rule.place.line == 1


@pytest.mark.parametrize(
    ("regex", "certain"), [("web", False), (".+", True), ("(.*)", True), ("10\\..*", False), ("[a-z]+.*", False)]
)
def test_what_is_not_known_may_pass_or_not(regex, certain):
    result = send({"ip": UNKNOWN}, f"[{{action: keep, source_labels: [ip], regex: '{regex}'}}]")
    assert result == Kept({"ip": UNKNOWN}, certain)


def test_an_unknown_address_keeps_its_port():
    rule = (
        "[{source_labels: [__address__, port], regex: '([^:]+)(?::\\d+)?;(\\d+)',"
        " replacement: '$1:$2', target_label: __address__}]"
    )
    result = send({"__address__": f"{UNKNOWN}:80", "port": "9121"}, rule)
    assert result.labels["__address__"] == f"{UNKNOWN}:9121"


def test_what_cannot_be_worked_out_is_unknown():
    rule = "[{source_labels: [a], regex: 'x(.*)', target_label: job}]"
    assert send({"a": UNKNOWN}, rule).labels["job"] == UNKNOWN
    assert send({"a": "1"}, "[{action: hashmod, source_labels: [a], modulus: 4, target_label: h}]").labels["h"] == UNKNOWN


@pytest.mark.parametrize("rule", ["{action: keep, regex: '['}", "{action: hold}"])
def test_rules_with_which_prometheus_does_not_start(rule):
    rules, ((said, place),) = read_rules(read_one(f"[{rule}]", "p.yml"))
    assert not rules
    assert "does not start" in said
    assert place.line == 1


class TestExpressionsOfStrangers:
    """What could take Python for ever, or what RE2 reads differently, is not matched: what it does is not known."""

    @pytest.mark.parametrize("regex", ["(a+)+b", r"\\pL+", "(a|a)*b", "x" * 501])
    def test_they_decide_nothing(self, regex):
        labels = {"a": "a" * 40 + "!"}
        kept = send(labels, f"[{{action: keep, source_labels: [a], regex: '{regex}'}}]")
        assert kept == Kept(labels, certain=False)
        replaced = send(labels, f"[{{source_labels: [a], regex: '{regex}', target_label: x}}]")
        assert isinstance(replaced, Kept)
        assert replaced.labels["x"] == UNKNOWN
        assert send(labels, f"[{{action: labeldrop, regex: '{regex}'}}]") == Kept(labels, certain=False)

    def test_a_long_value_is_not_matched(self):
        labels = {"a": "a" * 501}
        assert send(labels, "[{action: drop, source_labels: [a], regex: 'b.*'}]") == Kept(labels, certain=False)
