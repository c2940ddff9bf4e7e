"""Made-up rulesets and topologies, so that these tests stand still while what is known of real exporters grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from promtrim.evaluate.engine import Record
from promtrim.judge.rule import RuleJudge
from promtrim.judge.words import Words
from promtrim.knowledge.compile import build, read_ruleset
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.model import Word
from promtrim.promql.parse import parse
from promtrim.rulefile.model import Position, Rule
from promtrim.topology.model import Topology

RULESETS = {
    "depot": """
        ruleset: depot
        title: Depot
        technology: depot
        kind: datastore
        sources: {manual: {url: "https://depot.example"}}
        prefixes: [depot_]
        target: {per: member, survives: true}
        metrics:
          depot_up: {type: gauge, range: [0, 1], integer: true, identity: [], healthy: 1, present: true, mode: down, tier: critical}
          depot_gone: {type: gauge, mode: down, tier: critical, when: [{if: {}, absent: true, because: it was given up}]}
          depot_errors_total:
            type: counter
            mode: errors
            tier: useful
            judge:
              - {above: 60, per: hour, tier: critical, because: one a minute is too many}
              - {shape: ratio, above: 0.05, tier: critical}
              - {labels: {kind: "lost.*"}, tier: critical, mode: corruption}
          depot_used_ratio:
            type: gauge
            mode: disk
            tier: low
            judge:
              - {shape: prediction, tier: critical}
              - {above: 0.9, tier: critical}
              - {above: 0.7, tier: useful}
          depot_free_ratio:
            type: gauge
            mode: disk
            tier: low
            judge: [{below: 0.1, tier: critical}]
          depot_silent: {type: gauge}
    """,
    "bench": """
        ruleset: bench
        title: Bench
        technology: bench
        kind: cluster
        sources: {manual: {url: "https://bench.example"}}
        metrics:
          bench_node_load: {type: gauge, mode: cpu, tier: useful, component: node}
          bench_disk_free: {type: gauge, mode: disk, tier: critical, component: volume}
          bench_deployment_ready: {type: gauge, mode: down, tier: critical, component: workload}
          bench_app_up: {type: gauge, mode: down, tier: critical, component: "{app}"}
          bench_quorum: {type: gauge, mode: quorum, tier: critical}
    """,
    "watch": """
        ruleset: watch
        title: Watch
        technology: watch
        kind: monitoring
        sources: {manual: {url: "https://watch.example"}}
        metrics:
          watch_config_ok: {type: gauge, mode: config, tier: useful}
    """,
    "probe": """
        ruleset: probe
        title: Probe
        technology: probe
        kind: probe
        sources: {manual: {url: "https://probe.example"}}
        metrics:
          probe_ok: {type: gauge, mode: down, tier: critical}
    """,
}
WORDS = Words(
    (
        Word(("*",), "down", "critical", ("absent",), True),
        Word(("backup*",), "backup", "critical"),
        Word(("error*", "failed"), "errors", "critical", ("ratio",), True),
        Word(("error*", "failed"), "errors", "critical"),
        Word(("ready",), "down", "critical", ("zero",), True),
        Word(("read only",), "disk", "critical"),
        Word(("queue*",), "queue", "useful"),
    )
)


@pytest.fixture(scope="session")
def metrics() -> Callable[..., Metrics]:
    """``metrics(topology)``: facts of the made-up rulesets in a topology as a file would write it."""
    import textwrap

    index = build([read_ruleset(textwrap.dedent(text), f"{name}.yml") for name, text in RULESETS.items()])

    def at(topology: Mapping[str, Any] | None = None) -> Metrics:
        return Metrics(index, msgspec.convert(topology or {}, Topology))

    return at


@pytest.fixture(scope="session")
def words() -> Words:
    return WORDS


def rule(expr: str, **fields: Any) -> Rule:
    """A rule with a place, and whatever else a test is about."""
    given: dict[str, Any] = {
        "id": 0, "file": "rules.yml", "line": 7, "column": 5, "group": "g", "alert": "A", "record": None, "expr": expr,
        "labels": {}, "annotations": {}, "for_": 0.0, "keep_firing_for": 0.0, "interval": None, **fields,
    }  # fmt: skip
    return Rule(**given)


@pytest.fixture(scope="session")
def make_rule() -> Callable[..., Rule]:
    return rule


@pytest.fixture(scope="session")
def rule_judge(metrics: Callable[..., Metrics]) -> Callable[..., RuleJudge]:
    """``rule_judge(topology, records={...})``: positions count columns from the rule's own."""

    def make(topology: Mapping[str, Any] | None = None, records: Mapping[str, str] | None = None) -> RuleJudge:
        known = {name: (Record(parse(expr), {}),) for name, expr in (records or {}).items()}
        return RuleJudge(metrics(topology), WORDS, known, lambda rule, offset: Position(rule.line, rule.column + offset))

    return make
