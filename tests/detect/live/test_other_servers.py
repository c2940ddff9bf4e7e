"""Servers that have only a part of the API, and such as answer what they should not."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from promtrim import api
from promtrim.detect.live import Live, asking
from promtrim.detect.live.read import read_anew
from promtrim.errors import RemoteError
from promtrim.http import Server
from promtrim.knowledge.index import shipped
from promtrim.stack.sources import Sources
from tests.http.odd import Odd, reply, running

VECTOR = {"resultType": "vector", "result": [{"metric": {}, "value": [0, "1"]}]}
NOTHING = {"resultType": "vector", "result": []}


@pytest.fixture
def odd() -> Iterator[Odd]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def _each_reads_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promtrim.detect.live.read._known", _Forgetful())


class _Forgetful(dict[Server, Live]):
    def __contains__(self, key: object) -> bool:
        return False


def api_of(answers: dict[str, Any], missing: int = 404) -> Any:
    """A server that has these paths below /api/v1 and nothing else; queries answer by their text, else nothing."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        path = parts.path.partition("/api/v1")[2]
        if path == "/query":
            query = parse_qs(parts.query)["query"][0]
            data = answers.get(query, VECTOR if query == "vector(1)" else NOTHING)
        elif path in answers:
            data = answers[path]
        else:
            reply(handler, b"404 page not found", missing, "text/plain")
            return
        reply(handler, json.dumps({"status": "success", "data": data}).encode())

    return answer


def read(odd: Odd) -> Live:
    return read_anew(Server(odd.url, retries=0, timeout=5), shipped())


THANOS = {
    "/status/buildinfo": {"version": "0.34.1", "revision": "x", "goVersion": "go1.21"},
    "/targets": {"activeTargets": [], "droppedTargets": []},
    "/rules": {"groups": []},
    "/label/__name__/values": ["up"],
    "/label/job/values": ["till"],
}
MIMIR = {
    "/status/buildinfo": {"version": "2.11.0", "goVersion": "go1.21", "application": "Grafana Mimir"},
    "/rules": {"groups": [{"name": "g", "file": "team", "rules": [{"name": "A", "type": "alerting", "query": "up == 0"}]}]},
    "/label/__name__/values": ["up", "kube_node_info"],
    'count(count by (node) (kube_node_info)) unless count({__name__=~"cluster_autoscaler_.+|karpenter_.+"})': {
        "resultType": "vector",
        "result": [{"metric": {}, "value": [0, "3"]}],
    },
}
VICTORIA = {"/status/buildinfo": {"version": "2.24.0"}, "/label/__name__/values": []}


@pytest.mark.parametrize("missing", [404, 400, 405, 501])
@pytest.mark.parametrize("answers", [THANOS, MIMIR, VICTORIA])
def test_what_a_server_does_not_have_is_open_and_told(odd: Odd, answers: dict[str, Any], missing: int) -> None:
    odd.answer = api_of(answers, missing)
    live = read(odd)
    assert (live.version, live.config, live.alertmanagers) == (None, None, None)
    told = [problem.text for problem in live.problems]
    if answers is not THANOS:
        assert any(text.startswith(f"does not tell its targets (it answers {missing}") for text in told)
    topology = api.detect(sources=Sources(prometheus=[Server(odd.url, retries=0, timeout=4)])).topology
    assert topology.jobs is None
    assert False not in topology.exporters.values()
    assert topology.nodes == (3 if answers is MIMIR else None)


def test_a_prefix_is_kept(odd: Odd) -> None:
    odd.answer = api_of(THANOS)
    read_anew(Server(f"{odd.url}/prometheus", retries=0), shipped())
    assert {path.partition("/api")[0] for _, path, _, _ in odd.asked} == {"/prometheus"}


def test_what_is_no_such_server_is_an_error(odd: Odd) -> None:
    odd.answer = lambda handler: reply(handler, b"<html>Log in</html>", kind="text/html")
    with pytest.raises(RemoteError, match="a web page"):
        read(odd)
    odd.answer = lambda handler: reply(handler, b"nothing here", 404)
    with pytest.raises(RemoteError, match="this does not answer queries as Prometheus does"):
        read(odd)


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_ask_is_told_so(odd: Odd, status: int) -> None:
    odd.answer = lambda handler: reply(handler, b"", status)
    with pytest.raises(RemoteError, match=str(status)):
        read(odd)


