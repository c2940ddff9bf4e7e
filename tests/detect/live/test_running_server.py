"""A real Prometheus of each version, with a real node_exporter, an application, a dead target, rules, an Alertmanager."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from promtrim import api
from promtrim.detect.live import Live
from promtrim.detect.live.read import read_anew
from promtrim.http import Client, Server, wait_for
from promtrim.knowledge.index import shipped
from promtrim.stack.sources import Sources
from tests import servers
from tests.conftest import Run

APP = """# TYPE shop_orders_total counter
shop_orders_total 3
# TYPE redis_up gauge
redis_up 1
# TYPE redis_connected_slaves gauge
redis_connected_slaves 2
# TYPE kube_deployment_spec_replicas gauge
kube_deployment_spec_replicas{namespace="shop",deployment="till"} 2
kube_deployment_spec_replicas{namespace="shop",deployment="scaled"} 4
kube_deployment_spec_replicas{namespace="kube-system",deployment="coredns"} 2
# TYPE kube_horizontalpodautoscaler_info gauge
kube_horizontalpodautoscaler_info{namespace="shop",scaletargetref_kind="Deployment",scaletargetref_name="scaled"} 1
# TYPE kube_horizontalpodautoscaler_spec_max_replicas gauge
kube_horizontalpodautoscaler_spec_max_replicas{namespace="shop",horizontalpodautoscaler="scaled"} 9
"""

RULES = """groups:
- name: till
  rules:
  - {alert: TillGone, expr: 'up{job="till"} == 0', labels: {severity: critical}}
  - {alert: LedgerGone, expr: 'up{job="ledger"}==0', labels: {severity: critical}}
  - {record: twice, expr: up + on () up}
"""

MORE = """groups:
- name: till
  rules:
  - {alert: TillGone, expr: '(0 == up{job="till"})', labels: {severity: critical}}
  - {alert: LedgerGone, expr: 'up{job="ledger"} < 0.5', labels: {severity: critical}}
  - {alert: NothingSold, expr: 'rate(shop_orders_total[5m]) == 0', labels: {severity: critical}}
  - {alert: NobodyScrapesIt, expr: 'up{job="greenhouse"} == 0', labels: {severity: critical}}
"""

CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s, external_labels: {{site: home}}}}
rule_files: [rules.yml]
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]
scrape_configs:
- {{job_name: till, static_configs: [{{targets: ["{app}"]}}]}}
- {{job_name: machine, scrape_interval: 2s, static_configs: [{{targets: ["{node}"]}}]}}
- {{job_name: ledger, static_configs: [{{targets: ["127.0.0.1:1"]}}]}}
- {{job_name: found, file_sd_configs: [{{files: [found.json]}}]}}
"""


