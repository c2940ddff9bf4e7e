"""Starts servers and exporters on free loopback ports, waits until they answer, and stops them by their process id."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from exposition import fetch

Process = subprocess.Popen[bytes]

PATHS = ("/usr/sbin", "/usr/local/sbin")
PATIENCE = 60.0
"""Seconds for a server to come up on a busy machine."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def program(name: str, *places: str) -> str:
    """Path of a program, in ``places`` first; skips the test where its package is not installed."""
    folders = os.pathsep.join((*places, os.environ.get("PATH", ""), *PATHS))
    found = shutil.which(name, path=folders)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def account(name: str) -> str | None:
    """The system account to run a server as, where the tests run as root and the server would refuse; else None.

    Skips the test where there is no such account: its package is not installed.
    """
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam(name).pw_name
    except KeyError:
        pytest.skip(f"there is no account {name}")


class Stage:
    """The processes and files of one test; ``stop`` ends them all, the last first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[tuple[Process, Path]] = []
        self._started = 0

    def start(
        self, command: Sequence[str | Path], user: str | None = None, env: Mapping[str, str] | None = None
    ) -> Process:
        """Start a program in a process group of its own; what it says goes to a file."""
        log = self.folder / f"log-{self._started}"
        self._started += 1
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(each) for each in command],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                user=user,
                group=pwd.getpwnam(user).pw_gid if user else None,
                extra_groups=[] if user else None,
                start_new_session=True,
            )
        self._running.append((process, log))
        return process

    def run(self, command: Sequence[str | Path], user: str | None = None, env: Mapping[str, str] | None = None) -> None:
        """Run a program to its end."""
        process = self.start(command, user, env)
        if process.wait(PATIENCE):
            pytest.fail(f"{command[0]} failed: {self._said(process)}")

    def wait(self, ready: Callable[[], object]) -> None:
        """Wait until ``ready`` neither raises OSError nor returns something false."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if ready():
                    return
            except OSError:
                pass
            for process, _ in self._running:
                if process.poll() not in (None, 0):
                    pytest.fail(f"{process.args[0]} ended: {self._said(process)}")  # type: ignore[index]
            if time.monotonic() > deadline:
                pytest.fail(f"nothing was ready: {self._said(self._running[-1][0])}")
            time.sleep(0.05)

    def wait_for_port(self, port: int) -> None:
        def ready() -> bool:
            with socket.create_connection(("127.0.0.1", port), 1):
                return True

        self.wait(ready)

    def wait_for_url(self, url: str, holds: str = "") -> None:
        def ready() -> bool:
            try:
                return holds in fetch(url)
            except urllib.error.HTTPError:
                return False

        self.wait(ready)

    def end(self, process: Process) -> None:
        """Stop a server; one that does not stop soon is killed."""
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        _signal(process, signal.SIGKILL)
        process.wait()
        self._running = [each for each in self._running if each[0] is not process]

    def stop(self) -> None:
        for process, _ in reversed(self._running):
            if process.poll() is None:
                _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + 2
        for process, _ in reversed(self._running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            # Children that it left behind are in its group.
            _signal(process, signal.SIGKILL)
            process.wait()

    def _said(self, process: Process) -> str:
        log = next(log for each, log in self._running if each is process)
        return log.read_text("utf-8", "replace")[-2000:]


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
