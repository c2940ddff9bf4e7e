"""Topology files and presets: what they say, how they extend each other, how they are refused."""

import subprocess
import sys

import pytest

from promtrim.errors import ErrorGroup, InputError
from promtrim.knowledge.index import shipped
from promtrim.topology.load import load as load_with
from promtrim.topology.load import parse_topology as parse_with
from promtrim.topology.model import Defaults, parse_count


def load(name):
    return load_with(name, shipped().presets)


def parse_topology(text, file):
    return parse_with(text, file, shipped().presets)


PRESETS = ["docker-compose", "ha-cluster", "single-node", "single-node-k3s", "single-vm"]


def test_the_shipped_presets():
    assert sorted(shipped().presets) == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_knows_its_name_and_where_its_values_come_from(name):
    topology = load(name)
    assert topology.preset == name
    assert topology.name == name
    assert topology.sources["nodes"].startswith("preset ")


def test_single_node_is_one_of_everything():
    one = load("single-node")
    assert (one.nodes, one.zones, one.prometheus.instances, one.prometheus.alertmanagers) == (1, 1, 1, 1)
    assert one.prometheus.remote_peers is False
    assert one.kubernetes.pod_disruption_budgets is False
    scaling = one.autoscaling
    assert (scaling.hpa, scaling.vpa, scaling.cluster, scaling.keda) == (False, False, False, False)
    assert one.defaults == Defaults(replicas=1, members=1, mode="standalone", scraped=True)
    assert one.jobs is None, "which jobs there are is not part of this world"


def test_ha_cluster_has_nothing_single():
    many = load("ha-cluster")
    for count in (many.nodes, many.zones, many.prometheus.instances, many.prometheus.alertmanagers,
                  many.defaults.replicas, many.defaults.members):  # fmt: skip
        assert parse_count(count).lo >= 2


def test_k3s_volumes_have_no_statistics():
    k3s = load("single-node-k3s")
    assert (k3s.kubernetes.distribution, k3s.volumes.statistics, k3s.nodes) == ("k3s", False, 1)


@pytest.mark.parametrize("name", ["docker-compose", "single-vm"])
def test_without_kubernetes(name):
    assert load(name).kubernetes.distribution == "none"


def test_a_file_extends_its_preset(tmp_path):
    file = tmp_path / "shop.yml"
    file.write_text(
        "preset: single-node\nname: shop\nnodes: 2\nautoscaling:\n  hpa: true\n"
        "workloads:\n  web: {replicas: 1..3}\n  worker:\nzones:\n"
    )
    shop = load(str(file))
    assert (shop.preset, shop.name, shop.nodes, shop.zones) == ("single-node", "shop", 2, None)
    assert (shop.autoscaling.hpa, shop.autoscaling.vpa) == (True, False)
    assert shop.workloads["web"].replicas == "1..3"
    assert shop.workloads["worker"].replicas is None
    assert shop.defaults.members == 1
    assert shop.sources["nodes"] == f"{file}:3"
    assert shop.sources["workloads.web.replicas"] == f"{file}:7"
    assert shop.sources["defaults.members"] == "preset single-node"


def test_without_a_preset_all_is_open():
    empty = parse_topology("", "t.yml")
    assert (empty.nodes, empty.jobs, empty.defaults.scraped, empty.closed) == (None, None, None, False)
    assert parse_topology("workloads:\njobs: {}\n", "t.yml").jobs == {}


def test_versions_and_labels_are_text_as_written():
    topology = parse_topology(
        "prometheus: {version: 2.40, scrape-interval: 0.5, external-labels: {dc: 1, ha: true}}\n"
        "jobs: {a: {labels: {shard: 3}, scrape-interval: 1m}}\n",
        "t.yml",
    )
    assert topology.prometheus.version == "2.40"
    assert topology.prometheus.scrape_interval == 0.5
    assert topology.prometheus.external_labels == {"dc": "1", "ha": "true"}
    assert topology.jobs["a"].labels == {"shard": "3"}


