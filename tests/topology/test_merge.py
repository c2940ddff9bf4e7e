"""A person's topology corrects what was read off; a preset yields."""

from __future__ import annotations

from promtrim.knowledge.index import shipped
from promtrim.topology.load import load, parse_topology
from promtrim.topology.merge import merge_topologies
from promtrim.topology.model import Topology

READ = parse_topology(
    "workloads: {app: {replicas: 1, users: true}}\n"
    "datastores: {db: {technology: redis, mode: standalone, members: 1}}\n"
    "jobs: {app: {targets: 0}, other: {}}\nexporters: {redis_exporter: false}\nkubernetes: {pod-disruption-budgets: false}\n",
    "read.yml",
)


def test_merging_with_nothing_changes_nothing() -> None:
    for topology in (READ, load("single-node", shipped().presets), load("ha-cluster", shipped().presets)):
        for one, other in ((topology, Topology()), (Topology(), topology)):
            merged, problems = merge_topologies(one, other)
            assert merged == topology
            assert not problems


def test_what_a_person_wrote_counts_and_both_are_told() -> None:
    stated = parse_topology("workloads: {app: {replicas: 2}}", "mine.yml")
    merged, (problem,) = merge_topologies(stated, READ)
    assert merged.workloads["app"].replicas == 2
    assert merged.workloads["app"].users is True
    assert (problem.file, problem.line) == ("mine.yml", 1)
    assert "read.yml:1" in problem.text


def test_a_preset_yields() -> None:
    stated = parse_topology("preset: ha-cluster\nname: mine", "mine.yml", shipped().presets)
    merged, problems = merge_topologies(stated, READ)
    assert merged.jobs == READ.jobs
    assert merged.name == "mine"
    assert merged.kubernetes.pod_disruption_budgets is False
    assert not problems


def test_several_members_stand_not_alone() -> None:
    stated = parse_topology("datastores: {db: {members: 3}}", "mine.yml")
    merged, _ = merge_topologies(stated, READ)
    assert merged.datastores["db"].mode is None
    assert merged.datastores["db"].members == 3
