"""Dashboards in a Grafana: by uid, with versions, never over what somebody edited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promtrim import api
from promtrim.errors import CallError, InputError, RemoteError
from promtrim.http import Server
from promtrim.push.steps import Outcome
from tests.push.documented import Grafana, documented

BOARD = {"uid": "shop", "title": "The shop", "panels": [{"id": 1, "type": "stat", "title": "Tills"}], "schemaVersion": 39}


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    this = Grafana()
    with documented(this):
        yield this


def server(grafana: Grafana, token: str = "secret-token") -> Server:
    return Server(grafana.url, token=token, retries=1)


class Pusher:
    def __init__(self, grafana: Grafana, folder: Path) -> None:
        self.grafana = grafana
        self.folder = folder

    def __call__(self, *boards: dict[str, Any], **options: Any) -> Outcome:
        paths = []
        for number, board in enumerate(boards or (BOARD,)):
            paths.append(self.folder / f"{number}.json")
            paths[-1].write_text(json.dumps(board))
        return api.push_grafana([str(path) for path in paths], server(self.grafana), **options)

    def undo(self, **options: Any) -> Outcome:
        return api.undo_grafana(server(self.grafana), **options)


@pytest.fixture
def push(grafana: Grafana, tmp_path: Path) -> Pusher:
    return Pusher(grafana, tmp_path)


def test_made_changed_and_taken_back(grafana: Grafana, push: Pusher) -> None:
    assert push(folder="kept", folder_title="What is kept").ok
    assert grafana.folders == {"kept": "What is kept"}
    assert grafana.meta["shop"]["folderUid"] == "kept"
    assert grafana.dashboards["shop"]["panels"] == BOARD["panels"]
    again = push(folder="kept")
    assert again.ok
    assert [step.mark for step in again.steps] == ["same"]
    assert grafana.dashboards["shop"]["version"] == 1
    assert push({**BOARD, "title": "Our shop"}, folder="kept").ok
    assert grafana.dashboards["shop"]["version"] == 2
    assert push.undo().ok
    assert grafana.dashboards["shop"]["title"] == "The shop"
    assert push.undo().ok
    assert grafana.dashboards == {}


def test_a_dry_run_changes_nothing(grafana: Grafana, push: Pusher) -> None:
    assert push(go=lambda _: False).pending
    assert grafana.writes() == []


def test_what_somebody_edited_stays(grafana: Grafana, push: Pusher) -> None:
    push()
    grafana.edit("shop", title="Mine")
    with pytest.raises(InputError, match="somebody made or edited it"):
        push({**BOARD, "panels": []})
    with pytest.raises(InputError, match="somebody has changed"):
        push.undo()
    assert grafana.dashboards["shop"]["title"] == "Mine"
    assert push({**BOARD, "panels": []}, overwrite=True).ok
    assert grafana.dashboards["shop"]["panels"] == []
    assert push.undo().ok
    assert grafana.dashboards["shop"]["title"] == "Mine"


def test_saved_by_somebody_between_looking_and_writing(grafana: Grafana, push: Pusher) -> None:
    push()

    def save(outcome: Outcome) -> bool:
        grafana.edit("shop", title="Mine")
        return True

    outcome = push({**BOARD, "panels": []}, go=save)
    assert not outcome.ok
    assert "somebody else saved it meanwhile" in next(step.detail for step in outcome.steps if step.mark == "failed")


def test_a_provisioned_one_is_left_to_its_file(grafana: Grafana, push: Pusher) -> None:
    push()
    grafana.meta["shop"]["provisioned"] = True
    grafana.edit("shop", title="From a file")
    for overwrite in (False, True):
        with pytest.raises(InputError, match="change that file"):
            push(overwrite=overwrite)


def test_what_fails_goes_back(grafana: Grafana, push: Pusher) -> None:
    push()
    saves: list[str] = []

    def second_save(method: str, path: str, number: int) -> int | None:
        saves.extend([path] if path.endswith("/db") else [])
        return 500 if path.endswith("/db") and len(saves) == 2 else None

    grafana.fault = second_save
    outcome = push({**BOARD, "panels": []}, {**BOARD, "uid": "other", "title": "Other"})
    assert not outcome.ok
    grafana.fault = lambda method, path, number: None
    assert grafana.dashboards["shop"]["panels"] == BOARD["panels"]
    assert "other" not in grafana.dashboards


def test_a_token_that_is_not_known(grafana: Grafana, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(json.dumps(BOARD))
    with pytest.raises(RemoteError, match="give a token") as caught:
        api.push_grafana([str(tmp_path / "b.json")], server(grafana, "wrong-token"))
    assert "wrong-token" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "no JSON"), ("[]", "no dashboard"), ('{"title": "x"}', "uid"), ('{"title": "x", "uid": "a/b"}', "uid")],
)
def test_files_that_are_no_dashboards(grafana: Grafana, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(InputError, match=said):
        api.push_grafana([str(tmp_path / "b.json")], server(grafana))


def test_nothing_to_take_back(push: Pusher) -> None:
    with pytest.raises(CallError, match="no push"):
        push.undo()
