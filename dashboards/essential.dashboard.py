"""Stagedoor's dashboard at level essential, for grafanalib's ``generate-dashboard``."""

from pathlib import Path

from promtrim import api

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

plan = api.make_plan(
    [str(FIXTURES / "alert_rules.yml")], topology=str(FIXTURES / "topology.yml"), level="essential", evidence=False
)
dashboard = api.build_dashboard(plan, title="Stagedoor: essential", uid="stagedoor-essential")
