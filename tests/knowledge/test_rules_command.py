"""``promtrim rules`` as a user runs it."""

import json
from pathlib import Path

SHOP = """\
ruleset: shop
title: Shop
technology: shop
kind: workload
sources: {code: {url: "https://example.org/shop"}}
prefixes: [shop_]
metrics:
  shop_carts: {type: gauge, identity: [], when: [{if: {nodes: 1}, value: 1, because: one cart for one node}]}
  "shop_item_*": {}
"""
RULES = "groups: [{name: g, rules: [{alert: A, expr: shop_carts + redis_up + shop_unlisted > 1}]}]\n"


def test_check_finds_a_mistake_and_exits_1(promtrim, tmp_path: Path):
    path = tmp_path / "shop.yml"
    path.write_text(SHOP)
    assert promtrim("rules", "check", "--ruleset", path).returncode == 0
    (tmp_path / "rules.yml").write_text(RULES)
    run = promtrim("rules", "check", "--ruleset", path, "rules.yml")
    assert run.returncode == 1
    assert run.stdout.decode() == (
        f"{path}:9: shop_item_*: the pattern matches no metric in these rule files, correct or remove it\n"
    )
    found = json.loads(promtrim("rules", "check", "--ruleset", path, "rules.yml", "--format", "json").stdout)
    assert found == [{"file": str(path), "line": 9, "metric": "shop_item_*", "text": found[0]["text"]}]


def test_check_refuses_what_is_no_ruleset(promtrim, tmp_path: Path):
    path = tmp_path / "shop.yml"
    path.write_text(SHOP.replace("gauge", "dial"))
    run = promtrim("rules", "check", "--ruleset", path)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().startswith(f"{path}:8:16: metrics.shop_carts.type is 'dial', use one of: ")


def test_list(promtrim, project: Path):
    names = sorted(path.stem for path in (project / "rulesets").glob("*.yml"))
    lines = promtrim("rules", "list").stdout.decode().splitlines()
    assert [line.split()[0] for line in lines] == ["RULESET", *names]
    assert [each["ruleset"] for each in json.loads(promtrim("rules", "list", "--format", "json").stdout)] == names


def test_own_rulesets_of_the_settings_are_listed_and_shown(promtrim, tmp_path: Path):
    (tmp_path / "shop.yml").write_text(SHOP)
    (tmp_path / "promtrim.yml").write_text("rulesets: [shop.yml]\n")
    assert "shop " in promtrim("rules", "list").stdout.decode()
    text = promtrim("rules", "show", "shop").stdout.decode()
    assert "    -> is always 1: one cart for one node [code; if nodes: 1]\n" in text
    assert "  shop_carts: gauge; one per target; [code]\n" in text
    assert "one cart" not in promtrim("rules", "show", "shop", "--topology", "ha-cluster").stdout.decode()
    shown = json.loads(promtrim("rules", "show", "shop", "--format", "json").stdout)
    assert shown["ruleset"]["metrics"]["shop_carts"]["when"][0]["value"] == 1
    assert [each["what"] for each in shown["holds"]] == ["is always 1"]


def test_show_of_an_unknown_exporter_proposes_one(promtrim):
    run = promtrim("rules", "show", "redis")
    assert run.returncode == 2
    assert run.stderr.decode() == (
        "promtrim: there is no ruleset 'redis', did you mean redis_exporter?; see promtrim rules list\n"
    )


def test_coverage(promtrim, tmp_path: Path):
    (tmp_path / "shop.yml").write_text(SHOP)
    (tmp_path / "promtrim.yml").write_text("rulesets: [shop.yml]\n")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yml").write_text(RULES)
    text = promtrim("rules", "coverage", "rules").stdout.decode()
    assert [line.split() for line in text.splitlines()[1:4]] == [
        ["redis_exporter", "1", "0", "100%"], ["shop", "1", "1", "50%"], ["all", "2", "1", "67%"],
    ]  # fmt: skip
    assert text.endswith("Metrics without a fact\n  shop_unlisted  rules/rules.yml:1\n")
    account = json.loads(promtrim("rules", "coverage", "rules", "--format", "json").stdout)
    assert (account["known"], round(account["share"], 2), account["exporters"][1]["share"]) == (2, 0.67, 0.5)


def test_a_call_without_a_command(promtrim):
    run = promtrim("rules")
    assert (run.returncode, run.stderr) == (2, b"promtrim rules: Missing command; see promtrim rules --help\n")
