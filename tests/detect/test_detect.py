"""Topologies read off manifests, compose files and configurations: right where certain, open where not."""

import itertools
import os

import msgspec
import pytest

from promtrim.detect.detect import detect
from promtrim.errors import InputError, PromtrimError
from promtrim.path.ground import survey
from promtrim.stack.sources import find_sources
from promtrim.topology.load import parse_topology
from promtrim.topology.write import to_yaml


@pytest.fixture
def kubernetes(fixtures):
    return fixtures / "kubernetes"


@pytest.fixture
def compose(fixtures):
    return fixtures / "compose" / "tickets"


def targets_of(found):
    return {
        (target.config_job, target.address): target for _, jobs in found.targets for job in jobs for target in job.targets
    }


class TestKubernetes:
    def test_workloads_and_datastores(self, kubernetes, heads):
        topology = detect(heads, kubernetes=[str(kubernetes / "tickets" / "base")]).topology
        api, web = topology.workloads["api"], topology.workloads["web"]
        assert (api.replicas, api.kind, api.namespace, api.users) == (1, "deployment", "tickets", None)
        assert (web.replicas, web.users) == (1, True)
        assert set(topology.workloads) == {"api", "web"}
        assert set(api.depends_on) == {"cache", "postgresql"}
        assert web.depends_on == ("api",)
        cache, database = topology.datastores["cache"], topology.datastores["postgresql"]
        assert (cache.technology, cache.members, cache.mode, cache.external) == ("redis", 1, "standalone", False)
        assert (database.technology, database.members, database.external) == ("postgresql", None, True)

    def test_every_value_has_its_source(self, kubernetes, heads):
        folder = kubernetes / "tickets" / "live"
        topology = detect(heads, kubernetes=[str(folder)]).topology
        lines = (folder / "kustomization.yaml").read_text().splitlines()
        file, line = topology.sources["workloads.live-api-a.replicas"].rsplit(":", 1)
        assert (topology.workloads["live-api-a"].replicas, file) == (3, str(folder / "kustomization.yaml"))
        assert lines[int(line) - 1].strip() == "value: 3"
        assert "POSTGRES_URL" in topology.sources["datastores.postgresql.external"]

    def test_an_autoscaler_makes_a_range(self, kubernetes, heads):
        topology = detect(heads, kubernetes=[str(kubernetes / "tickets" / "live")]).topology
        assert topology.workloads["live-web-a"].replicas == "2..5"
        assert (topology.autoscaling.hpa, topology.autoscaling.vpa) == (True, False)

    def test_a_mirrored_image_with_its_exporter_beside_it(self, kubernetes, heads):
        found = detect(heads, kubernetes=[str(kubernetes / "tickets" / "live")],
                       prometheus_config=[str(kubernetes / "prometheus.yml")])  # fmt: skip
        store = found.topology.datastores["live-cache-a"]
        assert (store.technology, store.exporter) == ("redis", True)
        assert found.topology.exporters["redis_exporter"] is True

    def test_add_ons_stay_open_unless_the_manifests_are_all(self, kubernetes, heads):
        sources = {"kubernetes": [str(kubernetes / "tickets" / "base")],
                   "prometheus_config": [str(kubernetes / "prometheus.yml")]}  # fmt: skip
        exporters = detect(heads, **sources).topology.exporters
        assert exporters["redis_exporter"] is False
        assert "kube_state_metrics" not in exporters
        assert "node_exporter" not in exporters
        closed = detect(heads, **sources, closed=True).topology
        assert closed.closed
        assert closed.exporters["kube_state_metrics"] is False
        assert "some_library" not in closed.exporters, "no image shows what is inside an application"

    def test_jobs(self, kubernetes, heads):
        found = detect(heads, kubernetes=[str(kubernetes / "tickets" / "base")],
                       prometheus_config=[str(kubernetes / "prometheus.yml")])  # fmt: skip
        jobs = found.topology.jobs
        assert {name: job.targets for name, job in jobs.items()} == {
            "tickets-api": 1, "cache": 0, "web-service": 1, "annotated": None, "api-by-name": 2}  # fmt: skip
        assert "pod_label_app cache-exporter" in jobs["cache"].because
        assert jobs["tickets-api"].component == "api"
        assert found.topology.workloads["api"].jobs == ("tickets-api", "annotated", "api-by-name")
        targets = targets_of(found)
        assert targets["tickets-api", "?:8000"].component == "api"
        wrong = targets["api-by-name", "api.tickets.svc.cluster.local:8080"]
        assert (wrong.answers, wrong.because) == ("no", "the service api has no port 8080, only 80")

    def test_the_same_pod_found_twice(self, kubernetes, heads):
        found = detect(heads, kubernetes=[str(kubernetes / "tickets" / "base")],
                       prometheus_config=[str(kubernetes / "prometheus.yml")])  # fmt: skip
        doubles = [key for key, target in targets_of(found).items() if target.component == "api" and key[1] == "?:8000"]
        assert [job for job, _ in doubles] == ["tickets-api", "annotated"]

    def test_what_is_in_a_namespace_that_a_job_does_not_look_into_is_not_found(self, kubernetes, heads):
        found = detect(heads, kubernetes=[str(kubernetes / "tickets" / "live")],
                       prometheus_config=[str(kubernetes / "prometheus.yml")])  # fmt: skip
        assert found.topology.jobs["tickets-api"].targets == 0

    def test_problems_of_a_kustomization_are_told(self, kubernetes, heads):
        codes = {each.code for each in detect(heads, kubernetes=[str(kubernetes / "tickets" / "broken")]).problems}
        assert {"kustomize-missing", "kustomize-no-target", "kustomize-patch"} <= codes

    def test_overlays_of_a_folder_are_built_and_their_base_only_through_them(self, kubernetes, heads):
        names = set(detect(heads, kubernetes=[str(kubernetes / "tickets")]).topology.workloads)
        assert {"live-api-a", "api-lab"} <= names

    def test_a_configuration_in_a_config_map(self, tmp_path, heads):
        manifest = tmp_path / "all.yaml"
        manifest.write_text(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n  prometheus.yml: |\n"
            "    scrape_configs:\n      - job_name: self\n        static_configs: [{targets: ['localhost:9090']}]\n"
        )
        topology = detect(heads, kubernetes=[str(manifest)]).topology
        assert topology.jobs["self"].targets == 1
        assert topology.sources["jobs.self.targets"] == f"{manifest}:7"


