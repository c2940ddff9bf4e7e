"""Plans written by hand, so that formats are tested on their own."""

from __future__ import annotations

import pytest

from promtrim.output.summary import Cut
from promtrim.plan.model import (
    BlindSpot,
    By,
    Cell,
    Decided,
    Defect,
    Evidence,
    Judged,
    Plan,
    Reason,
)
from promtrim.rulefile.model import Document, Problem, Rule
from promtrim.topology.model import Topology

HOSTILE = "\x1b[31mred\x07 \u202eevil|<img src=x> @team [a](http://b) `code`\nsecond"
"""Terminal codes, right-to-left override, HTML, a mention, a link and a line break, as an alert's name."""


def rule(number: int, name: str | None, record: str | None = None, file: str = "rules.yml") -> Rule:
    return Rule(
        id=number,
        file=file,
        line=10 * number + 3,
        column=9,
        group="g",
        alert=name,
        record=record,
        expr="up == 0",
        labels={"severity": "critical"},
        annotations={},
        for_=60.0,
        keep_firing_for=0.0,
        interval=None,
    )


def judged(of: Rule, **changes: object) -> Judged:
    values: dict[str, object] = {
        "rule": of,
        "verdict": "can-fire",
        "cause": None,
        "tier": "critical",
        "failure_mode": "down",
        "components": ("backend",),
        "evidence": (),
    }
    return Judged(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def plan() -> Plan:
    """One rule of most kinds, a hostile name, a blind spot, a problem."""
    step = Evidence("up", 4, 11, "one series", "the job finds one target (topology.yml:3)", depth=1)
    whole = Evidence("up == 0", 4, 11, "nothing, or one series", "a target can be down", depth=0)
    rules = (
        Decided(
            judged(rule(0, "BackendGone"), evidence=(step, whole)),
            True,
            Reason("kept", "the backend is what users touch"),
        ),
        Decided(
            judged(
                rule(1, "LagHere"),
                verdict="cannot-fire",
                cause="logic",
                because="both sides carry another state",
                defects=(Defect("labels", "the sides can never match", 14, 11, "a - ignoring (state) b > 1"),),
            ),
            False,
            Reason("cannot-fire", "the two sides carry different state labels"),
        ),
        Decided(
            judged(rule(2, "NothingThere"), verdict="cannot-fire", cause="not-scraped"),
            False,
            Reason("cannot-fire", "nothing scrapes it"),
        ),
        Decided(
            judged(rule(3, "Milder"), tier="useful"),
            False,
            Reason("minor", "the milder half of a pair", By("BackendGone", "rules.yml", 3)),
        ),
        Decided(judged(rule(4, HOSTILE), tier="low"), False, Reason("minor", "hygiene")),
        Decided(
            judged(rule(6, "Milder2"), tier="useful"),
            False,
            Reason("minor", "the milder half of a pair", By("BackendGone", "rules.yml", 3)),
        ),
        Decided(judged(rule(5, None, "job:up:sum")), True, Reason("needed-by", "BackendGone needs it")),
    )
    return Plan(
        topology=Topology(name="small", nodes=1),
        level="critical",
        documents=(Document("rules.yml", "groups:\n", False, "rule-file", tuple(d.judged.rule for d in rules), ()),),
        rules=rules,
        blind_spots=(BlindSpot("mongodb", "down", ("NothingThere",), "nobody is told when it stops", "scrape it"),),
        coverage=(Cell("backend", "down", ("BackendGone",), ("BackendGone",)),),
        problems=(Problem("severity", "it may page nobody", "rules.yml", 3, 9, "BackendGone"),),
    )


@pytest.fixture
def cuts() -> list[Cut]:
    return [Cut("rules.yml", 381, 98, True, ("an anchor moved to line 7",))]
