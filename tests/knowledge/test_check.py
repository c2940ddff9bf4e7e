"""Each kind of mistake in a ruleset is found, with its line; what is right is not."""

from pathlib import Path

import pytest

from promtrim.errors import ErrorGroup, InputError
from promtrim.knowledge.check import check
from promtrim.knowledge.index import shipped
from promtrim.knowledge.written import Written, of_index, parse_written, shipped_written

HEAD = """\
ruleset: shop
title: Shop
technology: shop
kind: workload
sources: {code: {url: "https://example.org/shop"}}
prefixes: [shop_]
options: {orders: true}
metrics:
"""


def written(metrics: str, head: str = HEAD) -> Written:
    return parse_written(head + "".join(f"  {line}\n" for line in metrics.splitlines()), f"{head.split()[1]}.yml")


def found(metrics: str) -> list[str]:
    return [str(finding) for finding in check([written(metrics)])]


RIGHT = """\
shop_orders_total: {type: counter, identity: [state], labels: [state], values: {state: [paid, lost]}}
shop_replicas:
  type: gauge
  range: [0, inf]
  integer: true
  healthy: [1, 9]
  tier: useful
  mode: replication
  source: code
  judge:
    - {shape: ratio, below: 0.1, tier: critical}
    - {shape: ratio, tier: low}
  when:
    - {if: {members: 1}, value: 0, because: there is one, source: "https://example.org/doc"}
    - {if: {option.orders: false}, absent: true, because: nobody orders}
shop_wait_seconds: {type: histogram}
shop_old: {renamed-to: shop_orders_total}
"shop_item_*": {type: gauge}
"""


def test_nothing_is_found_in_what_is_right():
    assert found(RIGHT) == []


@pytest.mark.parametrize(
    ("metrics", "says"),
    [
        ("shop-a: {}", "shop-a: no metric can have this name"),
        ("shop_a_bucket: {type: histogram}", "listed by its base name"),
        ("shop_a: {type: histogram}\nshop_a_count: {}", "shop_a_count: it is a part of the histogram shop_a"),
        ("shop_a: {source: book}", "source is 'book', use an URL or one of: code"),
        ("shop_a: {labels: [x], identity: [y]}", "identity names the label 'y', which labels does not list"),
        ("shop_a: {labels: [x], values: {y: [a]}}", "values names the label 'y', which labels does not list"),
        ("shop_a: {values: {y: [a, a]}}", "values.y is empty or names a value twice"),
        ("shop_a: {range: [2, 1]}", "range [2, 1] is empty"),
        ("shop_a: {range: [0, many]}", "range [0, many] is no interval"),
        ("shop_a: {range: [0, 1], healthy: 2}", "healthy 2 lies outside range [0, 1]"),
        ("shop_a: {when: [{if: {}, value: 0, settles: soon, because: b}]}", "settles: 'soon' is no duration"),
        ("shop_a: {when: [{if: {}, absent: true, settles: 1m, because: b}]}", "settles is for values"),
        ("shop_a: {renamed-to: shop_b}", "renamed to shop_b, of which nothing is known"),
        ("shop_a: {renamed-to: shop_b}\nshop_b: {renamed-to: shop_c}\nshop_c: {}", "shop_b, which was renamed too"),
        ('"shop_**": {}\n"shop_*": {}', "shop_** in shop matches all that this pattern matches"),
    ],
)
def test_a_mistake_in_a_metric(metrics: str, says: str):
    (message,) = found(metrics)
    assert says in message


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("{if: {membrs: 1}, value: 0, because: x}", "unknown condition 'membrs'"),
        ("{if: {members: many}, value: 0, because: x}", "'many' is no count"),
        ("{if: {option.nothing: true}, value: 0, because: x}", "the ruleset has no option 'nothing'"),
        ("{if: {members: 1}, value: 0}", "there is no because"),
        ("{if: {members: 1}, because: x}", "nothing follows"),
        ("{if: {members: 1}, absent: true, value: 0, because: x}", "what is absent has no value"),
        ("{if: {members: 1}, value: 7, because: x}", "value 7 lies outside the metric's range [0, 5]"),
        ("{if: {members: 1}, value: 0.5, because: x}", "value 0.5 is no integer"),
        ("{if: {members: 1}, value: 0, because: x, source: book}", "when[0].source is 'book'"),
        ("{if: {members: 1}, labels: {color: red}, value: 0, because: x}", "the label 'color' is not among labels"),
        ("{if: {members: 1}, labels: {state: paid|stolen}, value: 0, because: x}", "state is never stolen"),
        ("{if: {}, absent: true, because: x}", "absent everywhere, but the metric is present"),
    ],
)
def test_a_mistake_in_a_consequence(when: str, says: str):
    fact = "range: [0, 5], integer: true, present: true, labels: [state], values: {state: [paid, lost]}"
    (message,) = found(f"shop_a: {{{fact}, when: [{when}]}}")
    assert "when[0]" in message
    assert says in message


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ("members: 1}, value: 0", "members: 1}, value: 1", "when[0] says 0 where when[1] says 1"),
        ("members: 1}, absent: true", "members: 1, nodes: 1}, value: 1", "when[0] says absent where when[1] gives values"),
        ("members: 1}, absent: true", "members: 1, nodes: 1}, absent: true", "when[1] says nothing that when[0]"),
        ("members: 1}, range: [0, 1]", "members: 1}, value: 2", "when[0] says [0, 1] where when[1] says 2"),
    ],
)
def test_consequences_that_contradict_each_other(one: str, other: str, says: str):
    (message,) = found(f"shop_a: {{when: [{{if: {{{one}, because: x}}, {{if: {{{other}, because: x}}]}}")
    assert says in message


