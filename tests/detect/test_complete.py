"""A datastore's ``exporter`` decides which exporters are scraped."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim import api
from promtrim.detect.complete import completed
from promtrim.knowledge.index import shipped
from promtrim.topology.model import Datastore, Topology

HEADS = shipped().heads


def exporters(**stores: Datastore) -> dict[str, bool]:
    return completed(Topology(datastores=stores), HEADS).exporters


def test_the_only_exporter_of_a_technology() -> None:
    assert exporters(cache=Datastore(technology="redis", exporter=True)) == {"redis_exporter": True}
    assert exporters(redis=Datastore(exporter=False)) == {"redis_exporter": False}


def test_one_of_several_exporters_is_not_told_by_true_and_none_is_left_by_false() -> None:
    of_mongodb = {each for each, head in HEADS.items() if head.technology == "mongodb"}
    assert len(of_mongodb) > 1
    assert exporters(mongodb=Datastore(exporter=True)) == {}
    assert exporters(mongodb=Datastore(exporter=False)) == dict.fromkeys(of_mongodb, False)


def test_what_is_open_stays_open() -> None:
    assert exporters(redis=Datastore()) == {}
    two = exporters(a=Datastore(technology="redis", exporter=False), b=Datastore(technology="redis"))
    assert two == {}


def test_what_is_said_of_the_exporter_itself_stands() -> None:
    topology = Topology(datastores={"redis": Datastore(exporter=True)}, exporters={"redis_exporter": False})
    assert completed(topology, HEADS) is topology


@pytest.mark.parametrize(("exporter", "verdict"), [("true", "always-fires"), ("false", "cannot-fire"), ("", "can-fire")])
def test_what_follows_for_an_alert(tmp_path: Path, exporter: str, verdict: str) -> None:
    rules, topology = tmp_path / "rules.yml", tmp_path / "topology.yml"
    rules.write_text("groups: [{name: g, rules: [{alert: Alone, expr: redis_connected_slaves < 1}]}]\n")
    flag = f", exporter: {exporter}" if exporter else ""
    topology.write_text(f"datastores: {{redis: {{technology: redis, mode: standalone, members: 1{flag}}}}}\n")
    (decided,) = api.make_plan([str(rules)], topology=str(topology)).rules
    assert decided.judged.verdict == verdict