class TestCompose:
    def test_the_whole(self, compose, heads):
        topology = detect(heads, compose=[[str(compose / "docker-compose.yml")]],
                          prometheus_config=[str(compose / "prometheus" / "prometheus.yml")]).topology  # fmt: skip
        assert (topology.nodes, topology.kubernetes.distribution) == (1, "none")
        server = topology.prometheus
        assert (server.version, server.instances, server.alertmanagers) == ("2.53.1", 1, 1)
        assert (server.scrape_interval, server.evaluation_interval) == (30.0, 60.0)
        assert topology.workloads["api"].replicas == 2
        assert topology.workloads["api"].depends_on == ("database", "cache")
        assert topology.datastores["database"].exporter is True
        assert topology.datastores["cache"].exporter is False
        assert "prometheus" not in topology.workloads
        assert topology.exporters["rabbitmq_exporter"] is False
        assert topology.sources["exporters.node_exporter"].endswith("machine shares no network with prometheus")

    @pytest.mark.parametrize(
        ("job", "address", "answers", "because"),
        [
            ("prometheus", "localhost:9090", "yes", ""),
            ("api", "api:8000", "open", ""),
            ("database", "database-metrics:9187", "yes", ""),
            ("cache", "cache:6379", "no", "port 6379 of redis:7.2-alpine serves no metrics"),
            ("machine", "machine:9100", "no", "machine shares no network with prometheus"),
            ("queue", "queue-metrics:9419", "no", "no service is named queue-metrics"),
        ],
    )
    def test_who_answers(self, compose, heads, job, address, answers, because):
        found = detect(heads, compose=[[str(compose / "docker-compose.yml")]],
                       prometheus_config=[str(compose / "prometheus" / "prometheus.yml")])  # fmt: skip
        target = targets_of(found)[job, address]
        assert target.answers == answers
        assert because in target.because

    def test_a_dead_target_is_still_a_target(self, compose, heads):
        """It has an ``up`` series, which is 0."""
        jobs = detect(heads, compose=[[str(compose / "docker-compose.yml")]],
                      prometheus_config=[str(compose / "prometheus" / "prometheus.yml")]).topology.jobs  # fmt: skip
        assert jobs["queue"].targets == 1

    def test_without_all_files_a_missing_name_is_open(self, compose, heads):
        found = detect(heads, compose=[[str(compose / "docker-compose.yml")]], whole=False,
                       prometheus_config=[str(compose / "prometheus" / "prometheus.yml")])  # fmt: skip
        assert targets_of(found)["queue", "queue-metrics:9419"].answers == "open"
        assert "rabbitmq_exporter" not in found.topology.exporters

    def test_a_port_of_the_host_inside_the_network(self, tmp_path, heads):
        (tmp_path / "c.yml").write_text(
            "services:\n  prometheus: {image: prom/prometheus, volumes: ['./p.yml:/etc/prometheus/prometheus.yml']}\n"
            "  api: {image: me/api, ports: ['8081:8080']}\n"
        )
        (tmp_path / "p.yml").write_text("scrape_configs: [{job_name: a, static_configs: [{targets: ['api:8081']}]}]")
        found = detect(heads, compose=[[str(tmp_path / "c.yml")]], prometheus_config=[str(tmp_path / "p.yml")])
        assert "8081 is the host's port" in targets_of(found)["a", "api:8081"].because

    @pytest.mark.parametrize("target", ["db.example.com:9187", "10.0.0.7:1234", "host.docker.internal:9187"])
    def test_what_is_elsewhere_may_be_any_exporter_that_fits(self, tmp_path, heads, target):
        (tmp_path / "c.yml").write_text("services: {prometheus: {image: prom/prometheus}}")
        (tmp_path / "p.yml").write_text(f"scrape_configs: [{{job_name: a, static_configs: [{{targets: ['{target}']}}]}}]")
        topology = detect(heads, compose=[[str(tmp_path / "c.yml")]],
                          prometheus_config=[str(tmp_path / "p.yml")]).topology  # fmt: skip
        assert "postgres_exporter" not in topology.exporters
        assert topology.nodes is None

    def test_settings_that_speak_of_others_leave_the_mode_open(self, tmp_path, heads):
        (tmp_path / "c.yml").write_text(
            "services:\n  a: {image: redis, command: redis-server --replicaof b 6379}\n"
            "  b: {image: redis, volumes: ['./redis.conf:/etc/redis/redis.conf']}\n  c: {image: redis}\n"
        )
        stores = detect(heads, compose=[[str(tmp_path / "c.yml")]]).topology.datastores
        assert {name: store.mode for name, store in stores.items()} == {"a": None, "b": None, "c": "standalone"}


