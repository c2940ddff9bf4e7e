"""Alerts of other senders in a running Alertmanager keep what they use."""

from __future__ import annotations

import json
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from promtrim.alertmanager.dummies import with_dummies
from promtrim.errors import RemoteError
from promtrim.http import Server
from tests import servers
from tests.alertmanager.conftest import CONFIG, Trim


def send(url: str, *those: dict[str, str]) -> None:
    ends = (datetime.now(timezone.utc) + timedelta(minutes=5)).isoformat()
    body = json.dumps([{"labels": labels, "endsAt": ends} for labels in those]).encode()
    request = urllib.request.Request(f"{url}/api/v2/alerts", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request).close()


def test_live_alerts_of_others_keep_their_routes(shop: Trim, tmp_path: Path) -> None:
    found = servers.programs("prometheus-alertmanager")
    if not found:
        pytest.skip("no Alertmanager is installed")
    drop = ("CellarDark", "WarehouseFlooded")
    with servers.alertmanager(found[-1], with_dummies(CONFIG), tmp_path / "am") as url:
        gone = [piece.name for piece in shop(drop=drop, alertmanager=Server(url)).trimmed.cut if piece.kind == "route"]
        assert gone == ['team="warehouse", severity!="critical" -> warehouse', 'team="cellar" -> cellar']
        # One from elsewhere; one of a dropped rule, which will fall silent by itself.
        send(
            url,
            {"alertname": "LogsLost", "team": "warehouse"},
            {"alertname": "CellarDark", "team": "cellar", "severity": "info", "shop": "harbour"},
        )
        account = shop(drop=drop, alertmanager=Server(url))
        gone = [piece.name for piece in account.trimmed.cut if piece.kind == "route"]
        assert gone == ['team="cellar" -> cellar']
        assert "no live one" in account.trimmed.cut[0].because


def test_one_that_does_not_answer(shop: Trim) -> None:
    with pytest.raises(RemoteError):
        shop(alertmanager=Server(f"http://127.0.0.1:{servers.free_port()}", retries=0))
