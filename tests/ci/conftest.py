"""The action's steps as a runner starts them: a clone as actions/checkout leaves it, an event, the runner's files."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.review.conftest import ENVIRONMENT, Repository

PROJECT = Path(__file__).resolve().parents[2]
TOKEN = "ghs_" + "s3cret" * 5


class Runner:
    """A workspace, an event and what steps write."""

    def __init__(self, folder: Path, workspace: Path, event: dict[str, Any], name: str = "pull_request") -> None:
        self.folder, self.workspace, self.name = folder, workspace, name
        self.temp = folder / "temp"
        self.temp.mkdir()
        for file in ("output", "summary"):
            (folder / file).touch()
        (folder / "event.json").write_text(json.dumps(event))
        program = self.temp / "promtrim-program"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={PROJECT} exec {sys.executable} -m promtrim "$@"\n')
        program.chmod(0o755)
        self.program = program

    def step(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script in the workspace."""
        return subprocess.run(
            [PROJECT / "ci" / script],
            cwd=self.workspace,
            env={
                **ENVIRONMENT,
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": self.name,
                "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
                "GITHUB_OUTPUT": str(self.folder / "output"),
                "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
                "GITHUB_REPOSITORY": "orchard/alerts",
                "GITHUB_WORKSPACE": str(self.workspace),
                "RUNNER_TEMP": str(self.temp),
                "PROMTRIM": str(self.program),
                "ACTION": str(PROJECT),
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text()


@pytest.fixture
def needs_tools() -> None:
    for tool in ("bash", "jq", "curl", "git"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


class PullRequest:
    """A repository on a server, with a pull request on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = Repository(folder / "origin")
        self.origin.git("config", "uploadpack.allowAnySHA1InWant", "true")

    def clone(self, depth: int = 1) -> Path:
        """The merge of the branch ``change`` into ``main``, as actions/checkout clones it."""
        self.origin.git("checkout", "-q", "--detach", "main")
        self.origin.git("merge", "-q", "--no-ff", "-m", "Merge", "change")
        merge = self.origin.git("rev-parse", "HEAD")
        self.origin.git("update-ref", "refs/pull/7/merge", merge)
        self.origin.git("checkout", "-q", "main")
        workspace = Repository(self.folder / "workspace")
        workspace.git("remote", "add", "origin", self.origin.folder.as_uri())
        workspace.git("fetch", "-q", "--no-tags", f"--depth={depth}", "origin", "+refs/pull/7/merge:refs/remotes/pull/7/merge")
        workspace.git("checkout", "-q", "--force", "refs/remotes/pull/7/merge")
        return workspace.folder

    def event(self, fork: bool = False) -> dict[str, Any]:
        head = {"sha": self.origin.git("rev-parse", "change"), "repo": {"full_name": "fork/alerts" if fork else "orchard/alerts"}}
        base = {"sha": self.origin.git("rev-parse", "main"), "repo": {"full_name": "orchard/alerts"}}
        return {"pull_request": {"number": 7, "head": head, "base": base}}

    def runner(self, depth: int = 1, name: str = "pull_request") -> Runner:
        return Runner(self.folder, self.clone(depth), self.event(), name)


@pytest.fixture
def pull_request(tmp_path: Path, needs_tools: None) -> PullRequest:
    return PullRequest(tmp_path)


class Hub(http.server.ThreadingHTTPServer):
    """The part of GitHub's API that comments need, with what GitHub demands of it.

    https://docs.github.com/rest/issues/comments
    """

    def __init__(self, may_write: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.may_write = may_write
        self.comments: list[dict[str, Any]] = []
        self.calls: list[str] = []

    def add(self, body: str, login: str = "github-actions[bot]") -> None:
        self.comments.append({"id": 1000 + len(self.comments), "body": body, "user": {"login": login}})


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self, status: int, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _handle(self) -> None:
        hub = self.server
        hub.calls.append(f"{self.command} {self.path}")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._answer(401, {"message": "Bad credentials"})
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        listed = re.fullmatch(r"/repos/orchard/alerts/issues/7/comments(?:\?per_page=100&page=(\d+))?", self.path)
        one = re.fullmatch(r"/repos/orchard/alerts/issues/comments/(\d+)", self.path)
        if self.command == "GET" and listed:
            page = int(listed[1] or 1)
            return self._answer(200, hub.comments[100 * page - 100 : 100 * page])
        if not hub.may_write:
            return self._answer(403, {"message": "Resource not accessible by integration"})
        body = json.loads(data)["body"]
        if len(body) > 65536:
            return self._answer(422, {"message": "Body is too long (maximum is 65536 characters)"})
        if self.command == "POST" and listed:
            hub.add(body)
            return self._answer(201, hub.comments[-1])
        if self.command == "PATCH" and one:
            found = next((each for each in hub.comments if each["id"] == int(one[1])), None)
            if found is not None:
                found["body"] = body
                return self._answer(200, found)
        return self._answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = _handle


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def at(hub: Hub) -> dict[str, str]:
    """Variables that lead the comment's step to the server."""
    host, port = hub.server_address[:2]
    return {"GITHUB_API_URL": f"http://{host!s}:{port}", "GITHUB_TOKEN": TOKEN}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty repository."""
    return Repository(tmp_path / "repository")


__all__ = ["PROJECT", "TOKEN", "Hub", "PullRequest", "Runner", "at"]
