"""Renamed and misspelt metric names are problems; what nobody can know of is not."""

from pathlib import Path

import pytest

from promtrim.errors import ErrorGroup
from promtrim.knowledge.coverage import coverage
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import lookup, shipped, with_rulesets
from promtrim.knowledge.model import Index
from promtrim.knowledge.names import problems_of
from promtrim.promql.parse import parse
from promtrim.promql.walk import metric_names
from promtrim.rulefile.reading import read_text
from promtrim.topology.model import Topology, Workload

SHOP = """\
ruleset: shop
title: Shop exporter
technology: shop
kind: workload
sources: {code: {url: "https://example.org/shop"}}
prefixes: [shop_]
complete: true
renamed-labels: {shelf_name: shelf}
metrics:
  shop_orders_total: {type: counter}
  shop_order_wait_seconds: {type: histogram}
  shop_carts: {type: gauge}
  shop_baskets: {type: gauge, renamed-to: shop_carts, until: "2.0"}
  shop_wait: {type: histogram, renamed-to: shop_order_wait_seconds}
  "shop_item_*": {}
"""


@pytest.fixture
def index(tmp_path: Path) -> Index:
    path = tmp_path / "shop.yml"
    path.write_text(SHOP)
    return with_rulesets(Index(), [str(path)])


def texts(index: Index, expr: str, recorded: tuple[str, ...] = (), topology: Topology = Topology()) -> list[str]:  # noqa: B008
    file = f"groups: [{{name: g, rules: [{{alert: A, expr: '{expr}'}}]}}]"
    (rule,) = read_text(file, "rules.yml").rules
    found = problems_of(Metrics(index, topology), rule, metric_names(parse(expr)), recorded)
    assert all((each.file, each.alert, each.line) == ("rules.yml", "A", 1) for each in found)
    return [f"{each.code}: {each.text}" for each in found]


@pytest.mark.parametrize(
    "expr",
    [
        "shop_orders_total + rate(shop_order_wait_seconds_bucket[5m]) + shop_item_price",
        "other_metric + shop:recorded:sum + shop_orders_created",
        "shop_order_wait_seconds_created > 0",
    ],
)
def test_nothing_is_said_of_what_is_right_or_unknown(index: Index, expr: str):
    assert texts(index, expr) == []


def test_a_renamed_metric(index: Index):
    (text,) = texts(index, "shop_baskets > 3 or shop_baskets < 1")
    assert text == (
        "renamed-metric: shop_baskets was renamed to shop_carts in version 2.0 of shop: use the new name"
    )


def test_a_part_of_a_renamed_histogram(index: Index):
    (text,) = texts(index, "rate(shop_wait_count[5m]) > 3")
    assert "shop_wait_count was renamed to shop_order_wait_seconds_count in shop" in text


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("shop_orders", "shop_orders_total"),
        ("shop_carts_total", "shop_carts"),
        ("shop_cart", "shop_carts"),
        ("shop_order_wait_second_bucket", "shop_order_wait_seconds_bucket"),
    ],
)
def test_a_misspelt_metric(index: Index, name: str, meant: str):
    (text,) = texts(index, f"{name} > 3")
    assert f"shop exports no metric {name}: it was renamed or is misspelt" in text
    assert text.endswith(f"did you mean {meant}?")


@pytest.mark.parametrize(
    "expr", ['shop_carts{shelf_name="a"} > 3', 'sum by (shelf_name) (rate(shop_orders_total[5m])) > 3']
)
def test_a_renamed_label(index: Index, expr: str):
    (text,) = texts(index, expr.replace('"', '`'))
    assert text == (
        "renamed-label: the label shelf_name of shop was renamed to shelf: use the new name, "
        "unless your relabelling adds the old one"
    )


@pytest.mark.parametrize(
    "expr", ['shop_carts{shelf_name!="a"} > 3', 'sum by (shelf_name) (other_metric) > 3', 'other{shelf_name="a"}']
)
def test_a_label_that_is_not_asked_of_its_metrics(index: Index, expr: str):
    assert texts(index, expr.replace('"', '`')) == []


@pytest.mark.parametrize("name", ["shop_zzzzzz", "shop_basket"])
def test_nothing_near_that_is_still_there(index: Index, name: str):
    (text,) = texts(index, f"{name} > 3")
    assert text.endswith("check its spelling")


