"""Keys of ``prometheus.yml`` at a place where no Prometheus takes them: it reads strictly and does not start.

A key that is merely not listed here may be newer than this list; it is let pass. What is told: keys that belong to
another section, and keys of a form that no key of Prometheus has. Top-level keys are for :mod:`prometheus_config`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from promtrim.rulefile.model import Problem
from promtrim.stack.manifests import at, items, problem
from promtrim.yamltext.located import YamlMap

_LIMITS = frozenset({
    "body_size_limit", "sample_limit", "label_limit", "label_name_length_limit", "label_value_length_limit",
    "target_limit", "keep_dropped_targets",
})  # fmt: skip
_SCRAPING = frozenset({
    "scrape_interval", "scrape_timeout", "scrape_protocols", "scrape_failure_log_file", "scrape_native_histograms",
    "always_scrape_classic_histograms", "convert_classic_histograms_to_nhcb", "metric_name_validation_scheme",
    "metric_name_escaping_scheme", "extra_scrape_metrics",
})  # fmt: skip

KEYS = {
    "global": _SCRAPING | _LIMITS | {"evaluation_interval", "rule_query_offset", "query_log_file", "external_labels"},
    "scrape_configs": _SCRAPING | _LIMITS | {
        "job_name", "fallback_scrape_protocol", "scrape_classic_histograms", "metrics_path", "params", "scheme",
        "honor_labels", "honor_timestamps", "track_timestamps_staleness", "enable_compression", "basic_auth",
        "authorization", "bearer_token", "bearer_token_file", "oauth2", "follow_redirects", "enable_http2",
        "tls_config", "proxy_url", "no_proxy", "proxy_from_environment", "proxy_connect_header", "http_headers",
        "static_configs", "relabel_configs", "metric_relabel_configs", "native_histogram_bucket_limit",
        "native_histogram_min_bucket_factor",
    },
    "static_configs": frozenset({"targets", "labels"}),
    "alerting": frozenset({"alertmanagers", "alert_relabel_configs"}),
    "storage": frozenset({"tsdb", "exemplars"}),
    "tsdb": frozenset({"out_of_order_time_window", "retention"}),
}  # fmt: skip
"""Sections with their keys (https://prometheus.io/docs/prometheus/latest/configuration/configuration/)."""

_TOP = frozenset({"global", "alerting", "rule_files", "scrape_configs", "remote_write", "remote_read", "storage"})
_EVERYWHERE = frozenset().union(_TOP, *KEYS.values())
_FORM = re.compile(r"[a-z][a-z0-9_]*|<<")


def misplaced_keys(data: YamlMap) -> Iterator[Problem]:
    """What keeps Prometheus from starting, each with its place."""
    yield from _of("global", data.get("global"))
    yield from _of("alerting", data.get("alerting"))
    yield from _of("storage", data.get("storage"))
    yield from _of("tsdb", at(data, "storage", "tsdb"))
    for job in items(data.get("scrape_configs")):
        yield from _of("scrape_configs", job)
        for group in items(at(job, "static_configs")):
            yield from _of("static_configs", group)


def _of(section: str, value: Any) -> Iterator[Problem]:
    for key in value if isinstance(value, YamlMap) else ():
        if not isinstance(key, str) or key in KEYS[section] or key.endswith("_sd_configs"):
            continue
        if key in _EVERYWHERE or not _FORM.fullmatch(key):
            said = f"{section} takes no {key!r}: Prometheus does not start with it; move or remove it"
            yield problem("prometheus-cannot-start", said, value.at(key))
