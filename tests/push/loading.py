"""A real Prometheus that loads rules from a folder, and the repository that they come from."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from promtrim import api
from promtrim.http import Server, wait_for
from promtrim.push.steps import Outcome
from tests import servers

A = """\
groups:
  - name: shop
    interval: 1s
    rules:
      # noise
      - {alert: Noise, expr: 'vector(1) > 0', labels: {severity: warning}}

      # the tills
      - alert: Pending
        expr: vector(7) > 1
        for: 1h
        labels: {severity: critical}
  - name: gone
    interval: 1s
    rules:
      - {alert: Noise2, expr: 'vector(1) > 0', labels: {severity: warning}}
"""
B = """\
groups:
  - name: cellar
    interval: 1s
    rules:
      - {record: cellar:one, expr: 'sum by (job) (up{job="x"} offset 1h)'}
      - {alert: Cellar, expr: 'vector(1) > 0', labels: {severity: critical}}
      - {alert: Noise3, expr: 'vector(2) > 0', labels: {severity: warning}}
"""
SETTINGS = """\
keep: [{alert: Pending, reason: needed}, {alert: Cellar, reason: needed}]
drop: [{alert: 'Noise*', reason: noise}]
"""
RULES = {"a.yml": A, "below/b.yml": B}


class Running:
    """A Prometheus, its rules and a repository that they come from."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.rules = folder / "prom" / "rules"
        self.repository = folder / "repository"

    def plan(self, settings: str = SETTINGS, rules: dict[str, str] = RULES) -> Any:
        write(self.repository, {**rules, "promtrim.yml": settings})
        return api.make_plan([str(self.repository / name) for name in rules], evidence=False)

    def push(self, plan: Any = None, url: str = "", **options: Any) -> Outcome:
        server = Server(url or self.url, timeout=5.0, retries=options.pop("retries", 1))
        return api.push_prometheus(plan or self.plan(), server, str(self.rules), **options)

    def undo(self, **options: Any) -> Outcome:
        return api.undo_prometheus(Server(self.url), str(self.rules), **options)

    def files(self) -> dict[str, str]:
        """What lies in the rules' folder, temporary files too."""
        found = [path for path in self.rules.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.rules)): path.read_text() for path in found}

    def alerts(self) -> dict[str, dict[str, Any]]:
        """Loaded alerting rules by name."""
        with urllib.request.urlopen(f"{self.url}/api/v1/rules") as response:
            groups = json.load(response)["data"]["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"] if rule["type"] == "alerting"}


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


REDUCED = {
    "a.yml": A[: A.index("      # noise")] + A[A.index("      # the tills") : A.index("  - name: gone")],
    "below/b.yml": B[: B.index("      - {alert: Noise3")],
}


@contextmanager
def started(
    program: Path, folder: Path, *arguments: str, pattern: str = "rules/*.yml\n  - rules/below/*.yml"
) -> Iterator[Running]:
    write(folder / "prom" / "rules", RULES)
    config = f"global: {{evaluation_interval: 1s}}\nrule_files:\n  - {pattern}\n"
    arguments = arguments or ("--web.enable-lifecycle",)
    with servers.prometheus(program, config, folder / "prom", *arguments) as url:
        running = Running(url, folder)
        assert wait_for(lambda: running.alerts()["Pending"].get("state") == "pending", 30)
        yield running
