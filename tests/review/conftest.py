"""A git repository to make changes in, and running git without what the machine's own configuration says."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim import api
from promtrim.review.model import Review

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
}  # fmt: skip


class Repository:
    """A repository in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", ".")
        self.git("config", "core.autocrlf", "false")

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=ENVIRONMENT, input=stdin, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())

    def commit(self, message: str = "change", **files: str) -> str:
        """Write files (``a__b`` is ``a/b.yml``) and commit everything."""
        for name, text in files.items():
            self.write(name.replace("__", "/") + ".yml", text)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """An empty repository, in which the test works."""
    made = Repository(tmp_path / "repository")
    monkeypatch.chdir(made.folder)
    return made


def rules(*entries: str, group: str = "g") -> str:
    """A rule file with one group; each entry is an alert as ``Name: expression`` with further fields behind ``|``."""
    lines = ["groups:", f"  - name: {group}", "    rules:"]
    for entry in entries:
        head, *more = (piece.strip() for piece in entry.split("|"))
        name, _, expr = head.partition(": ")
        kind = "record" if ":" in name else "alert"
        lines += [f"      - {kind}: {name}", f"        expr: {expr}", *(f"        {field}" for field in more)]
    return "\n".join(lines) + "\n"


Between = Callable[..., Review]


@pytest.fixture
def between(tmp_path: Path) -> Between:
    """The review of two texts, or two sets of files."""

    def review(before: str | dict[str, str], after: str | dict[str, str], **named: object) -> Review:
        for side, given in (("before", before), ("after", after)):
            for name, text in (given if isinstance(given, dict) else {"rules.yml": given}).items():
                path = tmp_path / side / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
        return api.diff(str(tmp_path / "before"), str(tmp_path / "after"), **named)  # type: ignore[arg-type]

    return review