def test_presets_can_be_given_as_texts():
    texts = {"tiny": "nodes: 1\n", "tinier": "preset: tiny\nzones: 1\n"}
    assert load_with("tinier", texts).nodes == 1
    assert parse_with("preset: tinier\n", "t.yml", texts).zones == 1


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("node: 2", 1, 1, "unknown key 'node', did you mean 'nodes'"),
        ("workloads:\n  web: {replicaCount: 2}", 2, 9, "unknown key 'replicaCount' in workloads.web"),
        ("workloads:\n  web: {depends_on: []}", 2, 9, "did you mean 'depends-on'"),
        ("nodes: two", 1, 1, "nodes is 'two', write a whole number, or a range"),
        ("nodes: true", 1, 1, "nodes is true"),
        ("nodes: -1", 1, 1, "0 or more"),
        ("nodes: 3..1", 1, 1, "empty range"),
        ("zones: 1.5", 1, 1, "zones is '1.5'"),
        ("prometheus: {scrape-interval: 15 s}", 1, 14, "a duration such as 15s"),
        ("prometheus: {scrape-interval: 5s1m}", 1, 14, "no duration"),
        ("autoscaling: {hpa: maybe}", 1, 15, "write true or false"),
        ("datastores:\n  db: {mode: alone}", 2, 8, "use one of: standalone, replicated, cluster, sharded"),
        ("datastores: {db: {mode: standalone, members: 3}}", 1, 37, "contradict"),
        ("workloads: {a: {depends-on: [bb]}}\ndatastores: {b: }", 1, 17, "did you mean 'b'"),
        ("jobs: {web: }\nworkloads: {w: {jobs: [wep]}}", 2, 17, "did you mean 'web'"),
        ("external-checks:\n  - url: x", 2, 5, "lacks component"),
        ("external-checks:\n  - {component: a, modes: [dwon]}", 2, 28, "use one of: down"),
        ("- a", 1, 1, "a topology is a mapping"),
        ("preset: single-nod", 1, 1, "did you mean 'single-node'"),
        ("preset: [a]", 1, 1, "no preset"),
    ],
)
def test_refuses_with_line_column_and_what_to_do(text, line, column, said):
    with pytest.raises(InputError, match=said) as caught:
        parse_topology(text, "t.yml")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("t.yml", line, column)


def test_every_mistake_is_told_at_once_in_the_order_of_the_text():
    with pytest.raises(ErrorGroup) as caught:
        parse_topology("node: 2\nzones: x\nautoscaling: {hap: true}\n", "t.yml")
    assert [(each.line, each.file) for each in caught.value.errors] == [(1, "t.yml"), (2, "t.yml"), (3, "t.yml")]


def test_presets_in_a_circle_are_refused():
    with pytest.raises(InputError, match="circle"):
        load_with("a", {"a": "preset: b\n", "b": "preset: a\n"})


def test_a_file_that_is_not_there_names_the_presets(tmp_path):
    with pytest.raises(InputError, match="single-node-k3s"):
        load(str(tmp_path / "none.yml"))
    with pytest.raises(InputError, match="is a directory"):
        load(str(tmp_path))
    (tmp_path / "latin.yml").write_bytes(b"name: caf\xe9")
    with pytest.raises(InputError, match="UTF-8"):
        load(str(tmp_path / "latin.yml"))


def test_a_good_file_costs_no_jsonschema(tmp_path):
    (tmp_path / "t.yml").write_text("preset: single-node-k3s\nworkloads: {web: {replicas: 1}}\n")
    (tmp_path / "promtrim.yml").write_text("topology: t.yml\nlevel: essential\n")
    code = (
        "import sys; from promtrim.config.load import *; "
        "topology_of(load_config('promtrim.yml')); "
        "print([m for m in ('jsonschema', 'difflib', 'dataclasses') if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
