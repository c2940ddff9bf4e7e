"""What is shown for which rules: one panel per signal, limits with their direction, words, tiles, choices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from promtrim.dashboards.building.model import BAD, CLEAR, GOOD, WARNING
from tests.dashboards.conftest import Build

Json = dict[str, Any]


def panel(dashboard: Json, title: str) -> Json:
    found = [each for each in dashboard["panels"] if each["title"] == title]
    assert len(found) == 1, (title, [each["title"] for each in dashboard["panels"]])
    return dict(found[0])


def defaults(one: Json) -> Json:
    return dict(one["fieldConfig"]["defaults"])


def steps(one: Json) -> list[tuple[float | None, str]]:
    return [(each["value"], each["color"]) for each in defaults(one)["thresholds"]["steps"]]


def queries(one: Json) -> list[str]:
    return [target["expr"] for target in one["targets"]]


def states(one: Json) -> dict[str, str]:
    return {value: each["text"] for value, each in defaults(one)["mappings"][0]["options"].items()}


def rule(name: str, expr: str, severity: str = "critical", **more: Any) -> Json:
    return {"alert": name, "expr": expr, "labels": {"severity": severity}, **more}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("> 5", [(None, CLEAR), (5.0, BAD)]),
        (">= 5", [(None, CLEAR), (5.0, BAD)]),
        ("< 5", [(None, BAD), (5.0, CLEAR)]),
        ("<= 5", [(None, BAD), (5.0, CLEAR)]),
    ],
)
def test_the_region_lies_where_the_operator_says(build: Build, condition: str, expected: list[Any]) -> None:
    one = panel(build(rule("A", f"shop_orders_open {condition}")), "A")
    assert steps(one) == expected
    assert defaults(one)["custom"]["thresholdsStyle"]["mode"] == "line+area"
    assert queries(one) == ['shop_orders_open{job=~"$job", instance=~"$instance"}']


def test_a_number_at_the_left_is_turned_round(build: Build) -> None:
    assert steps(panel(build(rule("A", "5 > shop_orders_open")), "A")) == [(None, BAD), (5.0, CLEAR)]


@pytest.mark.parametrize("op", ["==", "!="])
def test_one_value_is_a_line_without_a_region(build: Build, op: str) -> None:
    one = panel(build(rule("A", f"shop_orders_open {op} 5", "warning")), "A")
    assert steps(one) == [(None, CLEAR), (5.0, WARNING)]
    assert defaults(one)["custom"]["thresholdsStyle"]["mode"] == "line"


def test_both_ends_of_a_chain(build: Build) -> None:
    one = panel(build(rule("A", "10 < shop_orders_open < 20")), "A")
    assert steps(one) == [(None, CLEAR), (10.0, BAD), (20.0, CLEAR)]


def test_outside_of_two_limits(build: Build) -> None:
    one = panel(build(rule("A", "shop_orders_open < 10 or shop_orders_open > 20")), "A")
    assert steps(one) == [(None, BAD), (10.0, CLEAR), (20.0, BAD)]


def test_a_mild_and_a_severe_limit_share_a_panel(build: Build) -> None:
    one = panel(build(rule("Mild", "shop_orders_open > 10", "warning"), rule("Severe", "shop_orders_open > 20")), "Severe, Mild")
    assert steps(one) == [(None, CLEAR), (10.0, WARNING), (20.0, BAD)]
    assert one["description"].index("Severe") < one["description"].index("Mild")


def test_a_limit_that_is_a_series_is_drawn_dashed(build: Build) -> None:
    one = panel(build(rule("A", "sum by (queue) (shop_waiting) > on (queue) 0.8 * sum by (queue) (shop_room)")), "A")
    assert queries(one) == ["sum by (queue) (shop_waiting)", "0.8 * sum by (queue) (shop_room)"]
    assert [target["legendFormat"] for target in one["targets"]] == ["{{queue}}", "fires above: {{queue}}"]
    (override,) = one["fieldConfig"]["overrides"]
    assert override["matcher"] == {"id": "byFrameRefID", "options": "B"}
    assert override["properties"][0]["value"]["fill"] == "dash"


def test_joined_conditions_are_shown_as_their_parts(build: Build) -> None:
    dashboard = build(rule("A", "shop_orders_open > 5 and on () shop_staff < 2 unless on () shop_closed == 1"))
    assert steps(panel(dashboard, "A · only while")) == [(None, BAD), (2.0, CLEAR)]
    held_back = panel(dashboard, "A · unless")
    assert queries(held_back)[0].startswith("shop_closed")
    assert BAD not in [color for _, color in steps(held_back)]


def test_what_is_asked_of_absent_series_is_whether_they_are_there(build: Build) -> None:
    one = panel(build(rule("A", 'absent(up{job="shop"})')), "A")
    assert one["type"] == "state-timeline"
    assert queries(one) == ['count(up{job="shop"}) > bool 0 or vector(0)']
    assert states(one) == {"0": "missing", "1": "there"}
    over_time = panel(build(rule("B", "absent_over_time(shop_sold[10m])")), "B")
    assert queries(over_time) == ["count(present_over_time(shop_sold[10m])) > bool 0 or vector(0)"]


def test_an_alert_that_always_fires_shows_that_it_does(build: Build) -> None:
    dashboard = build(rule("Alive", "vector(1)", "none"), rule("A", "up == 0"))
    one = panel(dashboard, "Alive")
    assert one["type"] == "stat"
    assert queries(one) == ['max(ALERTS{alertstate="firing", alertname="Alive"})']
    assert states(one) == {"1": "fires, as it should"}
    assert "silent" in defaults(one)["noValue"]
    assert 'alertname!~"Alive"' in queries(panel(dashboard, "Firing now"))[0]


def test_an_expression_that_nobody_can_read_shows_the_alert(build: Build) -> None:
    one = panel(build(rule("A", "some new syntax { of tomorrow")), "A")
    assert queries(one) == ['ALERTS{alertstate="firing", alertname="A"}']


def test_a_state_says_what_it_means(build: Build) -> None:
    one = panel(build(rule("A", 'up{job="shop"} == 0')), "A")
    assert one["type"] == "state-timeline"
    assert states(one) == {"0": "down", "1": "up"}
    colors = {value: each["color"] for value, each in defaults(one)["mappings"][0]["options"].items()}
    assert colors == {"0": BAD, "1": GOOD}


@pytest.mark.parametrize(
    ("expr", "unit"),
    [
        ("node_memory_MemAvailable_bytes < 1e8", "bytes"),
        ("rate(node_network_receive_bytes_total[5m]) > 1e8", "Bps"),
        ("rate(http_requests_total[5m]) > 100", "reqps"),
        ("rate(shop_sold_total[5m]) > 100", "cps"),
        ("rate(shop_sold_total[5m]) * 60 > 100", "cpm"),
        ("increase(shop_sold_total[1h]) > 100", "short"),
        ("histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 2", "s"),
        ("rate(http_request_duration_seconds_sum[5m]) / rate(http_request_duration_seconds_count[5m]) > 2", "s"),
        ("rate(shop_failed_total[5m]) / rate(shop_tried_total[5m]) > 0.1", "percentunit"),
        ("100 * shop_used_bytes / shop_room_bytes > 90", "percent"),
        ("(1 - shop_free_bytes / shop_room_bytes) * 100 > 90", "percent"),
        ("shop_free_bytes / 1024 / 1024 < 100", "mbytes"),
        ("avg_over_time(up[1h]) < 0.9", "percentunit"),
        ('1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) > 0.9', "percentunit"),
        ("shop_delay_milliseconds > 500", "ms"),
        ("certificate_expiry_timestamp_seconds - time() < 86400", "s"),
        ("(certificate_expiry_timestamp_seconds - time()) / 86400 < 14", "d"),
        ("shop_waiting / shop_staff > 25", "short"),
        ("count(up) < 3", "short"),
    ],
)
def test_units(build: Build, expr: str, unit: str) -> None:
    assert defaults(panel(build(rule("A", expr)), "A"))["unit"] == unit


@pytest.mark.parametrize(
    ("expr", "query", "expected"),
    [
        ("cert_not_after_timestamp < time() + 86400", "cert_not_after_timestamp{%s} - time()", [(None, BAD), (86400.0, CLEAR)]),
        ("done_timestamp_seconds < time() - 3600", "time() - done_timestamp_seconds{%s}", [(None, CLEAR), (3600.0, BAD)]),
        ("time() - 3600 > done_timestamp_seconds", "time() - done_timestamp_seconds{%s}", [(None, CLEAR), (3600.0, BAD)]),
    ],
)
def test_points_in_time_are_shown_as_time_left_or_age(build: Build, expr: str, query: str, expected: Any) -> None:
    one = panel(build(rule("A", expr)), "A")
    assert queries(one)[0] == query.replace("%s", 'job=~"$job", instance=~"$instance"')
    assert (steps(one), defaults(one)["unit"]) == (expected, "s")


@pytest.mark.parametrize(
    ("expr", "legend"),
    [
        ("sum by (queue, shop) (shop_waiting) > 5", "{{queue}} {{shop}}"),
        ('sum by (queue, shop) (shop_waiting{queue="mail"}) > 5', "{{shop}}"),
        ("sum(shop_waiting) > 5", "value"),
        ('up{job="shop"} < 0.5', "{{instance}}"),
        ("shop_waiting > 5", "__auto"),
        ("histogram_quantile(0.9, sum by (le, route) (rate(shop_seconds_bucket[5m]))) > 1", "{{route}}"),
        ('label_replace(sum by (pod) (shop_waiting), "name", "$1", "pod", "(.*)-.*") > 5', "{{pod}} {{name}}"),
        ("sum by (pod) (shop_waiting) * on (pod) group_left (node) shop_pod_info > 5", "{{pod}} {{node}}"),
        ("predict_linear(node_filesystem_avail_bytes[1h], 3600) < 0", "{{instance}} {{device}} {{fstype}} {{mountpoint}}"),
    ],
)
def test_legends_have_the_labels_that_survive(build: Build, expr: str, legend: str) -> None:
    assert panel(build(rule("A", expr)), "A")["targets"][0]["legendFormat"] == legend


def test_a_description_says_all_that_the_alert_says(build: Build) -> None:
    annotations = {"summary": "Orders *pile* up", "runbook_url": "https://wiki.example/orders"}
    one = panel(build(rule("Orders", "shop_orders_open > 5", "page", **{"for": "90s"}, annotations=annotations)), "Orders")
    text = one["description"]
    assert text.startswith("**Orders**: Orders \\*pile\\* up")
    assert "```promql\nshop_orders_open > 5\n```" in text
    assert "fires after 1m30s; severity page" in text
    assert "[Runbook](https://wiki.example/orders)" in text
    assert one["links"] == [{"title": "Runbook", "url": "https://wiki.example/orders", "targetBlank": True}]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "docs/orders.md", "https://x/$__url<script>", "data:text/html,x"])
def test_a_runbook_that_is_no_web_address_is_no_link(build: Build, address: str) -> None:
    one = panel(build(rule("A", "shop_orders_open > 5", annotations={"runbook_url": address})), "A")
    assert "links" not in one
    assert "](" not in one["description"]


def test_axes_show_the_limit_and_end_where_no_value_can_be(build: Build) -> None:
    one = defaults(panel(build(rule("A", "node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.1")), "A"))
    assert one["min"] == 0
    assert one["custom"]["axisSoftMax"] == pytest.approx(0.2)
    share = defaults(panel(build(rule("B", "100 * shop_used_bytes / shop_room_bytes > 90")), "B"))
    assert share["custom"]["axisSoftMax"] == 100
    below_zero = defaults(panel(build(rule("C", "freezer_celsius > -5")), "C"))
    assert below_zero["custom"]["axisSoftMin"] < -5
    assert "min" not in below_zero


def tile_query(dashboard: Json, component: str) -> str:
    return queries(next(each for each in dashboard["panels"] if each["type"] == "stat" and each["title"] == component))[0]


def test_a_tile_per_component(build: Build) -> None:
    dashboard = build(rule("Down", 'up{job="shop"} == 0'), rule("Slow", 'shop_wait_seconds{job="shop"} > 5'), rule("Mail", 'mail_waiting{job="post"} > 5'))
    assert tile_query(dashboard, "shop") == (
        'max(2 * (count(up{job="shop"} == 0) > bool 0 or 0 * count(up{job="shop"}))'
        ' or label_replace(count(ALERTS{alertstate="firing", alertname=~"Slow"}) > bool 0, "of", "2", "", ""))'
    )
    one = next(each for each in dashboard["panels"] if each["title"] == "shop")
    assert states(one) == {"0": "up", "1": "alert", "2": "down"}
    assert defaults(one)["noValue"] == "no data"
    other = next(each for each in dashboard["panels"] if each["title"] == "post")
    assert states(other) == {"0": "ok", "1": "alert"}


def test_what_is_deployed_has_a_tile_even_where_nothing_watches_it(build: Build, tmp_path: Path) -> None:
    topology = tmp_path / "topology.yml"
    topology.write_text("name: t\nworkloads:\n  shop: {jobs: [shop]}\n  front: {}\n  mail: {jobs: [post, smtp.in]}\n")
    dashboard = build(rule("Down", 'up{job="shop"} == 0'), topology=str(topology))
    tiles = [each["title"] for each in dashboard["panels"] if each["type"] == "stat"][1:]
    assert tiles == ["shop", "front", "mail"]
    assert tile_query(dashboard, "mail") == (
        '2 * (count(up{job=~"post|smtp\\\\.in"} == 0) > bool 0 or 0 * count(up{job=~"post|smtp\\\\.in"}))'
    )
    assert "nothing tells" in panel(dashboard, "front")["description"]


def test_a_tile_asks_what_a_dropped_alert_would_have_asked(build: Build, tmp_path: Path) -> None:
    """At level essential the shop's alert tells of its database too; the tile still knows which of them it is."""
    topology = tmp_path / "topology.yml"
    topology.write_text("name: t\nworkloads: {shop: {jobs: [shop], depends-on: [redis]}}\ndatastores: {redis: {technology: redis}}\n")
    rules = rule("ShopDown", 'up{job="shop"} == 0'), rule("RedisDown", "redis_up == 0")
    dashboard = build(*rules, topology=str(topology), level="essential")
    assert [each["title"] for each in dashboard["panels"] if each["type"] == "state-timeline"] == ["ShopDown"]
    assert tile_query(dashboard, "redis") == "2 * (count(redis_up == 0) > bool 0 or 0 * count(redis_up))"
    assert "RedisDown" in panel(dashboard, "redis")["description"]


