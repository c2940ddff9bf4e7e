"""The exporters that are started with their real servers, as packages ship them and with default settings.

A function takes the stage, starts what it needs, waits until it answers, and says where to scrape and which rulesets speak
of the answer, the one that the test is about first. What is not installed skips the test. Programs that export metrics of
their own through a client library stand in ``libraries``.
"""

from __future__ import annotations

from collections.abc import Callable

from databases import etcd, mysqld_exporter, postgres_exporter, rabbitmq_prometheus, redis_exporter
from monitoring import alertmanager, node_exporter, process_exporter, prometheus_server, pushgateway
from networks import bind_exporter, blackbox_exporter, ipmi_exporter, snmp_exporter
from processes import Stage
from proxies import (
    apache_exporter,
    caddy,
    haproxy,
    haproxy_exporter,
    nginx_prometheus_exporter,
    squid_exporter,
    varnish_exporter,
)
from sources import Source

REAL: dict[str, Callable[[Stage], list[Source]]] = {
    start.__name__: start
    for start in (
        node_exporter, redis_exporter, postgres_exporter, mysqld_exporter, nginx_prometheus_exporter, blackbox_exporter,
        haproxy, process_exporter, alertmanager, pushgateway, prometheus_server, etcd, caddy, rabbitmq_prometheus,
        apache_exporter, squid_exporter, snmp_exporter, haproxy_exporter, varnish_exporter, bind_exporter, ipmi_exporter,
    )
}  # fmt: skip
"""Name of the exporter to the function that starts the real thing."""
