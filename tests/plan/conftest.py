"""Plans for a handful of rules in a made-up shop: a backend that users touch, two stores, one volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from promtrim.api import make_plan
from promtrim.plan.model import Decided, Plan

SHOP: dict[str, Any] = {
    "nodes": 1,
    "workloads": {
        "backend": {"replicas": 1, "jobs": ["api"], "metrics": ["http_"], "depends-on": ["redis", "mongodb"]},
        "frontend": {"replicas": 1, "depends-on": ["backend"]},
        "worker": {"replicas": 1, "users": False, "jobs": ["worker"]},
    },
    "datastores": {
        "redis": {"technology": "redis", "members": 1, "mode": "standalone"},
        "mongodb": {"technology": "mongodb", "members": 1, "mode": "standalone"},
    },
    "volumes": {"statistics": True},
}


def alert(
    name: str, expr: str, severity: str = "critical", hold: str = "0s", keep: str = "", **labels: str
) -> dict[str, Any]:
    """An alerting rule as a rule file has it."""
    rule: dict[str, Any] = {"alert": name, "expr": expr, "for": hold, "labels": {"severity": severity, **labels}}
    if keep:
        rule["keep_firing_for"] = keep
    return rule


def record(name: str, expr: str) -> dict[str, Any]:
    return {"record": name, "expr": expr}


class Planned:
    """A plan, and short ways to ask it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __getitem__(self, name: str) -> Decided:
        (found,) = (each for each in self.plan.rules if each.judged.rule.name == name)
        return found

    @property
    def kept(self) -> list[str]:
        return [each.judged.rule.name for each in self.plan.rules if each.keep]

    def code(self, name: str) -> str:
        return self[name].reason.code

    def by(self, name: str) -> str | None:
        other = self[name].reason.by
        return other.alert if other else None


@pytest.fixture
def planned(tmp_path: Path) -> Callable[..., Planned]:
    """``planned([alert(...), ...], topology={...}, level="relevant", config={...}, **options of make_plan)``."""

    def run(
        rules: Sequence[dict[str, Any]] | str,
        topology: dict[str, Any] | str | None = None,
        level: str = "relevant",
        config: dict[str, Any] | None = None,
        **options: Any,
    ) -> Planned:
        path = tmp_path / "rules.yml"
        text = rules if isinstance(rules, str) else yaml.safe_dump({"groups": [{"name": "g", "rules": list(rules)}]})
        path.write_text(text)
        (tmp_path / "promtrim.yml").write_text(yaml.safe_dump(config or {}))
        described: Any = SHOP if topology is None else topology
        if isinstance(described, dict):
            (tmp_path / "topology.yml").write_text(yaml.safe_dump(described))
            described = str(tmp_path / "topology.yml")
        return Planned(make_plan([str(path)], topology=described, level=level, **options))

    return run


@pytest.fixture(scope="session")
def rule() -> Callable[..., dict[str, Any]]:
    """``rule(name, expr, severity="critical", hold="0s", keep="", **labels)``: an alerting rule."""
    return alert


@pytest.fixture(scope="session")
def recording() -> Callable[[str, str], dict[str, Any]]:
    """``recording(name, expr)``: a recording rule."""
    return record


@pytest.fixture(scope="session")
def shop() -> dict[str, Any]:
    """The topology that plans are made for unless they name another."""
    return SHOP