class TestOpenJobs:
    @pytest.mark.parametrize(
        "more",
        [
            "honor_labels: true",
            "relabel_configs: [{source_labels: [__param_x], regex: 'y(.+)', target_label: job}],"
            " metric_relabel_configs: [{source_labels: [service], target_label: job}]",
        ],
    )
    def test_where_a_job_label_may_be_anything_which_jobs_exist_is_open(self, tmp_path, heads, more):
        (tmp_path / "p.yml").write_text(
            f"scrape_configs: [{{job_name: a, {more}, static_configs: [{{targets: ['x.example.com:1']}}]}}]"
        )
        found = detect(heads, prometheus_config=[str(tmp_path / "p.yml")])
        assert found.topology.jobs is None
        assert "jobs-open" in {each.code for each in found.problems}

    def test_jobs_in_other_files(self, tmp_path, heads):
        (tmp_path / "p.yml").write_text("scrape_config_files: [more/*.yml]\nscrape_configs: [{job_name: a}]")
        assert detect(heads, prometheus_config=[str(tmp_path / "p.yml")]).topology.jobs is None

    def test_a_relabelled_job_has_its_new_name(self, tmp_path, heads):
        (tmp_path / "p.yml").write_text(
            "scrape_configs: [{job_name: a, relabel_configs: [{target_label: job, replacement: b}],"
            " static_configs: [{targets: ['x:1']}]}]"
        )
        assert set(detect(heads, prometheus_config=[str(tmp_path / "p.yml")]).topology.jobs) == {"b"}


