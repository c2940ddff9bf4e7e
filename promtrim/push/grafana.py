"""Dashboards in a Grafana, by uid, in a folder of their own: what somebody edited there stays, unless asked otherwise.

https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/, .../folder/
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from promtrim.errors import InputError, RemoteError
from promtrim.http import Client
from promtrim.yamltext import read_source

MAX_BYTES = 16 << 20
_UID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_NOT_CONTENT = ("id", "version", "iteration")
"""Fields that Grafana sets itself."""
_PRECONDITION_FAILED = 412


class Folder(msgspec.Struct, frozen=True):
    """Where new dashboards go; made where it is not there."""

    uid: str
    title: str


class Dashboards:
    """The dashboards of a Grafana; a :class:`~promtrim.push.resources.Store`. A value has ``dashboard`` and ``folder``,
    the uid of its folder ("" for none)."""

    kind = "dashboard"

    def __init__(self, client: Client, folder: Folder | None, plan: str) -> None:
        self._client = client
        self._folder = folder
        self._plan = plan

    def read(self, name: str) -> Any:
        answer = self._client.send("GET", f"/api/dashboards/uid/{quote(name, safe='')}", accept=(404,))
        if answer.status == 404:
            return None
        try:
            dashboard, meta = answer.body["dashboard"], answer.body["meta"]
            provisioned, folder = bool(meta.get("provisioned")), str(meta.get("folderUid") or "")
        except (KeyError, TypeError, AttributeError):
            raise RemoteError("this is no Grafana's answer, check the address", self._client.server.url) from None
        return {"dashboard": dashboard, "folder": folder, "provisioned": provisioned}

    def write(self, name: str, value: Any, before: Any) -> None:
        if before is not None and before.get("provisioned"):
            raise RemoteError("it is provisioned from a file: change that file", self._client.server.url)
        self._make_folder(value["folder"])
        dashboard = {key: each for key, each in value["dashboard"].items() if key not in _NOT_CONTENT}
        # Grafana refuses (412) where its version is another one by now.
        dashboard |= {"id": None, "uid": name, "version": before["dashboard"].get("version", 0) if before else 0}
        if before is not None:
            dashboard["id"] = before["dashboard"].get("id")
        body = {"dashboard": dashboard, "overwrite": False, "message": f"promtrim push, plan {self._plan}"}
        if value["folder"]:
            body["folderUid"] = value["folder"]
        answer = self._client.send("POST", "/api/dashboards/db", json=body, accept=(_PRECONDITION_FAILED,))
        if answer.status == _PRECONDITION_FAILED:
            said = answer.body.get("message", "") if isinstance(answer.body, dict) else ""
            raise RemoteError(f"somebody else saved it meanwhile, or its title is taken ({said})", self._client.server.url)

    def remove(self, name: str) -> None:
        self._client.send("DELETE", f"/api/dashboards/uid/{quote(name, safe='')}", accept=(404,))

    def same(self, one: Any, other: Any) -> bool:
        if one is None or other is None:
            return one is other
        return bool(one["folder"] == other["folder"] and _content(one) == _content(other))

    def _make_folder(self, uid: str) -> None:
        if not uid or self._folder is None or uid != self._folder.uid:
            return
        path = f"/api/folders/{quote(uid, safe='')}"
        if self._client.send("GET", path, accept=(404,)).status == 404:
            body = {"uid": uid, "title": self._folder.title}
            # Another push may have made it meanwhile.
            self._client.send("POST", "/api/folders", json=body, accept=(409, _PRECONDITION_FAILED))


def _content(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in value["dashboard"].items() if key not in _NOT_CONTENT}


def provisioned(name: str, value: Any) -> str:
    """Why a dashboard that is there cannot be replaced, whatever is asked."""
    return "it is provisioned from a file: change that file" if value.get("provisioned") else ""


def edited(name: str, value: Any) -> str:
    """Why a dashboard that is there must not be replaced."""
    return provisioned(name, value) or "somebody made or edited it in Grafana since the last push; --overwrite replaces it"


def identity(those: Mapping[str, Any]) -> str:
    """The same for the same dashboards: what a plan's id is for rules."""
    content = {name: _content(each) for name, each in those.items()}
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()[:12]


def wanted(paths: Sequence[str], folder: Folder | None) -> dict[str, Any]:
    """The dashboards of files by uid.

    Raises:
        InputError: a file holds no dashboard, or one without a uid; or two have the same one.
    """
    found: dict[str, Any] = {}
    for path in paths:
        try:
            dashboard = msgspec.json.decode(read_source(path, MAX_BYTES).text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise InputError(f"this is no JSON ({error}), give a dashboard", path) from None
        if isinstance(dashboard, dict) and isinstance(dashboard.get("dashboard"), dict):
            dashboard = dashboard["dashboard"]  # as the API wraps it
        if not isinstance(dashboard, dict) or "title" not in dashboard:
            raise InputError("this is no dashboard (it has no title)", path)
        uid = dashboard.get("uid")
        if not isinstance(uid, str) or not _UID.fullmatch(uid):
            raise InputError('give it a "uid" of up to 40 letters, digits, - and _: it is known by that', path)
        if uid in found:
            raise InputError(f"the uid {uid!r} stands in another of these files too: give each its own", path)
        found[uid] = {"dashboard": dashboard, "folder": folder.uid if folder is not None else ""}
    return found
