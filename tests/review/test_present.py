"""The findings on rules as they stand; and that docs/findings.md tells the truth about each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from promtrim import api
from promtrim.config.model import Finding as Configurable
from promtrim.review.findings import DEFAULT_FAIL_ON, KINDS
from promtrim.stack.sources import Sources
from tests.review.conftest import Between, rules

COMPARED = ("coverage-lost", "record-lost")
PRESENT = ("cannot-fire", "always-fires", "duplicate", "implied", "unknown", "defect")


def sections(project: Path) -> dict[str, str]:
    text = (project / "docs" / "findings.md").read_text()
    parts = re.split(r"(?m)^## (\S+)$", text)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def examples(section: str) -> list[str]:
    return re.findall(r"(?ms)^```yaml\n(.*?)^```$", section)


def test_every_kind_has_a_section_and_can_be_failed_on(project: Path) -> None:
    assert list(sections(project)) == list(KINDS) == list(get_args(Configurable))
    assert set(DEFAULT_FAIL_ON) <= set(KINDS)
    schema = (project / "schema" / "config.schema.json").read_text()
    assert not [kind for kind in KINDS if f'"{kind}"' not in schema]


@pytest.mark.parametrize("kind", PRESENT)
def test_the_example_is_found_and_the_mended_one_is_not(kind: str, project: Path, tmp_path: Path) -> None:
    for text, there in zip(examples(sections(project)[kind]), (True, False), strict=True):
        (tmp_path / "rules.yml").write_text(text)
        found = api.check([str(tmp_path / "rules.yml")], topology="single-node").findings
        assert (kind in {finding.id for finding in found}) is there


@pytest.mark.parametrize("kind", COMPARED)
def test_the_example_of_a_change(kind: str, project: Path, between: Between) -> None:
    before, after = examples(sections(project)[kind])
    assert kind in {finding.id for finding in between(before, after, topology="single-node").result.findings}
    assert kind not in {finding.id for finding in between(after, before, topology="single-node").result.findings}


def test_the_example_of_a_blind_spot(project: Path, tmp_path: Path) -> None:
    (text,) = examples(sections(project)["blind-spot"])
    (tmp_path / "rules.yml").write_text(text)
    jobs = "".join(f"  - {{job_name: {name}, static_configs: [{{targets: ['{name}:80']}}]}}\n" for name in ("web", "node"))
    (tmp_path / "prometheus.yml").write_text(f"rule_files: [rules.yml]\nscrape_configs:\n{jobs}")
    sources = Sources(prometheus_config=[str(tmp_path / "prometheus.yml")])
    found = api.check([str(tmp_path / "rules.yml")], sources=sources).findings
    assert ("blind-spot", "PaymentsGone") in {(finding.id, finding.rule) for finding in found}


def test_a_second_document_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_text(rules("A: x > 1") + "---\n" + rules("B: y > 1", "C: z > 1"))
    found = [(finding.id, finding.code, finding.rule) for finding in api.check([str(path)]).findings]
    assert found == [("stack", "second-document", "")]


def test_places_are_what_an_editor_underlines(tmp_path: Path) -> None:
    path = tmp_path / "rules.yml"
    path.write_bytes(rules('Never: up{job="x"} == 2 | labels: {severity: page}').replace("\n", "\r\n").encode())
    (finding,) = api.check([str(path)]).findings
    line = path.read_text().splitlines()[finding.place.line - 1]
    assert line[finding.place.column - 1 : finding.place.end_column - 1] == "alert: Never"


def test_the_users_own_stack(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shared / "checkin")
    sources = Sources(
        kubernetes=["kubernetes"], prometheus_config=["prometheus.yml"], alertmanager_config=["alertmanager.yml"]
    )
    found = api.check(["alert_rules.yml"], sources=sources)
    told = {(finding.id, finding.rule) for finding in found.fails}
    assert {("blind-spot", "FrontendDown"), ("cannot-fire", "FrontendDown"), ("cannot-fire", "MongoDBDown")} <= told
    assert {finding.code for finding in found.findings} >= {"logic", "topology", "not-scraped", "network-policy"}
