"""What follows from targets that certainly never answer, and from targets that are all known."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from promtrim.api import make_plan
from promtrim.topology.load import parse_topology
from tests.path.conftest import COMPOSE, CONFIG, Follow

GONE = 'targets: ["gone:8000"]'
BOTH = 'targets: ["app:8000", "gone:8000"]'
HERE = 'targets: ["app:8000"]'
REDIS = '  - {job_name: redis, static_configs: [{targets: ["redis-exporter:9121"]}]}\n'
EXPORTER = '  redis-exporter: {image: "oliver006/redis_exporter:v1.62.0"}\n'


def rules(*expressions: str, **labels: str) -> str:
    lines = [f"      - {{alert: A{number}, expr: '{each}'}}" for number, each in enumerate(expressions)]
    return "groups:\n  - name: g\n    rules:\n" + "\n".join(lines) + "\n"


def verdict(stack: Follow, expression: str, **files: str) -> tuple[str, str | None]:
    judged = stack(rules=rules(expression), **files).rule("A0").judged
    return judged.verdict, judged.cause


FOR_EVER = [
    'up{job="app"} == 0', "up == 0", "up != 1", "1 > up", 'up{job=~"a.*"} == 0', 'up{job!="other"} < 1',
    "avg_over_time(up[5m]) < 0.5", "count(up == 0) > 0", "sum by (job) (up) == 0", "min by (job) (up) < 1",
    'absent(up{job="app"} == 1)', "up == 0 or latency_seconds > 5", "(up) == 0", "-up == 0",
]  # fmt: skip


class TestUpOfWhatNeverAnswers:
    @pytest.mark.parametrize("expression", FOR_EVER)
    def test_is_0_for_ever(self, stack: Follow, expression: str) -> None:
        files = {"config": CONFIG.replace(HERE, GONE)}
        assert verdict(stack, expression, **files) == ("always-fires", "not-scraped")

    @pytest.mark.parametrize("other", [0, 1])
    def test_prometheus_says_so(self, promtool: str, tmp_path: Path, other: int) -> None:
        """Whatever another job's target does: each of them fires, at every evaluation."""
        (tmp_path / "rules.yml").write_text(rules(*FOR_EVER))
        series = {'up{job="app", instance="gone:8000"}': 0, 'up{job="other", instance="other:80"}': other}
        checks = [
            {"expr": f'count(ALERTS{{alertname="A{number}", alertstate="firing"}}) > bool 0', "eval_time": at,
             "exp_samples": [{"labels": "{}", "value": 1}]}
            for number in range(len(FOR_EVER)) for at in ("1m", "30m")
        ]  # fmt: skip
        test = {"interval": "30s", "input_series": [{"series": key, "values": f"{value}x80"} for key, value in series.items()],
                "promql_expr_test": checks}  # fmt: skip
        (tmp_path / "t.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [test]}))
        run = subprocess.run([promtool, "test", "rules", "t.yml"], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr

    @pytest.mark.parametrize("expression", ["up == 0", 'up{job="app"} == 0', "count(up == 0) >= 1"])
    def test_beside_one_that_answers(self, stack: Follow, expression: str) -> None:
        assert verdict(stack, expression, config=CONFIG.replace(HERE, BOTH)) == ("always-fires", "not-scraped")

    @pytest.mark.parametrize(
        "expression",
        [
            'up{job="other"} == 0', 'up{job!="app"} == 0', "count(up == 0) > 1", "sum(up) < 1", "avg(up) < 0.5",
            "up == 0 unless on (instance) maintenance", "maintenance unless on (job) up", "up == 0 and on () x > 1",
            'up{env="prod"} == 0', "sum by (job) (up) == 0", "absent(up == 1)", "max by (job) (up) == 0",
        ],
    )  # fmt: skip
    def test_what_it_does_not_prove(self, stack: Follow, expression: str) -> None:
        config = CONFIG.replace(HERE, BOTH) + '  - {job_name: other, static_configs: [{targets: ["app:8001"]}]}\n'
        assert verdict(stack, expression, config=config)[0] != "always-fires"

    def test_it_stays_and_says_what_to_mend(self, stack: Follow) -> None:
        decided = stack(rules=rules("up == 0"), config=CONFIG.replace(HERE, BOTH)).rule("A0")
        assert decided.keep
        assert "it fires for ever, until that is mended or removed" in decided.reason.text

    def test_nothing_yields_to_it(self, stack: Follow) -> None:
        text = rules("up == 0", 'up{job="other"} == 0')
        config = CONFIG.replace(HERE, BOTH) + '  - {job_name: other, static_configs: [{targets: ["app:8001"]}]}\n'
        followed = stack(rules=text, config=config)
        assert [each.keep for each in followed.plan.rules] == [True, True]

    def test_is_never_1(self, stack: Follow) -> None:
        config = CONFIG.replace(HERE, GONE)
        assert verdict(stack, 'up{job="app"} == 1', config=config) == ("cannot-fire", "not-scraped")

    def test_the_place_is_told(self, stack: Follow) -> None:
        judged = stack(rules=rules("up == 0"), config=CONFIG.replace(HERE, GONE)).rule("A0").judged
        assert "gone:8000: no service is named gone" in judged.because
        assert "prometheus.yml:" in judged.because

    def test_what_is_not_certain_proves_nothing(self, stack: Follow) -> None:
        config = CONFIG.replace(HERE, 'targets: ["gone.example.com:8000"]')
        assert verdict(stack, "up == 0", config=config) == ("can-fire", None)

    def test_nor_do_targets_of_one_of_two_servers(self) -> None:
        topology = parse_topology("jobs: {app: {targets: 2, dead: 0..1}}\n", "t.yml")
        plan = make_plan(["-"], topology=topology, stdin=rules("up == 0"))
        assert plan.rules[0].judged.verdict == "can-fire"

    def test_as_a_topology_file_says(self) -> None:
        topology = parse_topology("jobs: {app: {targets: 2, dead: 1}}\n", "t.yml")
        plan = make_plan(["-"], topology=topology, stdin=rules("up == 0", 'rate(x{job="app"}[5m]) > 1'))
        assert [each.judged.verdict for each in plan.rules] == ["always-fires", "can-fire"]

    def test_a_recording_rule_in_between_is_not_looked_through(self, stack: Follow) -> None:
        text = rules("up:app == 0").replace("rules:\n", "rules:\n      - {record: 'up:app', expr: 'max(up)'}\n")
        judged = stack(rules=text, config=CONFIG.replace(HERE, BOTH)).rule("A0").judged
        assert judged.verdict == "can-fire"


class TestWhatNobodyDelivers:
    def test_by_a_job_that_nobody_answers(self, stack: Follow) -> None:
        files = {"config": CONFIG.replace(HERE, GONE)}
        assert verdict(stack, 'requests_total{job="app"} > 1', **files) == ("cannot-fire", "not-scraped")

    def test_where_one_of_two_answers(self, stack: Follow) -> None:
        files = {"config": CONFIG.replace(HERE, BOTH)}
        assert verdict(stack, 'requests_total{job="app"} > 1', **files) == ("can-fire", None)

    def test_where_only_known_exporters_are_scraped(self, stack: Follow) -> None:
        files = {"config": CONFIG.replace(HERE, GONE) + REDIS, "compose": COMPOSE + EXPORTER}
        assert verdict(stack, "orders_waiting > 5", **files) == ("cannot-fire", "not-scraped")
        assert verdict(stack, "redis_something_new > 5", **files) == ("can-fire", None)
        assert verdict(stack, "orders:waiting > 5", **files) == ("can-fire", None)
        assert verdict(stack, "scrape_samples_scraped > 5", **files)[0] == "can-fire"

    @pytest.mark.parametrize(
        "files",
        [
            {"config": CONFIG + REDIS, "compose": COMPOSE + EXPORTER},
            {"config": CONFIG.replace(HERE, GONE) + REDIS.replace("static", "consul_sd_configs: [{}], static"),
             "compose": COMPOSE + EXPORTER},
            {"config": CONFIG.replace(HERE, GONE) + REDIS,
             "compose": COMPOSE + EXPORTER.replace("}\n", ", command: [--script=/scripts/own.lua]}\n")},
            {"config": CONFIG.replace(HERE, GONE) + REDIS,
             "compose": COMPOSE.replace("v2.53.0", "v2.53.0\n    command: [--web.enable-remote-write-receiver]") + EXPORTER},
        ],
        ids=["an application", "a discovery", "a script of their own", "pushed"],
    )  # fmt: skip
    def test_what_keeps_it_open(self, stack: Follow, files: dict[str, str]) -> None:
        assert verdict(stack, "orders_waiting > 5", **files) == ("can-fire", None)

    def test_a_recorded_metric_is_its_rules_matter(self, stack: Follow) -> None:
        text = rules("waiting > 5").replace(
            "rules:\n", "rules:\n      - {record: waiting, expr: 'redis_connected_clients'}\n"
        )
        files = {"config": CONFIG.replace(HERE, GONE) + REDIS, "compose": COMPOSE + EXPORTER}
        assert stack(rules=text, **files).rule("A0").judged.verdict == "can-fire"

    def test_a_rule_file_that_was_not_read_may_record_it(self, stack: Follow) -> None:
        config = CONFIG.replace("[rules.yml]", "[rules.yml, records.yml]").replace(HERE, GONE) + REDIS
        assert verdict(stack, "waiting > 5", config=config, compose=COMPOSE + EXPORTER) == ("can-fire", None)


class TestInstances:
    CONFIG = CONFIG.replace(HERE, BOTH.replace("gone", "app2"))

    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ('x{instance="app:8000"} > 1', "can-fire"),
            ('x{instance="app:80"} > 1', "cannot-fire"),
            ('x{job="app", instance="elsewhere:8000"} > 1', "cannot-fire"),
            ('x{instance=~"app:8000|other:1"} > 1', "can-fire"),
            ('x{instance=~"one:1|other:1"} > 1', "cannot-fire"),
            ('x{instance!="app:8000"} > 1', "can-fire"),
            ('x:y{instance="app:80"} > 1', "can-fire"),
        ],
    )
    def test_of_static_targets(self, stack: Follow, expression: str, expected: str) -> None:
        assert verdict(stack, expression, config=self.CONFIG)[0] == expected

    @pytest.mark.parametrize(
        "more",
        [
            "    honor_labels: true\n",
            "    metric_relabel_configs: [{source_labels: [node], target_label: instance}]\n",
            "    dns_sd_configs: [{names: [app]}]\n",
        ],
    )
    def test_what_keeps_them_open(self, stack: Follow, more: str) -> None:
        config = self.CONFIG + more
        assert verdict(stack, 'x{instance="app:80"} > 1', config=config) == ("can-fire", None)

    def test_as_relabelling_makes_them(self, stack: Follow) -> None:
        config = CONFIG + "    relabel_configs: [{target_label: instance, replacement: main}]\n"
        assert verdict(stack, 'x{instance="main"} > 1', config=config)[0] == "can-fire"
        assert verdict(stack, 'x{instance="app:8000"} > 1', config=config)[0] == "cannot-fire"