def test_sections_by_component_and_failure_mode(build: Build) -> None:
    dashboard = build(rule("Slow", 'http_request_duration_seconds{job="shop"} > 5'), rule("Down", 'up{job="shop"} == 0'), rule("Mail", 'up{job="post"} == 0'))
    titles = [each["title"] for each in dashboard["panels"] if each["type"] in ("row", "timeseries", "state-timeline")]
    assert titles == ["shop: down, latency", "Down", "Slow", "post: down", "Mail"]


def test_choices_only_where_queries_follow_them(build: Build) -> None:
    def names(*rules: Json) -> list[str]:
        return [each["name"] for each in build(*rules)["templating"]["list"]]

    assert names(rule("A", "sum(shop_waiting) > 5")) == ["datasource"]
    assert names(rule("A", 'up{job="shop"} == 0')) == ["datasource", "instance"]
    assert names(rule("A", "shop_waiting > 5")) == ["datasource", "job", "instance"]
    assert names(rule("A", 'kube_pod_container_status_restarts_total{namespace=~"shop.*"} > 5')) == ["datasource", "namespace"]


def test_alerts_of_strange_names_and_texts(build: Build) -> None:
    name = 'A"}\\ <script>alert(1)</script> $job ${datasource} .*|'
    dashboard = build(rule(name, 'shop_orders_open{a="</script>"} > 5', annotations={"summary": "```\n</script>{{ $labels.x }}"}))
    one = next(each for each in dashboard["panels"] if each["type"] == "timeseries")
    assert one["title"].startswith('A"}\\ <script>')
    from promtrim.promql.parse import parse

    for each in dashboard["panels"]:
        for target in each.get("targets", ()):
            parse(target["expr"])


def test_nothing_kept_is_a_dashboard_all_the_same(build: Build) -> None:
    dashboard = build(rule("A", "shop_orders_open > 5 and shop_orders_open < 3"))
    assert [each["title"] for each in dashboard["panels"]] == ["Firing now", "Alerts that fire"]
