"""The Python API: what a command does in a few lines of Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim import api
from promtrim.errors import ErrorGroup, InputError
from promtrim.topology.model import Topology

RULES = """\
# The shop's alerts
groups:
- name: shop
  rules:
  # Redis must answer
  - alert: RedisDown
    expr: redis_up == 0
    labels: {severity: critical}

  - alert: Never
    expr: |
      up
        > 5
  - alert: Queue
    expr: shop_queue_length > 5
    labels: {severity: warning}
"""


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.yml"
    path.write_text(RULES)
    (tmp_path / "promtrim.yml").write_text("{}\n")
    return str(path)


def kept(plan: api.Plan) -> list[str]:
    return [each.judged.rule.name for each in plan.rules if each.keep]


class TestMakePlan:
    def test_in_the_order_of_the_file(self, rules: str) -> None:
        plan = api.make_plan([rules])
        assert [each.judged.rule.name for each in plan.rules] == ["RedisDown", "Never", "Queue"]

    def test_takes_single_node_and_critical_where_nothing_is_said(self, rules: str) -> None:
        plan = api.make_plan([rules])
        assert (plan.topology.name, plan.level, kept(plan)) == ("single-node", "critical", ["RedisDown"])

    @pytest.mark.parametrize(
        ("level", "names"),
        [("relevant", ["RedisDown", "Queue"]), ("critical", ["RedisDown"]), ("essential", ["RedisDown"])],
    )
    def test_a_level(self, rules: str, level, names: list[str]) -> None:
        assert kept(api.make_plan([rules], level=level)) == names

    def test_a_topology_as_a_value(self, rules: str) -> None:
        topology = Topology(exporters={"redis_exporter": False})
        plan = api.make_plan([rules], topology=topology)
        assert plan.topology == topology
        assert [spot.component for spot in plan.blind_spots] == ["redis"]

    def test_the_configuration_beside_the_file_counts(self, rules: str) -> None:
        Path(rules).with_name("promtrim.yml").write_text("level: relevant\ntopology: {nodes: 3}\n")
        plan = api.make_plan([rules])
        assert (plan.level, plan.topology.nodes) == ("relevant", 3)

    def test_what_is_asked_for_counts_before_it(self, rules: str) -> None:
        Path(rules).with_name("promtrim.yml").write_text("level: relevant\ntopology: {nodes: 3}\n")
        plan = api.make_plan([rules], level="essential", topology="ha-cluster")
        assert (plan.level, plan.topology.name) == ("essential", "ha-cluster")

    def test_standard_input(self) -> None:
        assert [each.judged.rule.file for each in api.make_plan(["-"], stdin=RULES).rules] == ["-"] * 3

    def test_several_files_are_one_plan(self, rules: str, tmp_path: Path) -> None:
        other = tmp_path / "other.yml"
        other.write_text(RULES)
        plan = api.make_plan([rules, str(other)], level="relevant")
        assert [each.reason.code for each in plan.rules] == [
            "kept",
            "cannot-fire",
            "kept",
            "duplicate",
            "cannot-fire",
            "duplicate",
        ]
        assert len({each.judged.rule.id for each in plan.rules}) == 6

    def test_evidence_is_worked_out_where_it_is_asked_for(self, rules: str) -> None:
        never = api.make_plan([rules]).rules[1].judged
        whole = [step for step in never.evidence if step.about == "verdict"][-1]
        assert whole.expr == "up > 5"
        assert (whole.line, whole.column) == (12, 7)
        assert api.make_plan([rules], evidence=False).rules[1].judged.evidence == ()

    def test_what_cannot_be_read_is_a_problem_and_an_error_only_where_asked(self, rules: str) -> None:
        Path(rules).write_text(RULES.replace("redis_up == 0", "redis_up =="))
        plan = api.make_plan([rules])
        assert [(each.code, each.alert) for each in plan.problems] == [("unreadable-expression", "RedisDown")]
        assert "RedisDown" in kept(plan)
        with pytest.raises(ErrorGroup) as caught:
            api.make_plan([rules], strict=True)
        (error,) = caught.value.errors
        assert (error.file, error.line) == (rules, 6)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises((InputError, ErrorGroup), match=r"missing\.yml"):
            api.make_plan([str(tmp_path / "missing.yml")])


class TestReduceDocument:
    def test_cuts_and_touches_nothing_else(self, rules: str) -> None:
        plan = api.make_plan([rules])
        reduced = api.reduce_document(plan, plan.documents[0])
        assert reduced.changed
        assert reduced.text == RULES[: RULES.index("\n  - alert: Never")]

    def test_what_is_not_cut_is_not_changed(self, rules: str) -> None:
        Path(rules).write_text(RULES.replace("      up\n", "      shop_orders\n"))
        plan = api.make_plan([rules], level="relevant")
        reduced = api.reduce_document(plan, plan.documents[0])
        assert not reduced.changed
        assert reduced.text == Path(rules).read_text()

    def test_on_its_own_output_it_changes_nothing(self, rules: str) -> None:
        plan = api.make_plan([rules])
        Path(rules).write_text(api.reduce_document(plan, plan.documents[0]).text)
        again = api.make_plan([rules])
        assert not api.reduce_document(again, again.documents[0]).changed

    def test_compact_keeps_every_field(self, rules: str) -> None:
        import yaml

        plan = api.make_plan([rules])
        text = api.reduce_document(plan, plan.documents[0], "compact").text
        (group,) = yaml.safe_load(text)["groups"]
        assert group == {
            "name": "shop",
            "rules": [{"alert": "RedisDown", "expr": "redis_up == 0", "labels": {"severity": "critical"}}],
        }

    def test_nothing_is_written(self, rules: str) -> None:
        plan = api.make_plan([rules])
        api.reduce_document(plan, plan.documents[0])
        assert Path(rules).read_text() == RULES


class TestExplain:
    def test_the_story_of_an_alert(self, rules: str) -> None:
        (story,) = api.explain(api.make_plan([rules]), "RedisDown")
        assert story.decided.judged.components == ("redis",)
        assert story.would_fire == "redis_up is 0"

    def test_a_name_that_nothing_has(self, rules: str) -> None:
        with pytest.raises(InputError, match="no rule is named 'Nobody'"):
            api.explain(api.make_plan([rules]), "Nobody")
