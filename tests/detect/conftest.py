"""What the tests of the topology's readers share."""

import pytest

from promtrim.knowledge.model import Detect, Ruleset


def _ruleset(name, technology, kind, *, images=(), ports=(), programs=(), program_ports=(), jobs=(), relays=()):
    detect = Detect(images=images, ports=ports, technology_images=programs, technology_ports=program_ports, jobs=jobs,
                    relay_images=relays)  # fmt: skip
    return Ruleset(ruleset=name, title=name, technology=technology, kind=kind, sources={}, detect=detect)


@pytest.fixture(scope="session")
def heads():
    """A few rulesets, as far as readers need them: tests do not change with the shipped ones."""
    rulesets = [
        _ruleset("redis_exporter", "redis", "cache", images=("oliver006/redis_exporter",), ports=(9121,),
                 programs=("redis", "bitnami/redis"), program_ports=(6379,), jobs=("redis.*",)),
        _ruleset("postgres_exporter", "postgresql", "datastore", images=("prometheuscommunity/postgres-exporter",),
                 ports=(9187,), programs=("postgres", "postgis/postgis"), program_ports=(5432,), jobs=("postgres.*",)),
        _ruleset("rabbitmq_exporter", "rabbitmq", "broker", images=("kbudde/rabbitmq-exporter",), ports=(9419,),
                 programs=("rabbitmq",), program_ports=(5672,), jobs=("rabbit.*",)),
        _ruleset("node_exporter", "node", "node", images=("prom/node-exporter",), ports=(9100,), jobs=("node.*",)),
        _ruleset("kube_state_metrics", "kubernetes", "cluster", images=("kube-state-metrics/kube-state-metrics",),
                 ports=(8080,), jobs=("kube-state-metrics",)),
        _ruleset("prometheus_server", "prometheus", "monitoring", images=("prom/prometheus",), ports=(9090,),
                 jobs=("prometheus",)),
        _ruleset("alertmanager", "alertmanager", "monitoring", images=("prom/alertmanager",), ports=(9093,),
                 jobs=("alertmanager",)),
        _ruleset("gateway", "gateway", "monitoring", images=("prom/pushgateway",), ports=(9091,),
                 relays=("prom/pushgateway", "prom/statsd-exporter")),
        _ruleset("some_library", "some-library", "workload"),
    ]  # fmt: skip
    return {each.ruleset: each for each in rulesets}