def test_answers_of_a_wrong_form_stay_open(odd: Odd) -> None:
    wrong: list[Any] = [None, 3, [], {}, "x", {"yaml": 3}, {"yaml": "a: [1"}, {"activeTargets": [3, {"labels": 4}]},
                        {"groups": [3, {"rules": [3, {}]}]}, {"result": [{}, 3], "resultType": "vector"}]  # fmt: skip
    for data in wrong:
        paths = ("/status/buildinfo", "/status/config", "/targets", "/rules", "/alertmanagers", "/status/flags")
        odd.answer = api_of(dict.fromkeys((*paths, "/label/__name__/values", "/label/job/values"), data))
        live = read(odd)
        assert live.version is None
        assert live.counted == ()
        read_back = api.detect(sources=Sources(prometheus=[Server(odd.url, retries=0)]))
        assert read_back.topology.nodes is None


def test_an_endless_answer_and_a_slow_one_end(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_BYTES", 100_000)
    slow = api_of(THANOS)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "/targets" in handler.path:
            reply(handler, b" " * 200_000)
        elif "/rules" in handler.path:
            time.sleep(1.5)
            slow(handler)
        else:
            slow(handler)

    odd.answer = answer
    start = time.monotonic()
    live = read_anew(Server(odd.url, retries=0, timeout=0.5), shipped())
    assert time.monotonic() - start < 10
    assert live.targets is None
    assert live.rules is None
    told = " ".join(problem.text for problem in live.problems)
    assert "does not tell its targets (it answers with more than 100000 bytes" in told
    assert "does not tell its rules (no answer within 0.5 seconds)" in told


def test_a_server_that_falls_silent_is_asked_no_more(odd: Odd) -> None:
    usual = api_of(THANOS)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if "/query" in handler.path or "buildinfo" in handler.path:
            usual(handler)
        else:
            handler.connection.close()

    odd.answer = answer
    live = read(odd)
    assert len(odd.asked) <= 6
    assert any("it was asked long enough" in problem.text for problem in live.problems)


def test_too_many_series_are_open(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_SERIES", 2)
    query = "max by (namespace, deployment)"
    rows = [{"metric": {"deployment": f"d{n}"}, "value": [0, "1"]} for n in range(3)]
    usual = api_of({**MIMIR, "/label/__name__/values": ["kube_deployment_spec_replicas"]})

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if query in parse_qs(urlsplit(handler.path).query).get("query", [""])[0]:
            reply(handler, json.dumps({"status": "success", "data": {"resultType": "vector", "result": rows}}).encode())
        else:
            usual(handler)

    odd.answer = answer
    live = read(odd)
    assert live.counted == ()
    assert any("there are more than 2 of them" in problem.text for problem in live.problems)


def test_others_that_push_and_jobs_that_are_not_configured_open_the_jobs(odd: Odd) -> None:
    config = {"yaml": "scrape_configs:\n- job_name: till\n  static_configs: [{targets: ['till:80']}]\n"}
    base = {
        "/status/buildinfo": {"version": "2.53.0", "goVersion": "go1", "revision": "r"},
        "/status/config": config,
        "/targets": {"activeTargets": []},
        "/alertmanagers": {"activeAlertmanagers": []},
        "/label/__name__/values": ["up"],
    }
    flags = {"web.enable-remote-write-receiver": "false"}
    for more, wanted in (
        ({"/status/flags": flags, "/label/job/values": ["till"]}, True),
        ({"/status/flags": flags, "/label/job/values": ["till", "pushed"]}, False),
        ({"/status/flags": {"web.enable-remote-write-receiver": "true"}, "/label/job/values": ["till"]}, False),
        ({"/label/job/values": ["till"]}, False),
    ):
        odd.answer = api_of({**base, **more})
        topology = api.detect(sources=Sources(prometheus=[Server(odd.url, retries=0)])).topology
        assert (topology.jobs is not None) is wanted, more
        assert topology.prometheus.version == "2.53.0"
        assert topology.prometheus.alertmanagers == 0
