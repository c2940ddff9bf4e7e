"""Grafana's own models of dashboards: a dashboard read into them and written again.

Two builds of grafana-foundation-sdk have one name and do not fit into one environment: each is unpacked into a folder of
its own below $XDG_CACHE_HOME/promtrim, and asked in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.servers import cache

BUILDS = {"10.1": "1769699998!10.1.0", "newest": "1769699241"}
"""The build for Grafana 10.1, and the one for what comes after the newest release."""

_READ_AND_WRITE = """
import json, sys
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
register_default_plugins()
sys.stdout.write(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(json.load(sys.stdin))))
"""


@lru_cache
def build(name: str) -> Path | None:
    """The folder of a build; None where it cannot be had (no network)."""
    version = BUILDS[name]
    folder = cache() / f"grafana-foundation-sdk-{version.replace('!', '-')}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory() as temporary:
            download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
                        f"grafana-foundation-sdk=={version}", "-d", temporary]  # fmt: skip
            done = subprocess.run(download, capture_output=True, timeout=300, check=False)
            wheels = list(Path(temporary).glob("*.whl"))
            if done.returncode or not wheels:
                return None
            partial = folder.with_name(f"{folder.name}.{os.getpid()}")
            with zipfile.ZipFile(wheels[0]) as wheel:
                wheel.extractall(partial)
            try:
                partial.rename(folder)
            except OSError:  # another process was quicker
                assert folder.is_dir()
    return folder


def read_and_written(dashboard: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The dashboard as Grafana's models write it after reading it."""
    done = subprocess.run(
        [sys.executable, "-c", _READ_AND_WRITE],
        input=json.dumps(dashboard),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder)},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