@pytest.fixture(scope="module", params=[0, 1], ids=["stable", "newest"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the rules, and in ``url`` the address of the Prometheus that runs in it."""
    programs, alertmanagers = servers.programs("prometheus"), servers.programs("prometheus-alertmanager")
    if request.param >= min(len(programs), len(alertmanagers)):
        pytest.skip("no such version of prometheus and prometheus-alertmanager here")
    folder = tmp_path_factory.mktemp("running")
    (folder / "rules.yml").write_text(RULES)
    (folder / "more.yml").write_text(MORE)
    with (
        servers.exposing(APP) as app,
        servers.node_exporter(folder / "node") as node,
        servers.alertmanager(
            alertmanagers[request.param], "route: {receiver: a}\nreceivers: [{name: a}]\n", folder / "am"
        ) as alertmanager,
    ):
        if node is None:
            pytest.skip("no node_exporter here")
        (folder / "found.json").write_text(json.dumps([{"targets": [app], "labels": {"instance": "by-file"}}]))
        config = CONFIG.format(app=app, node=node, alertmanager=alertmanager.removeprefix("http://"))
        with servers.prometheus(programs[request.param], config, folder) as url:
            (folder / "url").write_text(url)
            assert wait_for(lambda: _settled(url), 60), "its targets were never scraped"
            yield folder


def _settled(url: str) -> bool:
    with Client(Server(url)) as client:
        targets = client.get("/api/v1/targets")["data"]["activeTargets"]
        groups = client.get("/api/v1/rules")["data"]["groups"]
        alertmanagers = client.get("/api/v1/alertmanagers")["data"]["activeAlertmanagers"]
        names = client.get("/api/v1/label/__name__/values")["data"]
    health = [rule["health"] for group in groups for rule in group["rules"]]
    evaluated = "unknown" not in health and "err" in health  # one of them fails as soon as there are targets
    scraped = len(targets) == 4 and all(each["health"] != "unknown" for each in targets)
    return scraped and evaluated and bool(alertmanagers) and {"redis_up", "node_uname_info"} <= set(names)


@pytest.fixture(scope="module")
def url(folder: Path) -> str:
    return (folder / "url").read_text()


@pytest.fixture(scope="module")
def live(url: str) -> Live:
    return read_anew(Server(url), shipped())


def test_what_it_is_and_how_it_is_configured(live: Live, url: str) -> None:
    assert live.problems == ()
    assert live.version is not None
    assert live.version.split(".")[0] in ("2", "3")
    assert live.config is not None
    assert (live.config.scrape_interval, live.config.external_labels) == (1.0, {"site": "home"})
    assert [(job.name, job.own_interval) for job in live.config.jobs] == [
        ("till", False), ("machine", True), ("ledger", False), ("found", False),
    ]  # fmt: skip
    assert live.receives is False
    assert live.alertmanagers is not None
    assert len(live.alertmanagers) == 1


def test_targets_and_their_health(live: Live) -> None:
    assert live.targets is not None
    seen = {(each.job, each.up, each.error.rpartition(": ")[2]) for each in live.targets}
    assert seen == {("till", True, ""), ("machine", True, ""), ("ledger", False, "connection refused"), ("found", True, "")}


def test_rules_and_what_fails(live: Live) -> None:
    assert live.rules is not None
    assert [(rule.name, rule.alerting) for rule in live.rules] == [("TillGone", True), ("LedgerGone", True), ("twice", False)]
    assert [rule.name for rule in live.rules if "many-to-many" in rule.failing or "found duplicate" in rule.failing] == [
        "twice"
    ]


def test_whose_metrics_targets_deliver(live: Live) -> None:
    found = {(each.ruleset, each.job) for each in live.exporters}
    assert ("node_exporter", "machine") in found
    assert ("redis_exporter", "till") in found
    assert not any(job == "ledger" for _, job in found)


def test_the_topology(folder: Path, url: str) -> None:
    found = api.detect(sources=Sources(prometheus=[Server(url)]))
    topology = found.topology
    assert topology.nodes == 1
    assert "node_uname_info" in topology.sources["nodes"]
    assert topology.sources["nodes"].startswith(url)
    assert topology.jobs is not None
    assert {name: job.targets for name, job in topology.jobs.items()} == {"till": 1, "machine": 1, "ledger": 1, "found": None}
    assert topology.jobs["machine"].technology == "node_exporter"
    assert topology.jobs["machine"].scrape_interval == 2
    assert topology.exporters["node_exporter"] is True
    assert topology.exporters["redis_exporter"] is True
    # What a file of discovery may name tomorrow is open, and so is every exporter that is not seen now.
    assert False not in topology.exporters.values()
    assert topology.prometheus.alertmanagers == 1
    assert topology.prometheus.instances is None
    # Configured replicas, without those that an autoscaler moves and without the cluster's own.
    assert {name: each.replicas for name, each in topology.workloads.items()} == {"till": 2}
    assert topology.workloads["till"].namespace == "shop"
    assert topology.autoscaling.hpa is True
    # Two replicas are connected now: there are at least three, not exactly three.
    assert topology.datastores["redis"].members == "3.."
    assert topology.datastores["redis"].exporter is True


def test_with_a_compose_file_names_and_numbers_meet(folder: Path, url: str) -> None:
    (folder / "compose.yml").write_text("services:\n  cash: {image: 'redis:7'}\n  till: {image: 'shop/till:1'}\n")
    sources = Sources(compose=[[str(folder / "compose.yml")]], prometheus=[Server(url)])
    found = api.detect(sources=sources)
    assert found.topology.datastores["cash"].exporter is True
    assert "redis" not in found.topology.datastores
    conflicts = [problem.text for problem in found.problems if problem.code == "conflict"]
    assert any(text.startswith("datastores.cash.members is 1 in ") and f" and 3.. in {url}" in text for text in conflicts)
    assert any(text.startswith("workloads.till.replicas is 1 in ") and f" and 2 in {url}" in text for text in conflicts)


def test_what_is_up_answers_whatever_the_files_say(folder: Path, url: str) -> None:
    """In a compose network nobody would be named 127.0.0.1:PORT; the running server proves otherwise."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    (home / "prometheus.yml").write_text((folder / "prometheus.yml").read_text())
    (home / "compose.yml").write_text(
        "services:\n  prometheus: {image: 'prom/prometheus', volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml']}\n"
    )
    files = {"compose": [[str(home / "compose.yml")]], "prometheus_config": [str(home / "prometheus.yml")]}
    alone = api.detect(sources=Sources(**files)).topology  # type: ignore[arg-type]
    assert alone.jobs is not None
    assert (alone.jobs["till"].dead, alone.jobs["machine"].dead) == (1, 1)
    both = api.detect(sources=Sources(**files, prometheus=[Server(url)])).topology  # type: ignore[arg-type]
    assert both.exporters["node_exporter"] is True
    assert both.jobs is not None
    assert (both.jobs["till"].dead, both.jobs["machine"].dead) == (None, None)


def test_the_way_tells_what_is_loaded_down_and_failing(folder: Path, url: str, promtrim: Run) -> None:
    run = promtrim("path", "more.yml", "--prometheus", url, "--format", "json", cwd=folder)
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    codes = {each["code"]: each["text"] for each in said["findings"]}
    assert codes["not-loaded"] == (
        f"{url} has not loaded NothingSold, NobodyScrapesIt of this file: deploy and reload it, or look at its rule_files"
    )
    assert codes["target-down"].startswith("1 of 1 targets of the job ledger are down now (127.0.0.1:1): ")
    assert codes["rule-fails"].startswith("twice of the group till (")
    links = {way["alert"]: {link["name"]: (link["mark"], link["text"]) for link in way["links"]} for way in said["alerts"]}
    assert links["TillGone"]["rule"] == ("ok", f"{url} has loaded it")
    assert links["LedgerGone"]["rule"] == ("open", f"{url} has loaded one of this name with another expression")
    assert links["NobodyScrapesIt"]["rule"][0] == "open"
    assert links["TillGone"]["alertmanager"][0] == "ok"
    assert links["TillGone"]["series"] == ("ok", f"{url} has series of up")
    assert links["NobodyScrapesIt"]["scrape"][0] == "broken"
    assert {links["NothingSold"][each] for each in ("target", "scrape", "series")} == {
        ("ok", f"{url} has series of shop_orders_total")
    }


def test_verdicts_rest_on_what_is_configured_alone(folder: Path, url: str, promtrim: Run) -> None:
    run = promtrim("classify", "more.yml", "--prometheus", url, "--format", "json", cwd=folder)
    causes = {rule["alert"]: (rule["verdict"], rule["cause"]) for rule in json.loads(run.stdout)["rules"]}
    assert causes == {
        "TillGone": ("can-fire", None),
        "LedgerGone": ("can-fire", None),
        "NothingSold": ("can-fire", None),
        "NobodyScrapesIt": ("cannot-fire", "not-scraped"),
    }
    run = promtrim("reduce", "more.yml", "--prometheus", url, cwd=folder)
    assert run.returncode == 0
    assert b"NobodyScrapesIt" not in run.stdout


def test_suggestions_are_on_series_that_are_really_there(folder: Path, url: str, promtrim: Run) -> None:
    """This node_exporter runs without most of its collectors: there is no file system to fill."""
    run = promtrim("reduce", "more.yml", "--prometheus", url, "--suggest", cwd=folder)
    assert run.returncode == 0
    assert b"node_filesystem" not in run.stdout
    run = promtrim("topology", "detect", "--prometheus", url, "-o", "topology.yml", cwd=folder)
    run = promtrim("reduce", "more.yml", "--topology", "topology.yml", "--suggest", cwd=folder)
    assert b"node_filesystem" in run.stdout


def test_the_yaml_read_back_says_the_same(folder: Path, url: str, promtrim: Run) -> None:
    assert promtrim("topology", "detect", "--prometheus", url, "-o", "topology.yml", cwd=folder).returncode == 0
    assert promtrim("topology", "check", "topology.yml", cwd=folder).returncode == 0
    back = api.load_topology(str(folder / "topology.yml")).topology
    found = api.detect(sources=Sources(prometheus=[Server(url)])).topology
    assert msgspec.structs.replace(back, sources={}) == msgspec.structs.replace(found, sources={})


def test_nothing_but_reading(folder: Path, url: str, promtrim: Run) -> None:
    """No request changes anything, and there are few of them."""
    from tests.http.odd import running

    with running() as odd:

        def forward(handler: object) -> None:
            import requests

            method, path, _, _ = odd.asked[-1]
            answer = requests.request(method, url + path, timeout=10)
            from tests.http.odd import reply

            reply(handler, answer.content, answer.status_code)  # type: ignore[arg-type]

        odd.answer = forward  # type: ignore[assignment]
        live = read_anew(Server(odd.url), shipped())
        assert live.problems == ()
        assert {method for method, _, _, _ in odd.asked} == {"GET"}
        assert len(odd.asked) < 25