class TestSeriesOfOthers:
    """What collects, federates or takes series from others may deliver anything: nothing is called not scraped."""

    def _detected(self, tmp_path, heads, image, *, command="", job="", config=""):
        (tmp_path / "compose.yml").write_text(
            f"services:\n  prometheus: {{image: 'prom/prometheus:v2.54.0', command: [{command}]}}\n"
            f"  thing: {{image: '{image}', expose: ['9100']}}\n"
        )
        (tmp_path / "p.yml").write_text(
            f"{config}\nscrape_configs: [{{job_name: a, {job} static_configs: [{{targets: ['thing:9100']}}]}}]"
        )
        return detect(heads, compose=[[str(tmp_path / "compose.yml")]], prometheus_config=[str(tmp_path / "p.yml")]).topology

    def test_without_such_a_thing_what_no_job_finds_is_not_scraped(self, tmp_path, heads):
        topology = self._detected(tmp_path, heads, "prom/node-exporter:v1")
        assert topology.exporters["node_exporter"] is True
        assert topology.exporters["redis_exporter"] is False
        assert set(topology.jobs) == {"a"}

    @pytest.mark.parametrize(
        ("image", "more"),
        [
            ("prom/pushgateway:v1", {}),
            ("docker.io/prom/statsd-exporter", {}),
            ("prom/prometheus:v2.54.0", {"job": "metrics_path: /federate,"}),
            ("prom/node-exporter:v1", {"command": "'--web.enable-remote-write-receiver'"}),
            ("prom/node-exporter:v1", {"command": "'--web.enable-otlp-receiver'"}),
            ("prom/node-exporter:v1", {"config": "scrape_config_files: [more/*.yml]"}),
        ],
    )
    def test_it_is_open(self, tmp_path, heads, image, more):
        topology = self._detected(tmp_path, heads, image, **more)
        assert topology.exporters.get("redis_exporter") is None
        assert topology.exporters.get("kube_state_metrics") is None
        assert topology.jobs is None or topology.jobs["a"].technology != "gateway"

    def test_one_target_may_speak_for_many(self, tmp_path, heads):
        topology = self._detected(tmp_path, heads, "prom/prometheus:v2.54.0", job="metrics_path: /federate,")
        assert topology.jobs["a"].targets is None
        assert self._detected(tmp_path, heads, "prom/node-exporter:v1").jobs["a"].targets == 1

    def test_with_labels_of_their_own_job_names_are_open_too(self, tmp_path, heads):
        topology = self._detected(tmp_path, heads, "prom/pushgateway:v1", job="honor_labels: true,")
        assert topology.jobs is None

    def test_one_that_nothing_scrapes_does_not_matter(self, tmp_path, heads):
        topology = self._detected(tmp_path, heads, "prom/node-exporter:v1")
        (tmp_path / "compose.yml").write_text(
            (tmp_path / "compose.yml").read_text() + "  gateway: {image: prom/pushgateway, expose: ['9091']}\n"
        )
        topology = detect(
            heads, compose=[[str(tmp_path / "compose.yml")]], prometheus_config=[str(tmp_path / "p.yml")]
        ).topology
        assert topology.exporters["redis_exporter"] is False


