"""Whatever a server answers: values or a problem, never a crash."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promtrim.detect.detect import detect
from promtrim.detect.live.read import read_anew
from promtrim.errors import RemoteError
from promtrim.http import Server
from promtrim.knowledge.index import shipped
from promtrim.path.ground import Ground
from promtrim.path.running import Running, findings
from promtrim.topology.write import to_yaml
from tests.http.odd import reply, running

words = st.sampled_from(
    ["up", "redis_up", "kube_deployment_spec_replicas", "node_uname_info", "job", "till", "", "a\x1b[2J\u202e", "NaN", "+Inf",
     "3", "alerting", "http://[::1", "http://h:99999/x", "scrape_configs: [{job_name: till}]", "scrape_configs: {", "é" * 3]
)  # fmt: skip
keys = st.sampled_from(
    ["version", "goVersion", "application", "yaml", "activeTargets", "labels", "scrapeUrl", "scrapePool", "health",
     "lastError", "groups", "rules", "name", "type", "query", "file", "activeAlertmanagers", "url", "result", "resultType",
     "metric", "value", "deployment", "namespace", "__name__", "instance", "job", "enable-feature"]
)  # fmt: skip
plain = st.one_of(words, st.none(), st.booleans(), st.integers(-5, 2**70), st.floats(allow_nan=False, allow_infinity=False))
data = st.recursive(plain, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5)))
samples = st.lists(
    st.fixed_dictionaries({"metric": st.dictionaries(keys, words, max_size=4), "value": st.tuples(st.just(0), words)}),
    max_size=4,
)
vectors = st.one_of(data, samples.map(lambda rows: {"resultType": "vector", "result": rows}))


@settings(max_examples=40)
@given(st.dictionaries(st.integers(0, 7), data, min_size=3), vectors, st.lists(words, max_size=6))
def test_nothing_crashes(answers: dict[int, Any], vector: Any, names: list[str]) -> None:
    paths = ("buildinfo", "config", "targets", "rules", "alertmanagers", "flags", "job/values", "nothing")

    def answer(handler: Any) -> None:
        path = handler.path.partition("?")[0]
        number = next((index for index, word in enumerate(paths) if path.endswith(word)), 7)
        body = answers.get(number)
        if path.endswith("/query"):
            known = {"resultType": "vector", "result": [{"metric": {}, "value": [0, "1"]}]}
            body = known if "vector%281%29" in handler.path else vector
        elif path.endswith("__name__/values"):
            body = names
        reply(handler, json.dumps({"status": "success", "data": body}).encode())

    with running() as odd:
        odd.answer = answer
        live = read_anew(Server(odd.url, retries=0), shipped())
    found = detect(shipped().heads, live=[live])
    text = to_yaml(found.topology)
    assert "\x1b" not in text
    ground = Ground(found, (), found.problems)
    list(findings(ground))
    Running(ground)
    msgspec.json.encode(msgspec.to_builtins(found.topology))


@settings(max_examples=20)
@given(st.binary(max_size=60), st.sampled_from([200, 204, 301, 404, 422, 503]))
def test_bytes_of_any_kind_are_an_error_with_words(body: bytes, status: int) -> None:
    with running() as odd:
        odd.answer = lambda handler: reply(handler, body, status)
        with pytest.raises(RemoteError) as caught:
            read_anew(Server(odd.url, retries=0), shipped())
        assert str(caught.value).startswith(odd.url)
        assert str(caught.value).isprintable()
