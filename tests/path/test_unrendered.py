"""What is filled in, rendered or deployed by something that is not here: nothing is concluded from its absence."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim import api
from promtrim.stack.sources import Sources
from tests.path.conftest import COMPOSE, CONFIG, RULES, Follow
from tests.path.test_dead_targets import verdict


@pytest.mark.parametrize("host", ["{{ app_host }}", "${APP_HOST}", "$(APP)", "<your-host>", "__APP__", "@@APP@@"])
def test_a_placeholder_as_address(stack: Follow, host: str) -> None:
    config = CONFIG.replace("app:8000", f"{host}:8000")
    assert verdict(stack, "up == 0", config=config) == ("can-fire", None)
    assert verdict(stack, 'x{instance="elsewhere:8000"} > 1', config=config) == ("can-fire", None)


def test_a_placeholder_as_name_of_a_job(stack: Follow) -> None:
    config = CONFIG.replace("job_name: app", 'job_name: "{{ name }}"')
    assert verdict(stack, 'up{job="shop"} == 0', config=config) == ("can-fire", None)


def test_a_placeholder_in_rule_files(stack: Follow) -> None:
    followed = stack(config=CONFIG.replace("[rules.yml]", '["${RULES}/*.yml"]'))
    assert followed.link("Gone", "rule").mark == "open"


def test_a_template_of_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "prometheus.yml.j2").write_text("scrape_configs:\n{% for job in jobs %}\n  - {{ job }}\n{% endfor %}\n")
    (tmp_path / "rules.yml").write_text(RULES)
    sources = Sources(prometheus_config=[str(tmp_path / "prometheus.yml.j2")])
    plan, ways = api.follow([str(tmp_path / "rules.yml")], sources=sources)
    assert plan.rules[0].judged.verdict == "can-fire"
    assert [each.code for each in ways.findings][:1] == ["template"]


CLUSTER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: prom, namespace: shop}
data:
  prometheus.yml: |
    rule_files: [/etc/prometheus/rules.yml]
    scrape_configs:
      - job_name: api
        kubernetes_sd_configs: [{role: pod}]
        relabel_configs: [{source_labels: [__meta_kubernetes_pod_label_app], action: keep, regex: api}]
      - job_name: web
        static_configs: [{targets: ["web:8080"]}]
  rules.yml: |
    groups:
      - name: g
        rules:
          - {alert: ApiDown, expr: 'up{job="api"} == 0'}
          - {alert: WebDown, expr: 'up{job="web"} == 0'}
          - {alert: Scaled, expr: 'kube_horizontalpodautoscaler_status_current_replicas > 9'}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: prometheus, namespace: shop}
spec:
  template:
    metadata: {labels: {app: prometheus}}
    spec:
      containers:
        - name: prometheus
          image: prom/prometheus:v2.53.0
          volumeMounts: [{name: c, mountPath: /etc/prometheus}]
      volumes: [{name: c, configMap: {name: prom}}]
"""
RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: api, namespace: shop}\nspec: {}\n"
TEMPLATE = "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}-api}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [("", ""), ("release.yml", RELEASE), ("api.yml", TEMPLATE), ("chart/Chart.yaml", "name: api\n")],
    ids=["complete", "deployed by something else", "a template", "a chart"],
)
def test_manifests_that_do_not_show_everything(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "prom.yml").write_text(CLUSTER)
    if name:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    plan, _ = api.follow([str(tmp_path)])
    verdicts = {each.judged.rule.name: each.judged.verdict for each in plan.rules}
    complete = {"ApiDown": "cannot-fire", "WebDown": "always-fires", "Scaled": "cannot-fire"}
    assert verdicts == (dict.fromkeys(complete, "can-fire") if name else complete)


def test_a_compose_file_beside_a_chart_is_complete_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    (tmp_path / "prometheus.yml").write_text(CONFIG.replace("app:8000", "gone:8000"))
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "Chart.yaml").write_text("name: api\n")
    plan, _ = api.follow([str(tmp_path)])
    assert plan.rules[0].judged.verdict == "always-fires"
