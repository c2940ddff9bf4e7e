"""Silences in a real Alertmanager: what is dropped falls silent, what is kept is heard all the while."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from promtrim.alertmanager.trim import conditions_text
from promtrim.http import Client, Server, wait_for
from promtrim.push.alertmanager.api import Matcher, Silence, alerts, expire_silence, post_alerts, post_silence, silences
from promtrim.push.identity import plan_id
from tests.push.conftest import ALERTMANAGER, RULES, Shop, alertmanager_only, in_hours, plan_of, whole

INHIBITING = """\
inhibit_rules:
  - source_matchers: [alertname="TillsSlow"]
    target_matchers: [alertname="TillsDown"]
"""


def texts(those: list[Silence]) -> list[str]:
    return sorted(conditions_text(matcher.condition for matcher in each.matchers) for each in those)


def firing(name: str, **labels: str) -> dict[str, Any]:
    return {"labels": {"alertname": name, **labels}, "endsAt": in_hours(0.1).isoformat(timespec="milliseconds")}


# Notifications


def test_the_noise_stops_and_comes_back(programs: tuple[Path, Path], tmp_path: Path) -> None:
    with whole(programs, tmp_path) as shop:
        assert shop.told.arrives("TillsSlow", 60)
        assert shop.told.arrives("TillsDown")
        outcome = shop.push()
        assert outcome.ok
        assert shop.told.quiet("TillsSlow")
        assert shop.told.arrives("TillsDown")
        assert shop.undo().ok
        assert shop.told.arrives("TillsSlow")
        assert shop.told.arrives("TillsDown")


def test_a_silenced_alert_would_hide_a_kept_one(programs: tuple[Path, Path], tmp_path: Path) -> None:
    # What the Alertmanager does, so that the refusal is for something: TillsSlow inhibits TillsDown, silenced or not.
    with whole(programs, tmp_path, config=ALERTMANAGER + INHIBITING) as shop:
        assert shop.told.arrives("TillsSlow", 60)
        outcome = shop.push()
        assert outcome.ok
        assert [step.mark for step in outcome.steps if "TillsSlow" in step.text and step.mark != "note"] == ["refused"]
        assert "still inhibits" in next(step.detail for step in outcome.steps if step.mark == "refused")
        assert shop.told.arrives("TillsSlow")
        with Client(Server(shop.url)) as client:
            assert silences(client) == []
            by_hand = post_silence(
                client, (Matcher("alertname", "TillsSlow"),), datetime.now(timezone.utc), in_hours(), "by hand", "somebody"
            )
            assert shop.told.quiet("TillsSlow")
            assert shop.told.quiet("TillsDown", 1), "a silenced alert does not inhibit, so nothing need be refused"
            expire_silence(client, by_hand)


# Steps


def test_twice_is_once(shop: Shop, client: Client) -> None:
    assert shop.push().ok
    first = silences(client)
    assert texts(first) == ['alertname="TillsSlow", severity="warning", shop="harbour", team="tills"']
    assert first[0].created_by == "promtrim"
    assert "nobody acts on it" in first[0].comment
    again = shop.push()
    assert again.ok
    assert [step.mark for step in again.steps if step.mark != "note"] == ["same"]
    assert silences(client) == first


def test_a_dry_run_changes_nothing(shop: Shop, client: Client) -> None:
    outcome = shop.push(go=lambda outcome: False)
    assert outcome.dry
    assert outcome.pending
    assert silences(client) == []


def test_a_later_end_extends_in_place(shop: Shop, client: Client) -> None:
    shop.push()
    (first,) = silences(client)
    assert shop.push(ends=in_hours(5)).ok
    (second,) = silences(client)
    assert second.id == first.id
    assert second.ends_at - first.ends_at > timedelta(hours=3)


def test_an_earlier_end_shortens(shop: Shop, client: Client) -> None:
    shop.push(ends=in_hours(5))
    assert shop.push(ends=in_hours(1)).ok
    assert max(each.ends_at for each in silences(client)) < in_hours(2)


def test_changed_labels_make_a_new_silence_before_the_old_one_goes(shop: Shop, client: Client) -> None:
    shop.push()
    changed = plan_of(shop.folder, RULES.replace("severity: warning", "severity: info"))
    outcome = shop.push(changed)
    assert outcome.ok
    done = [step.text.split()[0] for step in outcome.steps if step.mark == "done"]
    assert done == ["create", "expire"]
    assert texts(silences(client)) == ['alertname="TillsSlow", severity="info", shop="harbour", team="tills"']


def test_what_is_kept_again_is_heard_again(shop: Shop, client: Client) -> None:
    shop.push()
    kept = plan_of(shop.folder, settings="keep: [{alert: 'Tills*', reason: both}]\n")
    assert shop.push(kept).ok
    assert silences(client) == []


def test_other_peoples_silences_are_left_alone(shop: Shop, client: Client) -> None:
    now = datetime.now(timezone.utc)
    matchers = (Matcher("alertname", "TillsDown"),)
    post_silence(client, matchers, now, in_hours(), "lunch", "a colleague")
    post_silence(client, matchers, now, in_hours(), "by another tool (promtrim push, scope default, plan x)", "somebody")
    before = silences(client)
    outcome = shop.push()
    assert any("is muted by the silence" in step.detail and "a colleague" in step.detail for step in outcome.steps)
    assert shop.undo().ok
    assert sorted(silences(client), key=lambda each: each.id) == sorted(before, key=lambda each: each.id)


def test_scopes_are_told_apart(shop: Shop, client: Client) -> None:
    shop.push(scope="tills")
    shop.push(scope="cellar")
    assert len(silences(client)) == 2
    assert shop.undo(scope="cellar").ok
    (left,) = silences(client)
    assert "scope tills" in left.comment


def test_one_that_cannot_fire_needs_no_silence(shop: Shop, client: Client) -> None:
    rules = RULES.replace("vector(2) > 1", "vector(1) > 2")
    assert shop.push(plan_of(shop.folder, rules)).ok
    assert silences(client) == []


def test_external_labels_that_are_not_known_are_told(shop: Shop, client: Client) -> None:
    assert shop.push(match=None).ok
    assert texts(silences(client)) == ['alertname="TillsSlow", severity="warning", team="tills"']
    told = [step.text for step in shop.push(match=None).steps if step.mark == "note"]
    assert "the external labels of the Prometheus are not known" in told
    assert "the external labels of the Prometheus are not known" not in [step.text for step in shop.push().steps]


# Twins, strangers


TWINS = """\
groups:
  - name: shop
    rules:
      - {alert: Slow, expr: 'sum(a) > 1', labels: {severity: warning}}
      - {alert: Slow, expr: 'sum(a) > 9', labels: {severity: warning, tier: gold}}
      - {alert: Same, expr: 'sum(b) > 1', labels: {severity: warning}}
      - {alert: Same, expr: 'sum(b) > 9', labels: {severity: warning}}
      - {alert: Sever, expr: 'sum(c) > 1', labels: {severity: warning}}
      - {alert: Sever, expr: 'sum(c) > 9', labels: {severity: critical}}
