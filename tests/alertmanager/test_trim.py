"""What is cut of a configuration, and that the rest is as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim.alertmanager.amtool import Amtool
from promtrim.alertmanager.dummies import with_dummies
from promtrim.errors import InputError
from tests.alertmanager.conftest import CONFIG, RULES, Trim


def names(account: object, kind: str) -> list[str]:
    return [piece.name for piece in account.trimmed.cut if piece.kind == kind]  # type: ignore[attr-defined]


def test_nobody_can_reach_is_all_that_goes_by_itself(shop: Trim) -> None:
    account = shop(drop=("CellarDark",))
    assert names(account, "route") == []
    assert names(account, "receiver") == ["attic"]
    assert names(account, "time-interval") == ["holidays"]
    assert [piece.name for piece in account.trimmed.left if piece.kind == "route"] == ['team="cellar" -> cellar']


def test_as_the_only_sender(shop: Trim) -> None:
    account = shop(drop=("CellarDark", "WarehouseFlooded"), only_sender=True)
    assert names(account, "route") == [
        'team="warehouse", severity!="critical" -> warehouse', 'team="cellar" -> cellar',
    ]  # fmt: skip
    assert names(account, "receiver") == ["warehouse", "cellar", "attic"]
    assert names(account, "inhibition") == ['alertname="WarehouseFlooded" inhibits team="warehouse"']


def test_a_nested_route_goes_alone(shop: Trim) -> None:
    account = shop(drop=("TillsSlow",), only_sender=True)
    assert names(account, "route") == ['severity=~"warning|info" -> tills-mail']
    text = account.trimmed.text
    assert "# at night nobody sells" not in text
    assert "nights" not in text
    assert "- match: {severity: critical}\n          receiver: tills-pager\n    # the warehouse\n" in text


def test_what_stays_is_byte_for_byte(shop: Trim) -> None:
    account = shop(drop=("CellarDark", "WarehouseFlooded"), only_sender=True)
    before = iter(CONFIG.splitlines())
    assert all(any(line == old for old in before) for line in account.trimmed.text.splitlines())
    assert "${SLACK_URL}" in account.trimmed.text
    assert "    # the tills\n    - match_re:\n        team: tills|counter\n" in account.trimmed.text
    assert "# no news of what depends on it" in account.trimmed.text
    assert "# the warehouse" not in account.trimmed.text


def test_carriage_returns_and_a_byte_order_mark(shop: Trim, tmp_path: Path) -> None:
    account = shop(drop=("CellarDark",), config="\ufeff" + CONFIG.replace("\n", "\r\n"), only_sender=True)
    assert account.trimmed.bom
    assert "\n" not in account.trimmed.text.replace("\r\n", "")


def test_a_label_that_is_not_known_keeps_routes(shop: Trim) -> None:
    rules = RULES.replace("sum(up{job=\"tills\"}) == 0", "up{job=\"tills\"} == 0").replace(", team: tills}}", "}}")
    account = shop(drop=("CellarDark", "WarehouseFlooded", "TillsSlow"), rules=rules, only_sender=True)
    assert 'team="cellar" -> cellar' not in names(account, "route")
    assert account.wide[0][0] == "team"
    named = shop(
        drop=("CellarDark", "WarehouseFlooded", "TillsSlow"), rules=rules, only_sender=True, absent=("team",)
    )
    assert 'team="cellar" -> cellar' in names(named, "route")


def test_a_label_that_a_person_knows_to_be_absent(shop: Trim) -> None:
    rules = RULES.replace(", team: tills}}", "}}")
    drop = ("CellarDark", "WarehouseFlooded", "TillsSlow")
    unsure = shop(drop=drop, rules=rules, only_sender=True, known=False)
    assert [label for label, _ in unsure.wide] == ["team"]
    assert not unsure.sender_known
    sure = shop(drop=drop, rules=rules, only_sender=True, known=False, absent=("team",))
    assert len(names(sure, "route")) == 3
    written = shop(drop=drop, only_sender=True, known=False, absent=("team",))
    assert dict(written.heard)["TillsDown"] == (("pager", True), ("tills-pager", True)), "what a rule says counts more"


def test_what_external_labels_may_add_keeps_routes(shop: Trim) -> None:
    rules = RULES.replace(", team: tills}}", "}}")
    drop = ("CellarDark", "WarehouseFlooded")
    assert 'team="cellar" -> cellar' in names(shop(drop=drop, rules=rules, only_sender=True), "route")
    assert names(shop(drop=drop, rules=rules, only_sender=True, known=False), "route") == []


def test_an_anchor_moves_where_its_holder_is_cut(shop: Trim) -> None:
    config = CONFIG.replace("slack_configs: [{channel: '#tills'}]", "slack_configs: &s [{channel: '#tills'}]").replace(
        "webhook_configs: [{url: 'http://attic:8080/'}]", "slack_configs: *s"
    ).replace("receiver: tills\n", "receiver: attic\n")  # fmt: skip
    account = shop(config=config, only_sender=True)
    assert "tills" in names(account, "receiver")
    assert "slack_configs: &s" in account.trimmed.text
    assert account.trimmed.notes


def test_inside_a_config_map(shop: Trim) -> None:
    inner = "".join(f"    {line}\n" if line else "\n" for line in CONFIG.splitlines())
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  alertmanager.yml: |\n{inner}"
    account = shop(config=config, drop=("CellarDark",), only_sender=True)
    assert names(account, "receiver") == ["cellar", "attic"]
    assert account.trimmed.text.startswith("apiVersion: v1\nkind: ConfigMap\n")
    assert "cellar" not in account.trimmed.text


def test_in_a_charts_values(shop: Trim) -> None:
    inner = "".join(f"    {line}\n" if line else "\n" for line in CONFIG.splitlines())
    account = shop(config=f"alertmanager:\n  enabled: true\n  config:\n{inner}", drop=("CellarDark",), only_sender=True)
    assert names(account, "receiver") == ["cellar", "attic"]


def test_templates_that_nothing_uses(shop: Trim, tmp_path: Path) -> None:
    (tmp_path / "used.tmpl").write_text('{{ define "shop.title" }}{{ template "shop.helper" . }}{{ end }}')
    (tmp_path / "helper.tmpl").write_text('{{ define "shop.helper" }}x{{ end }}')
    (tmp_path / "unused.tmpl").write_text('{{ define "shop.old" }}y{{ end }}')
    (tmp_path / "standard.tmpl").write_text('{{ define "slack.default.title" }}y{{ end }}')
    listed = "templates: [used.tmpl, helper.tmpl, unused.tmpl, standard.tmpl]\n"
    config = listed + CONFIG.replace("channel: '#shop'", "channel: '#shop', title: '{{ template \"shop.title\" . }}'")
    assert names(shop(config=config), "template") == ["unused.tmpl"]
    assert names(shop(config=config.replace("[used", "[elsewhere/*.tmpl, used")), "template") == []


def test_who_hears(shop: Trim) -> None:
    account = shop()
    assert dict(account.heard)["TillsDown"] == (("pager", True), ("tills-pager", True))
    assert dict(account.heard)["WarehouseFlooded"] == (("warehouse", True),)


def test_a_critical_alert_that_only_a_chat_hears(shop: Trim) -> None:
    config = CONFIG.replace("pagerduty_configs: [{service_key: '${PAGER_KEY}'}]", "slack_configs: [{channel: '#p'}]")
    found = [(each.code, each.alert) for each in shop(config=config).problems]
    assert ("only-chat", "TillsDown") in found
    quiet = shop(rules=RULES.replace("severity: critical", "severity: warning"))
    assert ("quiet-critical", "TillsDown") in [(each.code, each.alert) for each in quiet.problems]


def test_a_configuration_that_does_not_start_is_refused(shop: Trim) -> None:
    with pytest.raises(InputError, match="no receiver 'nowhere'"):
        shop(config=CONFIG.replace("receiver: cellar", "receiver: nowhere"))


def test_amtool_takes_what_is_left(shop: Trim, amtool: str) -> None:
    account = shop(drop=("CellarDark", "WarehouseFlooded", "TillsSlow"), only_sender=True)
    assert account.proof.asked > 0
    with Amtool(amtool, with_dummies(account.trimmed.text)) as tool:
        assert tool.refusal() == ""
        labels = {"alertname": "TillsDown", "severity": "critical", "team": "tills", "shop": "harbour"}
        assert tool.receivers(labels) == ("pager", "tills-pager")


def test_what_amtool_refuses_is_told(shop: Trim, amtool: str) -> None:
    account = shop(config=CONFIG.replace("channel: '#tills'", "channels: '#tills'"))
    assert "channels" in account.proof.refused_before


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("slack_api_url: '${URL}'", "slack_api_url: 'https://dummy.invalid/'"),
        ("smtp_smarthost: ${HOST:-mail.test}:${PORT:-25}", "smtp_smarthost: mail.test:25"),
        ("smtp_smarthost: ${HOST}", "smtp_smarthost: dummy.invalid:25"),
        ("chat_id: $CHAT_ID", "chat_id: 1"),
        ("smtp_require_tls: ${TLS}", "smtp_require_tls: true"),
        ("group_wait: ${WAIT}", "group_wait: 5m"),
        ("text: '{{ $x := 1 }}${A}'", "text: '{{ $x := 1 }}dummy'"),
    ],
)
def test_variables_become_something_of_their_kind(written: str, filled: str) -> None:
    assert with_dummies(written) == filled
