"""From Prometheus to a receiver: Alertmanager, routes, localhost in a container."""

from __future__ import annotations

import pytest

from promtrim.alertmanager.routing import fits, having, routes_of
from promtrim.stack.alertmanager_config import Condition, parse_alertmanager_config
from tests.path.conftest import COMPOSE, CONFIG, RECEIVER, Follow


def test_no_alertmanager_is_named(stack: Follow) -> None:
    followed = stack(config=CONFIG.replace("alerting:", "# alerting:"))
    assert followed.link("Gone", "alertmanager").mark == "broken"
    assert followed.codes()[0] == "no-alertmanager"


def test_an_alertmanager_that_does_not_run(stack: Follow) -> None:
    followed = stack(config=CONFIG.replace("alertmanager:9093", "alerts:9093"))
    assert followed.link("Gone", "alertmanager").mark == "broken"
    assert "no service is named alerts" in followed.link("Gone", "alertmanager").text


def test_localhost_in_a_container(stack: Follow) -> None:
    followed = stack(receiver=RECEIVER.replace("https://chat.firm.test", "http://localhost:5001"))
    assert followed.link("Gone", "receiver").mark == "broken"
    assert followed.plan.blind_spots[0].alerts == ("Gone",)


def test_localhost_on_the_hosts_network_is_open(stack: Follow) -> None:
    compose = COMPOSE.replace('"prom/alertmanager:v0.27.0",', '"prom/alertmanager:v0.27.0", network_mode: host,')
    followed = stack(compose=compose, receiver=RECEIVER.replace("https://chat.firm.test", "http://localhost:5001"))
    assert followed.link("Gone", "receiver").mark == "open"


def test_a_service_that_is_not_there(stack: Follow) -> None:
    followed = stack(receiver=RECEIVER.replace("https://chat.firm.test", "http://chat:80"))
    assert followed.link("Gone", "receiver").mark == "broken"


def test_an_undefined_receiver_keeps_alertmanager_from_starting(stack: Follow) -> None:
    followed = stack(receiver=RECEIVER.replace("{receiver: chat}", "{receiver: chats}"))
    assert followed.codes()[0] == "alertmanager-cannot-start"
    assert followed.way("Gone").mark == "broken"


ROUTES = """
route:
  receiver: root
  routes:
    - {matchers: ['severity="critical"'], receiver: pager, continue: true}
    - {matchers: ['team=~"a|b"'], receiver: team}
    - {match: {severity: warning}, receiver: mail}
receivers: [{name: root}, {name: pager}, {name: team}, {name: mail}]
"""


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"severity": "critical", "team": "a"}, [("pager", True), ("team", True)]),
        ({"severity": "warning", "team": "c"}, [("mail", True)]),
        ({"severity": "info", "team": "c"}, [("root", True)]),
        ({"severity": "info"}, [("team", False), ("root", False)]),
        ({"severity": "critical"}, [("pager", True), ("team", False)]),
        ({"severity": "warning"}, [("team", False), ("mail", False)]),
    ],
)
def test_routes(labels: dict[str, str | None], expected: list[tuple[str, bool]]) -> None:
    root = parse_alertmanager_config(ROUTES, "a.yml").route
    assert root is not None
    assert [(each.route.receiver, each.certain) for each in routes_of(root, having(labels))] == expected


def test_a_label_that_a_template_makes_is_open() -> None:
    assert fits((Condition("severity", "=", "critical"),), having({"severity": None})) == "open"
    assert fits((Condition("severity", "!~", "a.*"), Condition("x", "=", "1")), having({"severity": "abc"})) == "no"
