"""``prometheus.yml`` and ``alertmanager.yml`` as values, and what keeps their programs from starting."""

import pytest

from promtrim.errors import InputError
from promtrim.stack.alertmanager_config import Condition, parse_alertmanager_config, routes
from promtrim.stack.prometheus_config import parse_prometheus_config, read_prometheus_config


def test_a_prometheus_configuration(fixtures):
    config = read_prometheus_config(str(fixtures / "compose" / "tickets" / "prometheus" / "prometheus.yml"))
    assert (config.scrape_interval, config.evaluation_interval) == (30.0, 60.0)
    assert config.interval_places[0].line == 2
    assert config.external_labels == {"site": "hall"}
    assert [each.text for each in config.rule_files] == ["rules/*.yml"]
    assert [(each.address, each.place.line) for each in config.alertmanagers] == [("alertmanager:9093", 7)]
    jobs = {each.name: each for each in config.jobs}
    assert list(jobs) == ["prometheus", "api", "database", "cache", "machine", "queue"]
    assert (jobs["machine"].interval, jobs["machine"].own_interval) == (60.0, True)
    assert (jobs["api"].path, jobs["api"].scheme, jobs["api"].honor_labels) == ("/internal/metrics", "http", False)
    assert config.remote is None
    assert config.problems == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("scrape_config: []", 1, "does not know the key 'scrape_config'"),
        ("scrape_configs:\n- job_name: a\n- job_name: a\n", 3, "stands also in line 2"),
        ("scrape_configs:\n- static_configs: []\n", 2, "without job_name"),
        ("global: {scrape_interval: 15 s}", 1, "no duration"),
        ("scrape_configs:\n- job_name: a\n  scrape_interval: 5s\n  scrape_timeout: 10s\n", 4, "longer than its interval"),
        (
            "scrape_configs:\n- job_name: a\n  relabel_configs:\n  - {action: keep, regex: '['}\n",
            4,
            "no regular expression",
        ),
        ("storage:\n  tsdb:\n    retention.time: 30d\n", 3, "tsdb takes no 'retention.time'"),
        ("scrape_configs:\n- job_name: a\n  evaluation_interval: 5s\n", 3, "takes no 'evaluation_interval'"),
        ("scrape_configs:\n- job_name: a\n  static_configs:\n  - targets: ['x:1']\n    job_name: b\n", 5, "takes no 'job_name'"),
        ("global: {rule_files: [a.yml]}", 1, "global takes no 'rule_files'"),
    ],
)
def test_what_keeps_prometheus_from_starting(text, line, said):
    (problem,) = parse_prometheus_config(text, "p.yml").problems
    assert (problem.code, problem.file, problem.line) == ("prometheus-cannot-start", "p.yml", line)
    assert said in problem.text


@pytest.mark.parametrize(
    "text",
    [
        "global: {key_of_tomorrow: 1}",
        "storage: {tsdb: {retention: {time: 30d}, out_of_order_time_window: 1h}}",
        "scrape_configs: [{job_name: a, sample_limit: 5, tomorrow_sd_configs: [], fallback_scrape_protocol: x}]",
        "x: &x {metrics_path: /m}\nscrape_configs: [{job_name: a, <<: *x}]",
    ],
)
def test_keys_that_are_only_not_known_are_let_pass(text):
    assert not [each for each in parse_prometheus_config(text, "p.yml").problems if "takes no" in each.text]


class TestFilesOfTargets:
    def read(self, tmp_path, files):
        (tmp_path / "p.yml").write_text(f"scrape_configs: [{{job_name: a, file_sd_configs: [{{files: {files}}}]}}]")
        config = read_prometheus_config(str(tmp_path / "p.yml"))
        (job,) = config.jobs
        return [each.address for each in job.static], len(job.discoveries), [each.code for each in config.problems]

    def test_beside_the_configuration_also_by_a_path_in_the_container(self, tmp_path):
        (tmp_path / "targets").mkdir()
        (tmp_path / "targets" / "a.json").write_text('[{"targets": ["x:1", "y:2"], "labels": {"l": "v"}}]')
        assert self.read(tmp_path, "[targets/a.json]") == (["x:1", "y:2"], 0, [])
        assert self.read(tmp_path, "[/etc/prometheus/targets/a.json]") == (["x:1", "y:2"], 0, [])

    def test_a_pattern_may_match_others_elsewhere(self, tmp_path):
        (tmp_path / "a.yml").write_text("- targets: [x:1]\n")
        assert self.read(tmp_path, "['a*.yml']") == (["x:1"], 1, [])
        assert self.read(tmp_path, "['b*.yml']") == ([], 1, [])

    def test_a_file_that_is_not_here(self, tmp_path):
        assert self.read(tmp_path, "[gone.json]") == ([], 1, ["file-sd-missing"])

    def test_a_broken_file(self, tmp_path):
        (tmp_path / "a.json").write_text("[{")
        assert self.read(tmp_path, "[a.json]") == ([], 1, ["unreadable"])


def test_lines_inside_another_file():
    config = parse_prometheus_config("scrape_configs:\n- job_name: a\n", "map.yml", 10)
    assert config.jobs[0].place.line == 12


@pytest.mark.parametrize("parse", [parse_prometheus_config, parse_alertmanager_config])
def test_what_is_no_mapping(parse):
    with pytest.raises(InputError, match="is a mapping"):
        parse("- a", "f.yml")


ALERTMANAGER = """\
route:
  receiver: team
  routes:
    - match: {severity: critical}
      match_re: {service: web|api}
      receiver: pager
      continue: true
    - matchers: ['severity="info"', "{team=~\\"a|b\\", zone!=x}"]
      active_time_intervals: [day]
      routes:
        - matchers: [owner=nobody]
          receiver: gone
receivers:
  - name: team
    slack_configs: [{channel: "#a"}]
    email_configs: [{to: a@example.com}]
  - name: pager
inhibit_rules:
  - source_match: {severity: critical}
    target_matchers: [severity=warning]
    equal: [alertname]
"""


def test_an_alertmanager_configuration():
    config = parse_alertmanager_config(ALERTMANAGER, "a.yml")
    assert {name: [each.kind for each in receiver.integrations] for name, receiver in config.receivers.items()} == {
        "team": ["slack", "email"], "pager": []}  # fmt: skip
    root, pager, info, nobody = routes(config.route)
    assert (root.receiver, pager.receiver, info.receiver, nobody.receiver) == ("team", "pager", "team", "gone")
    assert pager.conditions == (Condition("severity", "=", "critical"), Condition("service", "=~", "web|api"))
    assert info.conditions == (
        Condition("severity", "=", "info"), Condition("team", "=~", "a|b"), Condition("zone", "!=", "x"))  # fmt: skip
    assert (pager.goes_on, info.goes_on, info.muted) == (True, False, True)
    (inhibition,) = config.inhibitions
    assert inhibition.target == (Condition("severity", "=", "warning"),)
    assert inhibition.equal == ("alertname",)
    (problem,) = config.problems
    assert (problem.line, problem.text) == (12, "there is no receiver 'gone': Alertmanager does not start")


def test_without_a_route_alertmanager_does_not_start():
    (problem,) = parse_alertmanager_config("receivers: [{name: a}]", "a.yml").problems
    assert problem.code == "alertmanager-cannot-start"
