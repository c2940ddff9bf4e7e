"""The rule file that this project was asked for, on the deployment that it was asked for.

Reads ``checkin/alert_rules.yml`` of the public test data; skips without it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from promtrim.api import explain, make_plan, reduce_document
from promtrim.plan.model import Plan

TOPOLOGY = """\
name: check-in
nodes: 1
kubernetes: {distribution: k3s}
autoscaling: {hpa: false}
volumes: {driver: csi.example.com, statistics: true}
workloads:
  backend:
    replicas: 1
    users: true
    depends-on: [mongodb, redis]
    jobs: [backend-api]
    metrics: [http_, checkin_, registration_]
  frontend: {replicas: 1, users: true}
datastores:
  mongodb: {mode: standalone, members: 1}
  redis: {mode: standalone, members: 1}
external-checks:
  - {component: frontend, modes: [down]}
"""
ESSENTIAL = ["BackendDown", "CriticalBackendErrorRate", "PVCRunningOutOfSpace"]
CRITICAL = {
    *ESSENTIAL, "CriticalAPILatency", "MongoDBDown", "RedisDown", "PodCrashLoopBackOff", "HighRegistrationFailureRate",
}  # fmt: skip
CLOSE_CALLS = {"DeploymentReplicasMismatch", "RedisConnectionsRejected", "NoCheckInsDetected", "PossibleBruteForceAttack"}


@pytest.fixture
def alert_rules(shared: Path) -> str:
    path = shared / "checkin" / "alert_rules.yml"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return str(path)


@pytest.fixture
def topology(tmp_path: Path) -> str:
    path = tmp_path / "topology.yml"
    path.write_text(TOPOLOGY)
    return str(path)


def kept(plan: Plan) -> list[str]:
    return [each.judged.rule.name for each in plan.rules if each.keep]


def reasons(plan: Plan) -> dict[str, str]:
    return {each.judged.rule.name: each.reason.code for each in plan.rules}


class TestOnASingleNode:
    def test_two_of_27_can_say_nothing(self, alert_rules: str) -> None:
        plan = make_plan([alert_rules], topology="single-node", level="relevant")
        dropped = {name: code for name, code in reasons(plan).items() if code != "kept"}
        assert dropped == {"HPAAtMaxReplicas": "cannot-fire", "MongoDBReplicationLag": "cannot-fire"}
        assert (len(plan.rules), len(kept(plan))) == (27, 25)

    def test_one_of_them_can_fire_nowhere_and_it_is_said_why(self, alert_rules: str) -> None:
        plan = make_plan([alert_rules], topology="single-node", level="relevant")
        (story,) = explain(plan, "MongoDBReplicationLag")
        assert story.decided.judged.cause == "logic"
        assert "'state'" in story.decided.judged.because
        assert "'SECONDARY'" in story.decided.judged.because
        assert "'PRIMARY'" in story.decided.judged.because
        assert story.would_fire == "nothing can make it fire, in any deployment"

    def test_the_other_only_here(self, alert_rules: str) -> None:
        plan = make_plan([alert_rules], topology="single-node", level="relevant")
        assert explain(plan, "HPAAtMaxReplicas")[0].decided.judged.cause == "topology"


class TestOnTheRealDeployment:
    def test_three_are_essential(self, alert_rules: str, topology: str) -> None:
        plan = make_plan([alert_rules], topology=topology, level="essential")
        assert kept(plan) == ESSENTIAL

    def test_the_three_fit_twenty_lines(self, alert_rules: str, topology: str) -> None:
        plan = make_plan([alert_rules], topology=topology, level="essential")
        (document,) = plan.documents
        compact = reduce_document(plan, document, "compact").text
        assert len(compact.splitlines()) <= 20
        assert names(compact) == ESSENTIAL

    def test_eight_are_critical_beside_close_calls(self, alert_rules: str, topology: str) -> None:
        found = set(kept(make_plan([alert_rules], topology=topology, level="critical")))
        assert found >= CRITICAL
        assert found - CRITICAL <= CLOSE_CALLS

    def test_what_is_dropped_is_dropped_for_the_right_reason(self, alert_rules: str, topology: str) -> None:
        plan = make_plan([alert_rules], topology=topology, level="critical")
        found = reasons(plan)
        assert found["FrontendDown"] == "watched-elsewhere"
        for name, stronger in (
            ("HighBackendErrorRate", "CriticalBackendErrorRate"),
            ("HighAPILatency", "CriticalAPILatency"),
        ):
            (story,) = explain(plan, name)
            assert story.decided.reason.code == "minor"
            assert "milder half of a pair" in story.decided.reason.text
            assert story.decided.reason.by is not None
            assert story.decided.reason.by.alert == stronger

    @pytest.mark.parametrize("name", sorted(CLOSE_CALLS))
    def test_close_calls_are_explained(self, alert_rules: str, topology: str, name: str) -> None:
        plan = make_plan([alert_rules], topology=topology, level="critical")
        judged = explain(plan, name)[0].decided.judged
        assert any(judged.tier in step.result and step.because for step in judged.evidence)

    def test_a_critical_alert_that_pages_nobody_is_told(self, alert_rules: str, topology: str) -> None:
        plan = make_plan([alert_rules], topology=topology, level="essential")
        assert [problem.alert for problem in plan.problems if problem.code == "quiet-critical"] == ["PVCRunningOutOfSpace"]

    def test_on_local_path_volumes_the_disk_is_a_blind_spot(self, alert_rules: str, tmp_path: Path) -> None:
        path = tmp_path / "topology.yml"
        path.write_text(
            "preset: single-node-k3s\n" + TOPOLOGY.replace("volumes: {driver: csi.example.com, statistics: true}\n", "")
        )
        plan = make_plan([alert_rules], topology=str(path), level="critical")
        assert "PVCRunningOutOfSpace" not in kept(plan)
        assert ("volume", "disk", ("PVCRunningOutOfSpace",)) in [
            (spot.component, spot.failure_mode, spot.alerts) for spot in plan.blind_spots
        ]

    def test_the_essential_cut_is_the_original_with_pieces_cut_out(self, alert_rules: str, topology: str) -> None:
        plan = make_plan([alert_rules], topology=topology, level="essential")
        (document,) = plan.documents
        lines = iter(document.text.splitlines())
        cut = reduce_document(plan, document).text
        assert all(line in lines for line in cut.splitlines())  # a subsequence
        assert names(cut) == ESSENTIAL


def names(text: str) -> list[str]:
    return [rule["alert"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
