"""What may come through collectors and gateways: anything, or only what applications push of their own."""

from __future__ import annotations

import pytest

from tests.path.conftest import COMPOSE, CONFIG, Follow
from tests.path.test_dead_targets import verdict

OTEL = '  otel: {image: "otel/opentelemetry-collector-contrib:0.110.0", volumes: ["./otel.yml:/etc/otelcol/config.yaml"]}\n'
STATSD = '  statsd: {image: "prom/statsd-exporter:v0.27.0"}\n'
SCRAPED = CONFIG.replace("app:8000", "otel:8889")


def otel(receivers: str, more: str = "") -> str:
    return (
        "receivers: {otlp: {}, prometheus: {}, statsd/own: {}}\nconnectors: {spanmetrics: {}}\n"
        f"service: {{pipelines: {{metrics/app: {{receivers: [{receivers}], exporters: [prometheus]}}, {more}}}}}\n"
    )


CONTAINERS = "container_memory_working_set_bytes > 1e9"


@pytest.mark.parametrize("receivers", ["otlp", "otlp, statsd/own", "otlp, spanmetrics"])
def test_an_exporter_s_metrics_are_not_pushed(stack: Follow, receivers: str) -> None:
    files = {"config": SCRAPED, "compose": COMPOSE + OTEL, "otel__yml": otel(receivers)}
    assert verdict(stack, CONTAINERS, **files) == ("cannot-fire", "not-scraped")
    assert verdict(stack, "redis_up == 0", **files) == ("cannot-fire", "not-scraped")


@pytest.mark.parametrize("expression", ["orders_waiting > 5", "jvm_threads_current > 500", "http_requests_total > 1"])
def test_an_application_s_metrics_are(stack: Follow, expression: str) -> None:
    files = {"config": SCRAPED, "compose": COMPOSE + OTEL, "otel__yml": otel("otlp")}
    assert verdict(stack, expression, **files) == ("can-fire", None)


@pytest.mark.parametrize(
    "text",
    [otel("otlp, prometheus"), otel("something_new"), otel("otlp", "metrics: {receivers: [prometheus]}"), "a: b", "a: ["],
)
def test_what_keeps_it_open(stack: Follow, text: str) -> None:
    files = {"config": SCRAPED, "compose": COMPOSE + OTEL, "otel__yml": text}
    assert verdict(stack, CONTAINERS, **files) == ("can-fire", None)


def test_a_gateway_for_what_applications_push(stack: Follow) -> None:
    files = {"config": CONFIG.replace("app:8000", "statsd:9102"), "compose": COMPOSE + STATSD}
    assert verdict(stack, CONTAINERS, **files) == ("cannot-fire", "not-scraped")
    assert verdict(stack, "orders_waiting > 5", **files) == ("can-fire", None)


def test_federation_hands_over_anything(stack: Follow) -> None:
    config = CONFIG.replace("app:8000", "statsd:9102") + (
        "  - {job_name: other, metrics_path: /federate, static_configs: [{targets: ['app:9090']}]}\n"
    )
    assert verdict(stack, CONTAINERS, config=config, compose=COMPOSE + STATSD) == ("can-fire", None)