class TestBuiltPrometheus:
    """A Prometheus that is built in the repository has no image to tell by."""

    @pytest.mark.parametrize(
        ("service", "answers"),
        [
            ("prometheus: {build: ./prometheus, ports: ['9090:9090']}", "no"),
            ("prometheus: {build: ./prometheus, ports: ['8080:8080']}", "open"),
            ("prometheus: {image: acme/metrics, ports: ['9090:9090']}", "open"),
            ("watcher: {build: ./prometheus, ports: ['9090:9090']}", "open"),
        ],
    )
    def test_its_name_and_port_tell(self, tmp_path, heads, service, answers):
        (tmp_path / "compose.yml").write_text(f"services:\n  {service}\n")
        (tmp_path / "p.yml").write_text("scrape_configs: [{job_name: a, static_configs: [{targets: ['gone:9187']}]}]")
        found = detect(heads, compose=[[str(tmp_path / "compose.yml")]], prometheus_config=[str(tmp_path / "p.yml")])
        target = targets_of(found)["a", "gone:9187"]
        assert target.answers == answers


def test_conflicts_are_told_with_both_sides(tmp_path, heads):
    (tmp_path / "c.yml").write_text("services:\n  api: {image: me/api}\n")
    (tmp_path / "k.yml").write_text(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  replicas: 3\n"
        "  template: {spec: {containers: [{name: api, image: me/api}]}}\n"
    )
    found = detect(heads, compose=[[str(tmp_path / "c.yml")]], kubernetes=[str(tmp_path / "k.yml")])
    assert found.topology.workloads["api"].replicas == "1..3"
    (conflict,) = [each for each in found.problems if each.code == "conflict"]
    assert f"{tmp_path / 'k.yml'}:5" in conflict.text
    assert f"{tmp_path / 'c.yml'}:2" in conflict.text


def test_a_source_that_is_not_there(heads, tmp_path):
    with pytest.raises(InputError):
        detect(heads, kubernetes=[str(tmp_path / "none.yaml")])
    with pytest.raises(InputError):
        find_sources(str(tmp_path / "none"))


def test_sources_of_a_folder(fixtures):
    found = find_sources(str(fixtures / "compose" / "tickets"))
    folder = str(fixtures / "compose" / "tickets")
    assert found.compose == [[f"{folder}/docker-compose.yml", f"{folder}/docker-compose.override.yml"]]
    assert found.prometheus_config == [f"{folder}/prometheus/prometheus.yml"]
    assert found.whole
    tickets = fixtures / "kubernetes" / "tickets"
    assert find_sources(str(tickets)).kubernetes == [str(tickets / "live")]  # of lab and live on one base


def test_sources_that_are_left_out_are_named(tmp_path):
    (tmp_path / "docker-compose.yml").write_text("services: {a: {image: x, volumes: ['./p.yml:/p.yml']}}")
    (tmp_path / "docker-compose.prod.yml").write_text("services: {a: {image: y}}")
    (tmp_path / "docker-compose.tools.yml").write_text("services: {b: {image: y}}")
    (tmp_path / "p.yml").write_text("scrape_configs: []")
    (tmp_path / "old.yml").write_text("scrape_configs: []")
    (tmp_path / "chart").mkdir()
    (tmp_path / "chart" / "Chart.yaml").write_text("name: c")
    found = find_sources(str(tmp_path))
    assert found.compose == [[str(tmp_path / "docker-compose.yml"), str(tmp_path / "docker-compose.tools.yml")]]
    assert found.whole
    assert found.others == ["a"]
    assert found.prometheus_config == [str(tmp_path / "p.yml")]
    told = {(each.code, os.path.basename(each.file)) for each in found.problems}
    assert told == {("left-out", "docker-compose.prod.yml"), ("left-out", "old.yml"), ("helm-chart", "Chart.yaml")}


