"""Conditions of rulesets: certain, certainly not, or open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promtrim.knowledge.index import shipped
from promtrim.topology.conditions import holds, known_options, mistakes
from promtrim.topology.load import load, parse_topology
from promtrim.topology.model import Topology


def says(text, conditions, technology="redis", options=None):
    return holds(conditions, parse_topology(text, "t.yml", shipped().presets), technology, options)


def test_no_conditions_hold_everywhere():
    assert holds({}, Topology(), "redis") == "yes"


@pytest.mark.parametrize(
    ("nodes", "wanted", "answer"),
    [
        ("1", 1, "yes"), ("2", 1, "no"), ("1..3", 1, "open"), ("2..", 1, "no"), ("", 1, "open"),
        ("2..", ">1", "yes"), ("1", ">1", "no"), ("1..2", ">1", "open"), ("", ">1", "open"),
        ("1..2", "<3", "yes"), ("3..", "<3", "no"), ("2..", "<3", "open"), ("3", ">=3", "yes"), ("3", "<=2", "no"),
        ("1..2", "1|2", "yes"), ("1..3", "1|2", "open"), ("3..", "1|2", "no"), ("0..", ">=0", "yes"),
    ],
)  # fmt: skip
def test_counts(nodes, wanted, answer):
    assert says(f"nodes: {nodes}", {"nodes": wanted}) == answer


@pytest.mark.parametrize(
    ("text", "name", "wanted", "answer"),
    [
        ("zones: 1", "zones", 1, "yes"),
        ("prometheus: {instances: 1}", "prometheus", 1, "yes"),
        ("prometheus: {alertmanagers: 0}", "alertmanagers", 1, "no"),
        ("prometheus: {remote-peers: false}", "remote-peers", False, "yes"),
        ("", "remote-peers", False, "open"),
        ("autoscaling: {hpa: false}", "hpa", False, "yes"),
        ("autoscaling: {hpa: true}", "hpa", False, "no"),
        ("autoscaling: {vpa: false}", "vpa", False, "yes"),
        ("autoscaling: {keda: false}", "keda", True, "no"),
        ("autoscaling: {cluster: false}", "cluster-autoscaler", False, "yes"),
        ("kubernetes: {pod-disruption-budgets: false}", "pod-disruption-budgets", False, "yes"),
        ("kubernetes: {distribution: none}", "pod-disruption-budgets", False, "yes"),
        ("kubernetes: {distribution: none}", "hpa", True, "no"),
        ("kubernetes: {distribution: k3s}", "distribution", "k3s", "yes"),
        ("kubernetes: {distribution: k3s}", "distribution", "eks|k3s", "yes"),
        ("kubernetes: {distribution: gke}", "distribution", "eks|k3s", "no"),
        ("", "distribution", "k3s", "open"),
        ("volumes: {statistics: false}", "volume-statistics", False, "yes"),
        ("volumes: {driver: rancher.io/local-path}", "volume-driver", "rancher.io/local-path", "yes"),
    ],
)
def test_properties(text, name, wanted, answer):
    assert says(text, {name: wanted}) == answer


def test_all_must_hold():
    text = "nodes: 1\nautoscaling: {hpa: true}"
    assert says(text, {"nodes": 1, "hpa": True}) == "yes"
    assert says(text, {"nodes": 1, "hpa": False}) == "no"
    assert says(text, {"nodes": 1, "zones": 1}) == "open"
    assert says(text, {"zones": 1, "nodes": 2}) == "no", "one that certainly fails decides"


class TestMembersAndMode:
    def test_of_the_listed_datastore(self):
        text = "datastores: {cache: {technology: redis, members: 3, mode: replicated}}\ndefaults: {members: 1}"
        assert says(text, {"members": 1}) == "no"
        assert says(text, {"mode": "replicated|cluster"}) == "yes"

    def test_a_datastore_is_called_what_it_is(self):
        assert says("datastores: {redis: {members: 1}}", {"members": 1}) == "yes"
        assert says("datastores: {redis: {technology: valkey, members: 1}}", {"members": 1}) == "open"

    def test_of_a_listed_workload(self):
        assert says("workloads: {proxy: {technology: nginx, replicas: 1}}", {"members": 1}, "nginx") == "yes"

    def test_of_another_technology_says_nothing(self):
        assert says("datastores: {db: {technology: mysql, members: 1}}", {"members": 1}) == "open"

    def test_defaults_hold_for_what_is_not_listed_or_left_out(self):
        assert says("defaults: {members: 1, mode: standalone}", {"members": 1, "mode": "standalone"}) == "yes"
        text = "defaults: {members: 1, mode: standalone}\ndatastores: {redis: }"
        assert says(text, {"members": 1, "mode": "standalone"}) == "yes"

    def test_a_default_mode_does_not_fit_another_number(self):
        text = "preset: single-node\ndatastores: {redis: {members: 3}}"
        assert says(text, {"mode": "standalone"}) == "no"
        assert says(text, {"mode": "replicated"}) == "open"

    def test_stand_alone_means_one(self):
        assert says("datastores: {redis: {mode: standalone}}", {"members": 1}) == "yes"
        assert says("defaults: {mode: standalone}", {"members": 1}) == "yes"

    def test_one_member_may_still_be_a_replica_set(self):
        assert says("datastores: {db: {technology: mongodb, members: 1}}", {"mode": "standalone"}, "mongodb") == "open"

    def test_several_must_agree(self):
        text = "datastores:\n  a: {technology: redis, members: 1}\n  b: {technology: redis, members: %s}"
        assert says(text % 1, {"members": 1}) == "yes"
        assert says(text % 3, {"members": 1}) == "open"
        assert says(text % 3, {"members": ">4"}) == "no"

    def test_the_monitoring_is_counted_in_its_own_section(self):
        text = "prometheus: {instances: 2, alertmanagers: 1}\ndefaults: {members: 1}"
        assert says(text, {"members": 1}, "prometheus") == "no"
        assert says(text, {"members": 1}, "alertmanager") == "yes"
        assert says("defaults: {members: 1}", {"members": 1}, "alertmanager") == "yes"


class TestReplicas:
    def test_of_every_workload_and_of_what_is_not_listed(self):
        text = "workloads: {a: {replicas: 1}, b: {replicas: %s}}\ndatastores: {db: {members: 1}}\n%s"
        assert says(text % (1, ""), {"replicas": 1}, "kubernetes") == "open", "add-ons are not listed"
        assert says(text % (1, "defaults: {replicas: 1}"), {"replicas": 1}, "kubernetes") == "yes"
        assert says(text % (1, "closed: true"), {"replicas": 1}, "kubernetes") == "yes"
        assert says(text % (3, "closed: true"), {"replicas": 1}, "kubernetes") == "open"
        assert says(text % (3, "closed: true"), {"replicas": ">3"}, "kubernetes") == "no"

    def test_what_is_managed_elsewhere_does_not_count(self):
        text = "closed: true\nworkloads: {a: {replicas: 1}, b: {replicas: 3, external: true}}"
        assert says(text, {"replicas": 1}, "kubernetes") == "yes"

    def test_of_the_technology_where_it_is_a_workload(self):
        text = "workloads: {a: {replicas: 3}, web: {technology: nginx, replicas: 1}}"
        assert says(text, {"replicas": 1}, "nginx") == "yes"


class TestOptions:
    def test_an_option_nobody_looked_at_is_open(self):
        topology = parse_topology("nodes: 1", "t")
        options = known_options(topology, "node_exporter", {"systemd": False})
        assert holds({"option.systemd": False}, topology, "node", options) == "open"

    def test_what_a_listed_ruleset_does_not_name_is_default(self):
        topology = parse_topology("options: {node_exporter: {}}", "t")
        options = known_options(topology, "node_exporter", {"systemd": False, "shards": 1})
        assert holds({"option.systemd": False}, topology, "node", options) == "yes"
        assert holds({"option.shards": 1}, topology, "node", options) == "yes"

    def test_what_is_stated_counts(self):
        topology = parse_topology("options: {node_exporter: {systemd: true, shards: 2}}", "t")
        options = known_options(topology, "node_exporter", {"systemd": False, "shards": 1})
        assert holds({"option.systemd": False}, topology, "node", options) == "no"
        assert holds({"option.shards": "2|3"}, topology, "node", options) == "yes"


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"memebers": 1}, "unknown condition 'memebers'"),
        ({"members": True}, "no count"),
        ({"members": "many"}, "no count"),
        ({"hpa": "yes"}, "neither true nor false"),
        ({"mode": 1}, "no word"),
        ({"option.x": True}, "no option 'x'"),
    ],
)
def test_mistakes_in_a_ruleset_are_named(conditions, said):
    (found,) = mistakes(conditions, ["y"])
    assert said in found
    if "option.x" not in conditions:
        with pytest.raises(ValueError, match=said):
            holds(conditions, load("single-node", shipped().presets), "redis")


def test_good_conditions_have_no_mistakes():
    good = {"members": ">1", "nodes": "1|2", "mode": "cluster", "hpa": False, "option.y": True}
    assert mistakes(good, ["y"]) == []


def test_presets_decide_what_the_presets_are_about():
    alone = {"members": 1, "mode": "standalone", "replicas": 1, "nodes": 1, "hpa": False, "remote-peers": False}
    assert holds(alone, load("single-node", shipped().presets), "anything") == "yes"
    for name, wanted in alone.items():
        assert holds({name: wanted}, load("ha-cluster", shipped().presets), "anything") == "no"


counts = st.one_of(
    st.none(),
    st.integers(0, 4),
    st.tuples(st.integers(0, 4), st.integers(0, 3)).map(lambda pair: f"{pair[0]}..{pair[0] + pair[1]}"),
    st.integers(0, 4).map("{}..".format),
)
wanted_counts = st.sampled_from([0, 1, 2, ">1", "<3", ">=2", "<=1", "1|3", ">9"])


@given(counts, wanted_counts, st.integers(0, 12))
def test_an_answer_holds_for_every_number_that_the_count_allows(count, wanted, number):
    from promtrim.topology.model import parse_count

    allowed = parse_count(count)
    if allowed is not None and not allowed.lo <= number <= allowed.hi:
        return
    ranged = holds({"nodes": wanted}, Topology(nodes=count), "redis")
    exact = holds({"nodes": wanted}, Topology(nodes=number), "redis")
    assert exact in ("yes", "no")
    assert ranged in (exact, "open"), "narrowing what is known never turns an answer round"