def test_names_of_recording_rules_and_of_own_workloads(index: Index):
    own = Topology(workloads={"shop": Workload(metrics=("shop_gifts", "shop_vouchers_"))})
    assert texts(index, "shop_sum > 3", recorded=("shop_sum",)) == []
    assert texts(index, "shop_gifts + shop_vouchers_total", topology=own) == []


def test_an_exporter_that_is_not_listed_in_full_says_nothing(tmp_path: Path):
    path = tmp_path / "shop.yml"
    path.write_text(SHOP.replace("complete: true", "complete: false"))
    assert texts(with_rulesets(Index(), [str(path)]), "shop_orders > 3") == []


def test_a_prefix_of_two_exporters_needs_both_in_full(tmp_path: Path):
    for name, complete in (("shop", "true"), ("store", "false")):
        text = SHOP.replace("ruleset: shop", f"ruleset: {name}").replace("complete: true", f"complete: {complete}")
        text = text.replace("shop_item_*", f"{name}_item_*")
        (tmp_path / f"{name}.yml").write_text(text)
    assert texts(with_rulesets(Index(), [str(tmp_path)]), "shop_orders > 3") == []


def test_own_rulesets_count_before_shipped_ones(tmp_path: Path):
    path = tmp_path / "shop.yml"
    path.write_text(SHOP.replace("shop_carts: {type: gauge}", "shop_carts: {}\n  redis_up: {type: counter}"))
    before = len(lookup(shipped(), "redis_up"))
    index = with_rulesets(shipped(), [str(path)])
    assert [known.ruleset for known in lookup(index, "redis_up")] == ["shop"]
    assert [known.ruleset for known in lookup(index, "redis_connected_clients")] == ["redis_exporter"]
    assert index.heads.keys() - shipped().heads.keys() == {"shop"}
    assert (index.presets, index.words) == (shipped().presets, shipped().words)
    assert len(lookup(shipped(), "redis_up")) == before


def test_an_own_ruleset_may_replace_a_shipped_one(tmp_path: Path):
    path = tmp_path / "redis_exporter.yml"
    path.write_text(SHOP.replace("ruleset: shop", "ruleset: redis_exporter"))
    index = with_rulesets(shipped(), [str(path)])
    assert not lookup(index, "redis_connected_clients")
    assert lookup(index, "shop_carts")
    assert lookup(index, "pg_up")


def test_own_rulesets_are_checked(tmp_path: Path):
    path = tmp_path / "shop.yml"
    path.write_text(SHOP + "  shop_x: {source: book}\n  shop_y: {renamed-to: redis_up}\n  shop_z: {range: [1, 0]}\n")
    with pytest.raises(ErrorGroup) as raised:
        with_rulesets(shipped(), [str(path)])
    assert [(error.file, error.line) for error in raised.value.errors] == [(str(path), 16), (str(path), 18)]


def test_own_rulesets_that_are_not_there(tmp_path: Path):
    with pytest.raises(ErrorGroup, match="there is no such ruleset file"):
        with_rulesets(shipped(), [str(tmp_path / "none.yml")])


def test_no_own_rulesets_change_nothing():
    assert with_rulesets(shipped(), []) is shipped()


RULES = """\
groups:
- name: g
  rules:
  - {record: shop_sum, expr: sum(shop_carts)}
  - {record: 'job:x:sum', expr: sum(shop_unlisted)}
  - {alert: A, expr: 'shop_sum + job:x:sum > sum(rate(shop_orders_total[5m])) + other'}
  - {alert: B, expr: 'shop_carts{a="b"} > '}
  - {alert: C, expr: 'absent(shop_carts) or shop_unlisted > 1'}
"""


def test_coverage(index: Index):
    account = coverage(index, [read_text(RULES, "rules.yml")])
    (shop,) = account.exporters
    assert shop.known == ("shop_carts", "shop_orders_total")
    assert [use.metric for use in shop.unknown] == ["shop_unlisted"]
    assert [(use.metric, use.line) for use in account.unknown] == [("other", 6), ("shop_unlisted", 5)]
    assert (account.known, account.share, account.unreadable) == (2, 0.5, 1)