@pytest.mark.parametrize("what", ["base", "live", "compose"])
def test_what_is_written_is_read_back(kubernetes, compose, heads, what):
    if what == "compose":
        found = detect(heads, compose=[[str(compose / "docker-compose.yml")]],
                       prometheus_config=[str(compose / "prometheus" / "prometheus.yml")])  # fmt: skip
    else:
        found = detect(heads, kubernetes=[str(kubernetes / "tickets" / what)],
                       prometheus_config=[str(kubernetes / "prometheus.yml")])  # fmt: skip
    text = to_yaml(found.topology)
    back = parse_topology(text, "t.yml")
    assert msgspec.structs.replace(back, sources={}) == msgspec.structs.replace(found.topology, sources={})
    for path in ("workloads.api.replicas", "workloads.live-api-a.replicas"):
        if path in found.topology.sources:
            assert f"# {found.topology.sources[path]}" in text


@pytest.fixture(scope="module")
def shipped():
    from promtrim.knowledge import index

    return index.shipped().heads


class TestRealStacks:
    """On public stacks, with the shipped rulesets."""

    @pytest.mark.parametrize(
        ("overlay", "prefix", "replicas"), [("base", "", 1), ("staging", "staging-", 1), ("production", "prod-", 3)]
    )
    def test_replicas_of_the_overlays(self, shared, shipped, overlay, prefix, replicas):
        found = detect(shipped, kubernetes=[str(shared / "checkin" / "kubernetes" / overlay)])
        topology = found.topology
        assert topology.workloads[f"{prefix}backend"].replicas == replicas
        assert topology.autoscaling.hpa is False
        assert topology.datastores["mongodb"].external
        told = [each.text for each in found.problems]
        assert sum("secrets.yaml does not exist" in each for each in told) == 1
        assert sum("HorizontalPodAutoscaler" in each for each in told) == (0 if overlay == "base" else 2)

    def test_the_jobs_that_nothing_feeds(self, shared, shipped):
        found = detect(shipped, kubernetes=[str(shared / "checkin" / "kubernetes" / "base")],
                       prometheus_config=[str(shared / "checkin" / "prometheus.yml")])  # fmt: skip
        jobs = found.topology.jobs
        assert [name for name, job in jobs.items() if job.targets == 0] == ["mongodb", "redis"]
        assert "frontend" not in jobs
        assert found.topology.exporters["redis_exporter"] is False
        assert "kube_state_metrics" not in found.topology.exporters
        scraping = [target.config_job for target in targets_of(found).values() if target.component == "backend"]
        assert scraping == ["backend-api", "kubernetes-pods"], "the backend is scraped twice"

    def test_nothing_crashes_and_all_is_written_and_read_back(self, shared, shipped):
        for folder in sorted(each for each in (shared / "wild").iterdir() if each.is_dir()):
            found = survey(str(folder), shipped).detection
            back = parse_topology(to_yaml(found.topology), "t.yml")
            assert msgspec.structs.replace(back, sources={}) == msgspec.structs.replace(found.topology, sources={})

    def test_each_file_by_itself_is_read_or_refused_with_a_line(self, shared, shipped):
        files = sorted(str(each) for each in (shared / "wild").rglob("*.y*ml"))
        refused: list[PromtrimError] = []
        for file, kind in itertools.product(files, ("kubernetes", "compose", "prometheus_config", "alertmanager_config")):
            try:
                detect(shipped, **{kind: [[file]] if kind == "compose" else [file]})
            except PromtrimError as error:
                refused.append(error)
        assert all(error.file for error in refused)
        assert len(refused) < 4 * len(files)


def test_what_is_named_like_a_configuration_and_is_no_yaml(tmp_path):
    (tmp_path / "prometheus.yml").write_text("scrape_configs: [\n")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "prometheus.yml").write_text("scrape_configs:\n{% for each in jobs %}\n  - {{ each }}\n{% endfor %}\n")
    (tmp_path / "t" / "alertmanager.yml").write_text("route: {{ route | to_json }}: [\n")
    (tmp_path / "prometheus-old.yml").write_text("scrape_configs: [\n")
    found = find_sources(str(tmp_path))
    assert found.prometheus_config == [str(tmp_path / "prometheus.yml")]
    told = {(each.code, os.path.relpath(each.file, tmp_path)) for each in found.problems}
    assert told == {("template", "t/prometheus.yml"), ("template", "t/alertmanager.yml"), ("unreadable", "prometheus-old.yml")}
