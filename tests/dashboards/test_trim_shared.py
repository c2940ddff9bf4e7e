"""Public dashboards: all load, what is kept is equal, and nothing goes where everything is there several times."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promtrim.dashboards.existing.files import DashboardFile, read
from promtrim.dashboards.existing.model import View
from promtrim.dashboards.existing.trim import Asked, Nothing
from promtrim.dashboards.existing.work import Asker, trim_files
from tests.dashboards.asking import asker, dashboards_of, overlapping


@pytest.fixture(scope="module")
def found(shared: Path) -> list[DashboardFile]:
    """All dashboards of the corpus, and of the stacks of small teams."""
    corpus = sorted(path for path in shared.glob("corpus/mixins/*/dashboards/*") if path.is_file())
    wild = [path for path in sorted(shared.glob("wild/**/*.json")) if path.is_file() and '"panels"' in path.read_text("utf-8")]
    assert len([path for path in corpus if path.suffix == ".json"]) == 206
    return read([str(path) for path in (*corpus, *wild)])


def test_all_load_and_have_panels(found: list[DashboardFile]) -> None:
    assert len(found) > 330
    views = [dashboard.view() for file in found for dashboard in file.dashboards]
    assert sum(len(view.panels) for view in views) > 3500
    assert sum(target.language in ("promql", "perhaps") for view in views for panel in view.panels for target in panel.targets) > 5500


def test_only_what_is_broken_cannot_be_read(found: list[DashboardFile]) -> None:
    unread = [
        text for file in trim_files(found, asker("ha-cluster")) for dashboard in file.dashboards
        for _, _, text in dashboard.trimming.unread
    ]  # fmt: skip
    assert len(unread) <= 2, unread


def test_nothing_goes_for_topology_on_a_cluster(found: list[DashboardFile]) -> None:
    for file in trim_files(found, asker("ha-cluster")):
        for dashboard in file.dashboards:
            for each in dashboard.trimming.removed:
                assert each.because is None or each.because.cause == "logic", (file.file, each)


def test_what_is_kept_is_equal_and_trimming_twice_is_trimming_once(found: list[DashboardFile]) -> None:
    changed = 0
    for ask in (asker("single-node"), _Some("a"), _Some("b")):
        for before, trimmed in zip(found, trim_files(found, ask), strict=True):
            after = dashboards_of(trimmed.text)
            changed += trimmed.changed
            if not trimmed.changed:
                assert trimmed.text == before.source.text
            _kept_is_equal(before, after)
            (again,) = trim_files([after], ask)
            assert not again.changed, before.source.file
    assert changed > 500


def test_all_of_them_in_a_few_seconds(found: list[DashboardFile]) -> None:
    begun = time.perf_counter()
    trim_files(read([file.source.file for file in found]), asker("single-node"))
    assert time.perf_counter() - begun < 20  # 2 seconds on a quiet machine


class _Some(Asker):
    """About a third of all queries return nothing."""

    def __init__(self, salt: str) -> None:
        self.salt = salt

    def __call__(self, text: str, perhaps: bool) -> Asked:
        return Nothing("topology", "so it is") if sum(map(ord, self.salt + text)) % 3 == 0 else None


def _kept_is_equal(before: DashboardFile, after: DashboardFile) -> None:
    for old, new in zip(before.dashboards, after.dashboards, strict=True):
        was, now = old.view(), new.view()
        kept = iter([json.dumps(target.options) for panel in was.panels for target in panel.targets])
        for panel in now.panels:
            for target in panel.targets:
                assert json.dumps(target.options) in kept, "a kept query changed, or moved"
        assert list(new.value) == list(old.value)
        assert _overlaps(now) <= _overlaps(was), before.source.file
        untouched = [key for key in old.value if key not in ("panels", "rows", "templating", "links")]
        assert _texts(old.value, untouched) == _texts(new.value, untouched)
        ids = {json.dumps(panel) for panel in _panels(old.value)}
        assert {json.dumps(panel) for panel in _panels(new.value)} <= ids


def _overlaps(view: View) -> int:
    """Some dashboards overlapped before."""
    return sum(len(overlapping([cell.box for cell in grid.cells])) for grid in view.grids)


def _texts(value: dict[str, Any], keys: list[str]) -> list[str]:
    return [json.dumps(value[key]) for key in keys]


def _panels(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each panel without its place, its queries and the panels inside it."""
    for holder in (value, *(value.get("rows") or ())):
        for panel in holder.get("panels") or ():
            for each in (panel, *(panel.get("panels") or ())):
                yield {key: item for key, item in each.items() if key not in ("gridPos", "span", "targets", "panels")}
