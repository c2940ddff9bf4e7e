"""The machine, its processes, and the monitoring itself."""

from __future__ import annotations

import json

from processes import Stage, free_port, program
from sources import Source, exporter


def node_exporter(stage: Stage) -> list[Source]:
    return [exporter(stage, "prometheus-node-exporter", ("node_exporter", "go_runtime"))]


def process_exporter(stage: Stage) -> list[Source]:
    settings = stage.folder / "process.yml"
    groups = [{"name": "sleep-{{.Matches.time}}", "cmdline": ["sleep (?P<time>[0-9]+)"]}]
    settings.write_text(json.dumps({"process_names": groups}))
    stage.start([program("sleep"), "300"])
    gone = stage.start([program("sleep"), "301"])
    flags = [f"-config.path={settings}"]
    source = exporter(stage, "prometheus-process-exporter", ("process_exporter", "go_runtime"), flags,
                      listen="-web.listen-address=", holds="sleep-301")  # fmt: skip
    # A group whose last process has ended is still exported.
    gone.terminate()
    gone.wait()
    return [source]


def alertmanager(stage: Stage) -> list[Source]:
    settings = stage.folder / "alertmanager.yml"
    settings.write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    flags = [f"--config.file={settings}", f"--storage.path={stage.folder}", "--cluster.listen-address=127.0.0.1:0"]
    return [exporter(stage, "prometheus-alertmanager", ("alertmanager", "go_runtime"), flags)]


def pushgateway(stage: Stage) -> list[Source]:
    return [exporter(stage, "prometheus-pushgateway", ("pushgateway", "go_runtime"))]


def prometheus_server(stage: Stage) -> list[Source]:
    port = free_port()
    rules = stage.folder / "rules.yml"
    rules.write_text("groups: [{name: g, rules: [{record: 'a:b', expr: up}, {alert: A, expr: up == 0}]}]\n")
    settings = stage.folder / "prometheus.yml"
    scrape = {"job_name": "prometheus", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
    settings.write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(rules)],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9"]}]}]},
                "scrape_configs": [scrape],
            }
        )
    )
    stage.start([program("prometheus"), f"--config.file={settings}", f"--storage.tsdb.path={stage.folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"])  # fmt: skip
    url = f"http://127.0.0.1:{port}/metrics"
    stage.wait_for_url(f"http://127.0.0.1:{port}/api/v1/query?query=a:b", '"value"')
    # What Prometheus makes itself of each scrape and each alert is not on its own page.
    made = f"http://127.0.0.1:{port}/federate?match[]={{__name__=~%22up|scrape_.*|ALERTS.*%22}}"
    stage.wait_for_url(made, "scrape_samples_scraped{")
    return [
        Source(url, ("prometheus_server", "go_runtime", "http_libraries")),
        Source(made, ("prometheus_server",), typed=False),
    ]
