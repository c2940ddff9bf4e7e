"""The whole way of alerts through two stacks."""

from __future__ import annotations

import pytest

from promtrim.topology.model import ExternalCheck, Topology
from tests.path.conftest import RULES, Follow, Followed


def marks(followed: Followed, alert: str) -> dict[str, str]:
    return {link.name: link.mark for link in followed.way(alert).links}


def test_a_stack_without_faults_has_alerts_that_reach_somebody(stack: Follow) -> None:
    followed = stack()
    assert marks(followed, "Gone") == {
        "target": "ok", "scrape": "ok", "series": "ok", "rule": "ok", "evaluation": "ok", "alertmanager": "ok",
        "route": "ok", "receiver": "ok",
    }  # fmt: skip
    assert followed.codes() == ["no-constant-alert"]


def test_bakery(bakery: Followed) -> None:
    assert marks(bakery, "ShopGone")["scrape"] == "ok"
    assert marks(bakery, "ShopSlow")["rule"] == "broken"
    assert marks(bakery, "OrdersGone")["scrape"] == "broken"
    assert bakery.link("VanGone", "scrape").text == "no scrape job is named 'van'"
    assert bakery.link("VanGone", "scrape").file.endswith("prometheus.yml")
    assert marks(bakery, "DoughLow")["receiver"] == "ok"
    assert [text.split(",")[0].split("bakery/")[-1] for text in bakery.texts("dead-target")] == [
        "the job orders scrapes orders:5432"
    ]
    (twice,) = bakery.texts("scraped-twice")
    assert "shop is scraped twice, by the jobs shop (" in twice


def test_verdicts_of_the_bakery(bakery: Followed) -> None:
    causes = {each.judged.rule.name: each.judged.cause for each in bakery.plan.rules}
    assert causes == {
        "ShopSlow": "not-loaded", "ShopGone": None, "OrdersGone": "not-scraped", "VanGone": "not-scraped", "DoughLow": None,
    }  # fmt: skip


def test_rules_that_are_not_loaded_are_decided_as_if_they_were(bakery: Followed) -> None:
    decided = bakery.rule("ShopSlow")
    assert decided.judged.verdict == "cannot-fire"
    assert decided.keep
    assert decided.reason.text.endswith("once Prometheus loads it")


def test_library(library: Followed) -> None:
    assert library.link("CatalogueGone", "scrape").mark == "broken"
    assert "only-the-door" in library.link("CatalogueGone", "scrape").text
    assert library.rule("CatalogueGone").judged.verdict == "can-fire"  # no verdict rests on a policy
    assert "lending-desk finds no target" in library.link("DeskGone", "scrape").text
    assert library.rule("PodStuck").judged.verdict == "can-fire"  # an add-on that manifests need not show
    assert library.link("CatalogueGone", "receiver").mark == "broken"
    assert library.link("StillThere", "receiver").mark == "ok"
    assert "no-constant-alert" not in library.codes()


def test_blind_spots_name_file_and_line(library: Followed) -> None:
    spots = {spot.component: spot for spot in library.plan.blind_spots}
    assert set(spots) == {"monitoring", "lending-desk", "reader"}
    assert "prometheus.yml:12" in spots["lending-desk"].text
    assert spots["monitoring"].alerts == ("CatalogueGone", "PodStuck")
    assert "alertmanager.yml:9" in spots["monitoring"].text


def test_an_external_check_of_the_machine_counts(stack: Follow) -> None:
    assert "no-constant-alert" in stack().codes()
    checked = Topology(external_checks=(ExternalCheck("prometheus"),))
    assert "no-constant-alert" not in stack(topology=checked).codes()


def test_an_expression_that_cannot_be_read(stack: Follow) -> None:
    followed = stack(rules="groups: [{name: g, rules: [{alert: Odd, expr: 'sum('}]}]\n")
    assert followed.link("Odd", "evaluation").mark == "broken"


@pytest.mark.parametrize(
    ("expression", "marks"),
    [
        ('up{job="gone"} == 0', ("open", "broken")),
        ('up{job="gone"} == 0 or up{job="app"} == 0', ("ok", "ok")),
        ('absent(up{job="gone"})', ("ok", "ok")),
        ('up{job="app"} == 0 and on () up{job="gone"} == 0', ("open", "broken")),
    ],
)
def test_one_of_two_alternatives_is_enough(stack: Follow, expression: str, marks: tuple[str, str]) -> None:
    followed = stack(rules=RULES.replace('up{job="app"} == 0', expression))
    assert (followed.link("Gone", "target").mark, followed.link("Gone", "scrape").mark) == marks
