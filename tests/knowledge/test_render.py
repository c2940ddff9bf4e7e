"""The pages in docs/exporters are what the rulesets say."""

from pathlib import Path

from promtrim.knowledge.render import main, page, write
from promtrim.knowledge.written import parse_written
from promtrim.topology.model import Defaults, Topology

SHOP = """\
ruleset: shop
title: Shop <exporter>
technology: shop
kind: workload
sources: {code: {url: "https://example.org/shop"}, doc: {url: "https://example.org/doc", note: a | b}}
metrics:
  shop_up: {type: gauge, unit: boolean, range: [0, 1], identity: [], tier: critical, mode: down}
  shop_followers:
    type: gauge
    judge: [{above: 3, tier: low, mode: scaling}]
    when:
      - {if: {members: 1}, labels: {kind: a|b}, value: 0, because: it is alone, source: doc}
      - {if: {members: ">1"}, healthy: [1, 9], because: they follow}
      - {if: {}, labels: {kind: c}, absent: true, because: never made}
  shop_leaders: {when: [{if: {members: 1}, labels: {kind: a|b}, value: 0, because: it is alone, source: doc}]}
  shop_old: {renamed-to: shop_up, until: "2.0"}
"""


def shop() -> str:
    topology = Topology(defaults=Defaults(members=1, mode="standalone"))
    return page(parse_written(SHOP, "shop.yml").ruleset, topology)


def test_a_page_says_what_holds_and_why():
    text = shop()
    one, rest = text.split("## On one node")[1].split("## Everywhere")
    everywhere, other = rest.split("## Under other conditions")
    assert '| `shop_followers{kind=~"a\\|b"}`, `shop_leaders{kind=~"a\\|b"}` | is always 0 | `members: 1` |' in one
    assert "| it is alone | [doc] |" in one
    assert '| `shop_followers{kind="c"}` | does not exist |  | never made | [code] |' in everywhere
    assert "| reads [1, 9] while all is well | `members: >1` |" in other.split("## Metrics")[0].replace("&gt;", ">")
    assert "| `shop_up` | gauge boolean | [0, 1] | one per target | critical down | [code] |" in text
    assert "| `shop_followers` | `above 3` | low scaling |  |" in text
    assert "| `shop_old` | `shop_up` | 2.0 |" in text
    assert "[doc]: https://example.org/doc" in text


def test_what_follows_for_several_metrics_is_one_row():
    assert shop().count("it is alone") == 1


def test_the_pages_are_up_to_date(project: Path):
    assert write(project / "docs" / "exporters", check=True) == [], "run make exporters"


def test_pages_that_differ_are_told_and_mended(tmp_path: Path, capsys):
    assert main([str(tmp_path)]) == 0
    assert main([str(tmp_path), "--check"]) == 0
    (tmp_path / "redis_exporter.md").write_text("old")
    (tmp_path / "gone_exporter.md").write_text("old")
    capsys.readouterr()
    assert main([str(tmp_path), "--check"]) == 1
    assert "gone_exporter.md: differs" in capsys.readouterr().out
    assert (tmp_path / "gone_exporter.md").exists()
    assert main([str(tmp_path)]) == 0
    assert not (tmp_path / "gone_exporter.md").exists()
    assert main([str(tmp_path), "--check"]) == 0
