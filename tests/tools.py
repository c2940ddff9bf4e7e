"""The programs of Prometheus that tests compare with. What the tests ask them belongs in the tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

DEBIAN_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_REFUSED = re.compile(r'group "g(\d+)", rule \d+, "r\d+": could not parse expression: (.*)')


@lru_cache
def promtool_242() -> Path | None:
    """promtool of Prometheus 2 from PATH (Debian stable's is 2.42); None where there is none."""
    found = shutil.which("promtool")
    return Path(found) if found is not None and _major(Path(found)) == 2 else None


@lru_cache
def promtool_3() -> Path | None:
    """promtool of Prometheus 3; None where it cannot be had.

    It is the program that $PROMTRIM_PROMTOOL3 names; or lies in $XDG_CACHE_HOME/promtrim/prometheus-3 since an
    earlier call; or is taken from Debian's archive, with apt and dpkg in a folder of their own: nothing is installed.
    """
    given = os.environ.get("PROMTRIM_PROMTOOL3")
    if given is not None:
        return Path(given) if _major(Path(given)) == 3 else None
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "promtrim" / "prometheus-3"
    promtool = cache / "promtool"
    return promtool if newer("promtool", promtool) and _major(promtool) == 3 else None


def newer(package: str, program: Path) -> bool:
    """Whether a program is there; where it is not, it is taken from a package of Debian's newest suite.

    Args:
        program: where it shall lie; its name is the one that it has in the package.
    """
    if not program.exists():
        try:
            _download(package, program)
        except (OSError, ValueError, subprocess.SubprocessError):
            return False
    return True


def refused(promtool: Path, expressions: Sequence[str]) -> dict[int, str]:
    """Which expressions ``promtool check rules`` refuses: index to its message."""
    groups = [
        {"name": f"g{index}", "rules": [{"record": f"r{index}", "expr": expression}]}
        for index, expression in enumerate(expressions)
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rules.json"  # JSON is YAML
        file.write_text(json.dumps({"groups": groups}, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run(
            [promtool, "check", "rules", "--lint=none", file],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    found = {int(index): message for index, message in _REFUSED.findall(done.stdout + done.stderr)}
    assert done.returncode == 0 or found, done.stdout + done.stderr
    return found


def _major(promtool: Path) -> int | None:
    try:
        done = subprocess.run([promtool, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return None
    version = re.search(r"promtool, version (\d+)\.", done.stdout + done.stderr)
    return int(version[1]) if version else None


def _download(package: str, program: Path) -> None:
    """Take a program out of Debian unstable's package.

    Raises:
        OSError, subprocess.SubprocessError: no apt here, no network, or no such package for this machine.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for below in ("lists/partial", "cache/archives/partial", "unpacked"):
            (folder / below).mkdir(parents=True)
        signed = f"[signed-by={DEBIAN_KEYS}]"
        (folder / "sources.list").write_text(f"deb {signed} http://deb.debian.org/debian sid main\n")
        options = {
            "Dir::Etc::sourcelist": folder / "sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State::lists": folder / "lists",
            "Dir::Cache": folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
            "APT::Sandbox::User": "root",
        }
        apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
        for command in ([*apt, "update"], [*apt, "download", package]):
            subprocess.run(command, cwd=folder, check=True, timeout=300, capture_output=True)
        (archive,) = folder.glob(f"{package}_*.deb")
        subprocess.run(["dpkg", "-x", archive, folder / "unpacked"], check=True, timeout=120, capture_output=True)
        program.parent.mkdir(parents=True, exist_ok=True)
        # Into place in one step: tests that run at the same time see all of it or nothing.
        partial = program.with_name(f"{program.name}.{os.getpid()}")
        shutil.copy2(folder / "unpacked" / "usr" / "bin" / program.name, partial)
        partial.replace(program)
