"""Asks amtool, where it is installed: whether Alertmanager takes a configuration, and where an alert goes.

Configurations hold secrets: copies lie in a folder that only this user can read, and only for as long as it takes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from types import TracebackType

TIMEOUT = 30.0
"""Seconds for one call."""


def installed() -> str | None:
    """The path of amtool."""
    return shutil.which("amtool")


class Amtool:
    """A configuration that amtool is asked about; to be used in a ``with``."""

    def __init__(self, program: str, text: str) -> None:
        self._program = program
        self._text = text
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._file = ""

    def __enter__(self) -> Amtool:
        self._folder = tempfile.TemporaryDirectory(prefix="promtrim-")
        self._file = os.path.join(self._folder.name, "alertmanager.yml")
        with open(self._file, "w", encoding="utf-8", newline="") as stream:
            stream.write(self._text)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._folder is not None
        self._folder.cleanup()

    def refusal(self) -> str:
        """What Alertmanager would not start with, on one line; "" where it takes the configuration."""
        done = self._run("check-config", self._file)
        if done.returncode == 0:
            return ""
        said = done.stdout + done.stderr
        lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("Checking")]
        words = " ".join(line.removeprefix("FAILED:").strip() for line in lines if "amtool: error" not in line)
        return words.replace(self._file, "the configuration")[:300] or "it is refused"

    def receivers(self, labels: Mapping[str, str]) -> tuple[str, ...] | None:
        """The receivers that an alert with exactly these labels goes to; None where amtool does not say."""
        words = [f'{name}="{_escaped(value)}"' for name, value in labels.items() if value]
        done = self._run("config", "routes", "test", f"--config.file={self._file}", "--", *words)
        return tuple(done.stdout.strip().split(",")) if done.returncode == 0 else None

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        assert self._folder is not None
        # amtool has a configuration file of its own, which is none of our business.
        environment = {**os.environ, "HOME": self._folder.name, "XDG_CONFIG_HOME": self._folder.name}
        try:
            return subprocess.run(
                [self._program, *words], capture_output=True, text=True, errors="replace", timeout=TIMEOUT,
                check=False, env=environment, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            return subprocess.CompletedProcess([], 1, "", str(error))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