"""
OF_TWINS = """\
keep:
  - {alert: Slow, labels: {tier: gold}, reason: who pays}
  - {alert: Sever, labels: {severity: critical}, reason: bad}
drop:
  - {alert: Slow, reason: who does not}
  - {alert: Sever, reason: not so bad}
"""


def test_a_twin_is_told_apart_by_a_label_it_has_not(shop: Shop, client: Client) -> None:
    outcome = shop.push(plan_of(shop.folder, TWINS, OF_TWINS))
    assert outcome.ok
    found = texts(silences(client))
    assert 'alertname="Slow", severity="warning", shop="harbour", tier=""' in found
    assert 'alertname="Sever", severity="warning", shop="harbour"' in found


def test_a_twin_that_cannot_be_told_apart_is_refused(shop: Shop, client: Client) -> None:
    (shop.folder / "x").mkdir()
    rules = TWINS.replace("      - {alert: Same, expr: 'sum(b) > 9'", "      # promtrim: keep: needed\n"
                          "      - {alert: Same, expr: 'sum(b) > 9'").replace(
        "      - {alert: Same, expr: 'sum(b) > 1'", "      # promtrim: drop: not needed\n      - {alert: Same, expr: 'sum(b) > 1'"
    )  # fmt: skip
    outcome = shop.push(plan_of(shop.folder, rules, OF_TWINS))
    refused = [step for step in outcome.steps if step.mark == "refused"]
    assert [step.text.split()[1] for step in refused] == ["Same"]
    assert "cannot be told from those of the kept Same (" in refused[0].detail
    assert not any("Same" in text for text in texts(silences(client)))


def test_a_blind_spot_is_never_silenced(shop: Shop, client: Client) -> None:
    rules = """\