def test_consequences_of_different_conditions_or_series_do_not():
    assert not found(
        "shop_a: {when: [{if: {members: 1}, value: 0, because: x}, {if: {members: '>1'}, value: 1, because: x},\n"
        "  {if: {nodes: 1}, labels: {a: b}, value: 1, because: x}, {if: {nodes: 1}, labels: {a: c}, value: 0, because: x}]}"
    )


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ("{shape: slope, tier: low}", "there is no shape 'slope'"),
        ("{above: 3, below: 1, tier: low}", "no threshold is both at least 3 and at most 1"),
        ("{shape: value, above: 9, tier: low}", "above 9 lies beyond the range's end 5"),
        ("{shape: value, below: -1, tier: low}", "below -1 lies before the range's begin 0"),
        ("{shape: absent, above: 1, tier: low}", "what is absent has no threshold"),
        ("{labels: {state: '('}, tier: low}", "is no regular expression"),
        ("{labels: {color: red}, tier: low}", "the label 'color' is not among labels"),
        ("{labels: {state: 'z.*'}, tier: low}", "state never fits 'z.*'"),
        ("{shape: rate, tier: low}, {shape: rate, above: 3, tier: critical}", "judge[1] is never reached"),
        ("{tier: low}, {labels: {state: paid}, shape: rate, tier: critical}", "judge[1] is never reached"),
    ],
)
def test_a_judge_entry_that_can_never_fit(entries: str, says: str):
    fact = "range: [0, 5], labels: [state], values: {state: [paid, lost]}, mode: errors"
    (message,) = found(f"shop_a: {{{fact}, judge: [{entries}]}}")
    assert says in message


def test_a_judge_entry_without_mode_never_counts():
    (message,) = found("shop_a: {judge: [{tier: low}]}")
    assert "no tier or no mode" in message


def test_a_finding_knows_its_line():
    (finding,) = check([written("shop_a: {}\nshop_b: {source: book}")])
    assert (finding.file, finding.line, finding.metric) == ("shop.yml", 10, "shop_b")
    assert str(finding).startswith("shop.yml:10: shop_b: source is")


def test_the_same_name_with_two_types_in_two_rulesets():
    other = HEAD.replace("ruleset: shop", "ruleset: store")
    one = written("shop_a: {type: counter}\nshop_b: {}")
    (finding,) = check([one, written("shop_a: {type: gauge}\nshop_b: {type: gauge}", other)])
    assert (finding.file, finding.metric) == ("store.yml", "shop_a")
    assert "a gauge here and a counter in shop" in finding.text


def test_heads():
    head = HEAD.replace("prefixes: [shop_]", "prefixes: []\ncomplete: true").replace('"https://example.org/shop"', "book")
    texts = [str(finding) for finding in check([written("shop_a: {}", head + "")])]
    assert texts == ["shop.yml: complete says nothing without prefixes, add them",
                     "shop.yml: sources.code is 'book', write an URL"]  # fmt: skip


def test_patterns_that_match_nothing_in_use():
    (finding,) = check([written('"shop_item_*": {}\n"shop_cart_*": {type: histogram}')], ["shop_cart_wait_bucket"])
    assert (finding.metric, "matches no metric" in finding.text) == ("shop_item_*", True)


def test_an_exporter_without_cases(tmp_path: Path):
    (finding,) = check([written("shop_a: {}")], cases=str(tmp_path))
    assert "there is no test of this exporter" in finding.text
    (tmp_path / "shop.yml").write_text("")
    assert check([written("shop_a: {}")], cases=str(tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("shop_a: {typ: gauge}", "shop.yml:9:12: unknown key 'typ' in metrics.shop_a, did you mean 'type'?"),
        ("shop_a: {type: dial}", "shop.yml:9:12: metrics.shop_a.type is 'dial', use one of: counter, gauge, "),
        ("shop_a: {range: [0]}", "shop.yml:9:12: metrics.shop_a.range is a list, write an interval such as [0, inf]"),
        ("shop_a: {}\nshop_a: {}", "shop.yml:10:3: the key 'shop_a' stands twice"),
        ("- a", "shop.yml:8:1: metrics is a list, write a mapping"),
    ],
)
def test_what_is_no_ruleset_is_refused_with_its_place(text: str, message: str):
    with pytest.raises(InputError) as raised:
        written(text)
    assert str(raised.value).startswith(message)


def test_several_mistakes_are_told_together():
    with pytest.raises(ErrorGroup) as raised:
        written("shop_a: {typ: gauge}\nshop_b: {range: x}")
    assert len(raised.value.errors) == 2


def test_a_ruleset_stands_in_the_file_of_its_name():
    with pytest.raises(InputError, match="must stand in a file store"):
        parse_written(HEAD.replace("ruleset: shop", "ruleset: store").replace("metrics:", ""), "shop.yml")


def test_an_index_gives_back_the_rulesets_it_was_compiled_from():
    """Without a source tree, as installed from a wheel, rulesets are shown from the index."""
    rulesets = {written.ruleset.ruleset: written.ruleset for written in shipped_written()}
    assert {written.ruleset.ruleset: written.ruleset for written in of_index(shipped())} == rulesets


def test_the_shipped_rulesets(project: Path):
    rulesets = shipped_written()
    assert {Path(each.file).stem for each in rulesets} == {path.stem for path in (project / "rulesets").glob("*.yml")}
    assert [str(each) for each in check(rulesets, cases=str(project / "tests" / "rulesets" / "cases"))] == []
