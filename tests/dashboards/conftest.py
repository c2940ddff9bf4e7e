"""What tests of building and previewing dashboards share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from promtrim import api
from tests.dashboards.live import RULES, Live, shop

Build = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, fixtures: Path) -> Iterator[Live]:
    """Real servers, started once."""
    with shop(tmp_path_factory.mktemp("live"), fixtures) as running:
        yield running


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Build a dashboard from rules: a list of ``(alert, expression)``, or with more fields as mappings."""

    def from_rules(*rules: Any, level: str = "relevant", topology: str = "ha-cluster", **named: Any) -> dict[str, Any]:
        listed = [{"alert": each[0], "expr": each[1]} if isinstance(each, tuple) else each for each in rules]
        file = tmp_path / "rules.yml"
        file.write_text(json.dumps({"groups": [{"name": "g", "rules": listed}]}))
        plan = api.make_plan([str(file)], level=level, topology=topology, evidence=False)  # type: ignore[arg-type]
        found: dict[str, Any] = api.build_dashboard(plan, **named).to_json_data()
        return found

    return from_rules


@pytest.fixture(scope="session")
def dashboards(fixtures: Path, project: Path) -> dict[str, dict[str, Any]]:
    """The dashboards of the example stack and of the host's rules at level relevant, and those that are shipped."""
    stacks = {
        "stagedoor": (fixtures / "alert_rules.yml", str(fixtures / "topology.yml")),
        "host": (RULES, "single-node"),
    }
    shipped = {path.stem: json.loads(path.read_text()) for path in (project / "dashboards").glob("*.json")}
    return shipped | {
        name: api.build_dashboard(api.make_plan([str(rules)], topology=topology, level="relevant")).to_json_data()
        for name, (rules, topology) in stacks.items()
    }