groups:
  - name: shop
    rules:
      - {alert: TillsDown, expr: 'up{job="tills"} == 0', labels: {severity: critical}}
      - {alert: TillsDown, expr: 'vector(1) > 0', labels: {severity: critical}}
      - {alert: Noise, expr: 'vector(1) > 0', labels: {severity: warning}}
"""
    (shop.folder / "topology.yml").write_text("preset: single-node\njobs: {node: {targets: 1}}\n")
    settings = "drop: [{alert: '*', reason: noise}]\n"
    plan = plan_of(shop.folder, rules, settings, topology=str(shop.folder / "topology.yml"))
    blind = [each.judged.cause for each in plan.rules if each.judged.verdict == "cannot-fire"]
    assert blind == ["not-scraped"]
    outcome = shop.push(plan)
    refused = [step.detail for step in outcome.steps if step.mark == "refused"]
    assert len(refused) == 1
    assert "of the blind spot TillsDown" in refused[0]
    assert texts(silences(client)) == ['alertname="Noise", severity="warning", shop="harbour"']


def test_an_alert_of_another_prometheus_is_not_muted(shop: Shop, client: Client) -> None:
    labels = {"severity": "warning", "team": "tills", "shop": "harbour"}
    post_alerts(client, [firing("TillsSlow", **labels, node="elsewhere")])
    outcome = shop.push()
    assert outcome.ok
    refused = next(step for step in outcome.steps if step.mark == "refused")
    assert "is not of this rule" in refused.detail
    assert silences(client) == []


def test_an_alert_of_another_rule_is_known_by_its_link(shop: Shop, client: Client) -> None:
    own = firing("TillsSlow", severity="warning", team="tills", shop="harbour")
    post_alerts(client, [{**own, "generatorURL": "http://p:9090/graph?g0.expr=vector%282%29+%3E++1&g0.tab=1"}])
    assert not [step for step in shop.push(go=lambda _: False).steps if step.mark == "refused"]
    post_alerts(client, [{**own, "generatorURL": "http://p:9090/graph?g0.expr=vector%287%29+%3E+5&g0.tab=1"}])
    assert [step.mark for step in shop.push(go=lambda _: False).steps if step.mark != "note"] == ["refused"]


# Drills


ROUTED = """\
route:
  receiver: everybody
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
  routes:
    - {matchers: [severity="critical"], receiver: pager, continue: true}
    - {matchers: [team="tills"], receiver: tills}
receivers:
  - name: everybody
  - name: pager
    webhook_configs: [{url: '$WEBHOOK'}]
  - name: tills
    webhook_configs: [{url: '$WEBHOOK'}]
"""


def test_a_drill_goes_where_the_alert_would(alertmanager_program: Path, tmp_path: Path) -> None:
    with alertmanager_only(alertmanager_program, tmp_path, ROUTED) as shop:
        outcome = shop.push(drill=True)
        assert outcome.ok
        drill = next(step for step in outcome.steps if step.text == "drill TillsDown")
        assert (drill.mark, drill.detail) == ("done", "it goes to pager, tills")
        assert wait_for(lambda: {("pager", "TillsDown"), ("tills", "TillsDown")} <= set(shop.told.since(0)), 20)
        with Client(Server(shop.url)) as client:
            (found,) = alerts(client)
        assert found.labels["promtrim_drill"] == plan_id(plan_of(shop.folder))


def test_a_drill_that_would_inhibit_waits_to_be_asked_for(alertmanager_program: Path, tmp_path: Path) -> None:
    config = ALERTMANAGER + INHIBITING.replace("TillsSlow", "X").replace("TillsDown", "Tills.*").replace("X", "TillsDown").replace(
        'alertname="Tills.*"', 'alertname="TillsSlow"'
    )  # fmt: skip
    with alertmanager_only(alertmanager_program, tmp_path, config) as shop, Client(Server(shop.url)) as client:
        refused = next(step for step in shop.push(drill=True).steps if step.text == "drill TillsDown")
        assert refused.mark == "refused"
        assert "TillsSlow" in refused.detail
        assert alerts(client) == []
        done = next(s for s in shop.push(drill=True, drill_inhibiting=True).steps if s.text == "drill TillsDown")
        assert done.mark == "done"


def test_a_drill_that_somebody_muted_fails(shop: Shop, client: Client) -> None:
    post_silence(client, (Matcher("team", "tills"),), datetime.now(timezone.utc), in_hours(), "lunch", "a colleague")
    outcome = shop.push(drill=True)
    assert not outcome.ok
    assert "nobody hears of it" in next(step.detail for step in outcome.steps if step.text == "drill TillsDown")
