"""Servers written from published API documents, for what no package ships: a ruler (Mimir) and a Grafana.

Each request is checked against a JSON Schema of what the documents say; one that does not fit is answered 400 and noted,
and the test fails on it. ``fault`` misbehaves as told.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from jsonschema import Draft202012Validator

from tests.push.receiver import served

TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
GROUP: dict[str, Any] = {
    "type": "object",
    "required": ["name", "rules"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "interval": {"type": "string", "pattern": r"^(\d+(ms|[smhdwy]))+$"},
        "limit": {"type": "integer"},
        "query_offset": {"type": "string"},
        "evaluation_delay": {"type": "string"},
        "align_evaluation_time_on_interval": {"type": "boolean"},
        "source_tenants": {"type": "array", "items": {"type": "string"}},
        "labels": TEXTS,
        "rules": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["expr"],
                "oneOf": [{"required": ["alert"]}, {"required": ["record"]}],
                "additionalProperties": False,
                "properties": {
                    "alert": {"type": "string"}, "record": {"type": "string"}, "expr": {"type": "string"},
                    "for": {"type": "string"}, "keep_firing_for": {"type": "string"}, "labels": TEXTS,
                    "annotations": TEXTS,
                },
            },
        },
    },
}  # fmt: skip
SAVE: dict[str, Any] = {
    "type": "object",
    "required": ["dashboard"],
    "additionalProperties": False,
    "properties": {
        "dashboard": {
            "type": "object",
            "required": ["title"],
            "properties": {
                "id": {"type": ["integer", "null"]},
                "uid": {"type": ["string", "null"], "maxLength": 40},
                "title": {"type": "string", "minLength": 1},
                "version": {"type": "integer"},
            },
        },
        "folderUid": {"type": "string"},
        "folderId": {"type": "integer"},
        "message": {"type": "string"},
        "overwrite": {"type": "boolean"},
        "refresh": {"type": "string"},
    },
}
FOLDER: dict[str, Any] = {
    "type": "object",
    "required": ["title"],
    "additionalProperties": False,
    "properties": {"uid": {"type": "string", "maxLength": 40}, "title": {"type": "string"}, "parentUid": {"type": "string"}},
}

Answer = tuple[int, Any]


class Documented:
    """What both servers share."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[str, str]] = []
        self.wrong: list[str] = []
        self.fault: Callable[[str, str, int], int | None] = lambda method, path, number: None
        self.lock = threading.RLock()

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        raise NotImplementedError

    def valid(self, schema: dict[str, Any], value: Any) -> str:
        error = next(iter(Draft202012Validator(schema).iter_errors(value)), None)
        if error is not None:
            self.wrong.append(error.message)
        return error.message if error is not None else ""

    def writes(self) -> list[str]:
        return [f"{method} {path}" for method, path in self.requests if method != "GET"]


class Ruler(Documented):
    """https://grafana.com/docs/mimir/latest/references/http-api/#ruler"""

    PREFIX = "/prometheus/config/v1/rules"

    def __init__(self) -> None:
        super().__init__()
        self.tenants: dict[str, dict[str, dict[str, Any]]] = {}

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        tenant = headers.get("X-Scope-OrgID")
        if not tenant:
            return 401, "no org id"
        if path != self.PREFIX and not path.startswith(self.PREFIX + "/"):
            return 404, "404 page not found"
        namespaces = self.tenants.setdefault(tenant, {})
        parts = [unquote(part) for part in path[len(self.PREFIX) :].split("/") if part]
        if method == "GET" and not parts:
            listed = {name: list(groups.values()) for name, groups in namespaces.items() if groups}
            return (200, yaml.safe_dump(listed, sort_keys=False)) if listed else (404, "no rule groups found")
        if method == "POST" and len(parts) == 1:
            if headers.get("Content-Type") != "application/yaml":
                self.wrong.append("Content-Type")
                return 400, "application/yaml is wanted"
            group = yaml.safe_load(body)
            if error := self.valid(GROUP, group):
                return 400, error
            namespaces.setdefault(parts[0], {})[group["name"]] = _as_stored(group)
            return 202, {"status": "success", "data": None}
        if method == "DELETE" and len(parts) == 2:
            if parts[1] not in namespaces.get(parts[0], {}):
                return 404, "group does not exist"
            del namespaces[parts[0]][parts[1]]
            return 202, {"status": "success", "data": None}
        return 405, "method not allowed"


