"""The comparison itself: each kind of wrong fact is found in an answer that contradicts it, and right facts are not."""

from __future__ import annotations

import against
import pytest
from exposition import parse

from promtrim.knowledge.compile import build
from promtrim.knowledge.index import shipped
from promtrim.knowledge.model import Index
from promtrim.knowledge.written import parse_written

SHOP = """\
ruleset: shop
title: Shop
technology: shop
kind: datastore
sources: {code: {url: "https://example.org/shop"}}
prefixes: [shop_]
target: {per: member}
options: {gifts: false}
metrics:
  shop_up: {type: gauge, range: [0, 1], integer: true, identity: [], healthy: 1, present: true, mode: down}
  shop_orders_total: {type: counter, labels: [state], identity: [state], values: {state: [paid, lost]}, present: true}
  shop_wait_seconds: {type: histogram, identity: [], present: true}
  shop_followers: {type: gauge, when: [{if: {members: 1}, value: 0, because: it is alone}]}
  shop_leader: {type: gauge, when: [{if: {members: 1}, absent: true, because: it is alone}]}
  shop_gifts: {type: gauge, present: true, when: [{if: {option.gifts: false}, absent: true, because: no gifts}]}
  shop_old: {type: gauge, renamed-to: shop_up, until: "2.0"}
"""

RIGHT = """\
# TYPE shop_up gauge
shop_up 1
# TYPE shop_orders_total counter
shop_orders_total{state="paid"} 3
shop_orders_total{state="lost"} 0
# TYPE shop_wait_seconds histogram
shop_wait_seconds_bucket{le="1"} 1
shop_wait_seconds_bucket{le="+Inf"} 2
shop_wait_seconds_sum 3.5
shop_wait_seconds_count 2
# TYPE shop_followers gauge
shop_followers 0
# TYPE shop_old gauge
shop_old 1
# TYPE shop_new gauge
shop_new{name="a \\"b\\", c"} NaN
"""


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch) -> None:
    index = build([parse_written(SHOP, "shop.yml").ruleset])
    monkeypatch.setattr(against, "only", lambda ruleset: index)


def compare(text: str, **options: bool) -> against.Report:
    return against.compare([parse(text)], "shop", tuple(options.items()))


def test_right_facts() -> None:
    report = compare(RIGHT)
    assert report.wrong == []
    assert report.unlisted == {"shop_new"}
    assert report.checked == {"shop_up", "shop_orders_total", "shop_wait_seconds", "shop_followers", "shop_old"}


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("shop_up gauge", "shop_up counter", "shop_up: the exporter says counter, the ruleset gauge"),
        ("shop_up 1", "shop_up 0", "is not healthy"),
        ("shop_up 1", "shop_up 2", "2 of {} is not possible"),
        ("shop_up 1", "shop_up 0.5", "0.5 of {} is not possible"),
        ("shop_up 1", "shop_up NaN", "nan of {} is not possible"),
        ("shop_up 1", "", "shop_up: said to be present, but does not exist"),
        ("shop_up 1", 'shop_up{a="b"} 1\nshop_up{a="c"} 1', "2 series for {}, identity is []"),
        ('{state="lost"} 0', '{state="lost"} -1', "-1 of {'state': 'lost'} is not possible"),
        ('{state="lost"} 0', '{state="stolen"} 0', "state is 'stolen', which is not listed"),
        ('shop_orders_total{state="lost"} 0', "", "shop_orders_total: state='lost' is said to be present"),
        ('{state="lost"} 0', '{state="lost",by="x"} 0', "has the labels ['by'], which are not listed"),
        ("shop_wait_seconds_count 2", "", "shop_wait_seconds_count: said to be present"),
        ("shop_wait_seconds_sum 3.5", 'shop_wait_seconds_sum 1\nshop_wait_seconds_sum{a="b"} 1', "2 series for {}"),
        ("shop_followers 0", "shop_followers 1", "1 of {} is not possible"),
        ("shop_followers 0", "shop_leader 1", "shop_leader: exists, although 'it is alone'"),
        ("shop_followers 0", "shop_gifts 1", "shop_gifts: exists, although 'no gifts'"),
    ],
)
def test_wrong_facts(right: str, wrong: str, says: str) -> None:
    assert right in RIGHT
    assert any(says in text for text in compare(RIGHT.replace(right, wrong)).wrong)


def test_options_that_are_on() -> None:
    assert compare(RIGHT, gifts=True).wrong == ["shop_gifts: said to be present, but does not exist"]
    assert compare(RIGHT + "shop_gifts 1\n", gifts=True).wrong == []


def test_what_is_present_may_be_in_any_of_several_answers() -> None:
    lines = RIGHT.splitlines()
    halves = ["\n".join(lines[:2]), "\n".join(lines[2:])]
    assert against.compare([parse(half) for half in halves], "shop").wrong == []


@pytest.mark.parametrize(
    ("right", "dead", "says"),
    [
        ("shop_up 1", "shop_up 0", []),
        ("shop_up 1", "", []),
        ("shop_up 1", "shop_up 1", ["shop_up: 1 of {}, although the server does not run"]),
        ("shop_up 1\n", "shop_up 2\n", ["shop_up: 2 of {} is not possible"]),
    ],
)
def test_answers_about_a_dead_server(right: str, dead: str, says: list[str]) -> None:
    wrong = against.compare([parse(RIGHT.replace(right, dead))], "shop", dead=True).wrong
    assert [text.partition(": Range")[0] for text in wrong] == says


def test_only_takes_one_ruleset_of_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    index: Index = against.only("redis_exporter")
    assert set(index.heads) == {"redis_exporter"}
    owners = {each.ruleset for entries in index.exact.values() for each in entries}
    assert owners == {"redis_exporter"}
    assert 0 < len(index.exact) < len(shipped().exact)
