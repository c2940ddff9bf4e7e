"""What the rulesets make of expressions: ``cases/EXPORTER.yml``, one test per expression.

A file names a topology preset and lists cases. ``verdict`` is compared always, ``cause``, ``tier``, ``mode`` and
``meaningless`` where a case gives them. A case is judged as an alert without labels, so that no severity helps.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
import pytest
import yaml

from promtrim.durations import parse_duration
from promtrim.evaluate.context import Records
from promtrim.evaluate.verdict import Judge
from promtrim.judge.signals import signals
from promtrim.judge.tier import weigh
from promtrim.judge.words import Words
from promtrim.knowledge.facts import Metrics
from promtrim.knowledge.index import shipped
from promtrim.promql.parse import parse
from promtrim.topology.load import load

FOLDER = Path(__file__).resolve().parent / "cases"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"for_": "for"}):
    """One expression and what it must come to."""

    expr: str
    verdict: str
    topology: str | None = None
    """Where it differs from the file's."""
    for_: str = "0s"
    cause: str | None = None
    tier: str | None = None
    mode: str | None = None
    meaningless: bool = False


class CaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topology: str
    cases: tuple[Case, ...]


@lru_cache(maxsize=8)
def _judge(topology: str) -> Judge:
    return Judge(Metrics(shipped(), load(topology, shipped().presets)), Records({}, shipped().records))


def _cases() -> list[object]:
    found: list[object] = []
    for path in sorted(FOLDER.glob("*.yml")):
        file = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), CaseFile)
        found += [pytest.param(case.topology or file.topology, case, id=f"{path.stem}: {case.expr}") for case in file.cases]
    return found


@pytest.mark.parametrize(("topology", "case"), _cases())
def test_case(topology: str, case: Case) -> None:
    judge = _judge(topology)
    node = parse(case.expr)
    conclusion = judge.judge(node, parse_duration(case.for_))
    weight = weigh(judge.metrics, Words(shipped().words), signals(node), {}, conclusion.constant, "")
    found = {
        "verdict": conclusion.verdict,
        "cause": conclusion.cause,
        "tier": weight.tier,
        "mode": weight.mode,
        "meaningless": conclusion.meaningless is not None,
    }
    wanted = {"verdict": case.verdict, "meaningless": case.meaningless}
    for field in ("cause", "tier", "mode"):
        if getattr(case, field) is not None:
            wanted[field] = getattr(case, field)
    wrong = [f"{field} is {found[field]}, not {value}" for field, value in wanted.items() if found[field] != value]
    assert not wrong, conclusion.because