def _as_stored(group: dict[str, Any]) -> dict[str, Any]:
    """Empty fields go, durations are written anew, as rulers do."""
    found = {key: value for key, value in group.items() if value not in ({}, [], "", None)}
    rules = []
    for rule in found["rules"]:
        rule = {key: value for key, value in rule.items() if value not in ({}, "", None)}
        if rule.get("for") == "60m":
            rule["for"] = "1h"
        rules.append(rule)
    return {**found, "rules": rules}


class Grafana(Documented):
    """https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/ and folder/"""

    def __init__(self) -> None:
        super().__init__()
        self.folders: dict[str, str] = {}
        self.dashboards: dict[str, dict[str, Any]] = {}
        self.meta: dict[str, dict[str, Any]] = {}

    def edit(self, uid: str, **fields: Any) -> None:
        """As a person in the browser."""
        with self.lock:
            self.dashboards[uid] = {**self.dashboards[uid], **fields, "version": self.dashboards[uid]["version"] + 1}

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        if headers.get("Authorization") != "Bearer secret-token":
            return 401, {"message": "Invalid API key"}
        parts = path.strip("/").split("/")[1:]
        if parts[:2] == ["dashboards", "uid"] and len(parts) == 3:
            uid = unquote(parts[2])
            if uid not in self.dashboards:
                return 404, {"message": "Dashboard not found"}
            if method == "DELETE":
                del self.dashboards[uid]
                return 200, {"title": "", "message": "Dashboard deleted", "id": 1}
            return 200, {"dashboard": copy.deepcopy(self.dashboards[uid]), "meta": self.meta[uid]}
        if method == "POST" and parts == ["dashboards", "db"]:
            return self._save(json.loads(body))
        if parts[0] == "folders" and method == "GET" and len(parts) == 2:
            uid = unquote(parts[1])
            return (200, {"uid": uid, "title": self.folders[uid]}) if uid in self.folders else (404, {"message": "not found"})
        if parts == ["folders"] and method == "POST":
            folder = json.loads(body)
            if error := self.valid(FOLDER, folder):
                return 400, {"message": error}
            if folder["uid"] in self.folders:
                return 412, {"message": "a folder with the same uid exists"}
            self.folders[folder["uid"]] = folder["title"]
            return 200, folder
        return 404, {"message": "not found"}

    def _save(self, request: dict[str, Any]) -> Answer:
        if error := self.valid(SAVE, request):
            return 400, {"message": error}
        dashboard, uid = request["dashboard"], request["dashboard"].get("uid")
        if request.get("folderUid") and request["folderUid"] not in self.folders:
            return 400, {"message": "folder not found"}
        if self.meta.get(uid, {}).get("provisioned"):
            return 400, {"message": "Cannot save provisioned dashboard"}
        now = self.dashboards.get(uid)
        if now is not None and not request.get("overwrite") and dashboard.get("version") != now["version"]:
            return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        if now is None and dashboard.get("id"):
            return 404, {"message": "Dashboard not found"}
        version = now["version"] + 1 if now else 1
        self.dashboards[uid] = {**dashboard, "id": now["id"] if now else len(self.dashboards) + 1, "version": version}
        self.meta[uid] = {"folderUid": request.get("folderUid", ""), "provisioned": False}
        return 200, {"uid": uid, "version": version, "status": "success"}


@contextmanager
def documented(this: Documented) -> Iterator[None]:
    """Serve; at the end no request may have been other than documented."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else b""
            path = urlsplit(self.path).path
            with this.lock:
                this.requests.append((self.command, path))
                fault = this.fault(self.command, path, len(this.requests))
                status, answer = (fault, "told to fail") if fault else this.answer(self.command, path, self.headers, body)
            text = answer if isinstance(answer, str) else json.dumps(answer)
            self.send_response(status)
            kind = "text/plain" if status >= 400 else "application/yaml"
            self.send_header("Content-Type", kind if isinstance(answer, str) else "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_DELETE = do_PUT = _any

        def log_message(self, *_: object) -> None:
            pass

    with served(Handler) as url:
        this.url = url
        yield
    assert this.wrong == []
