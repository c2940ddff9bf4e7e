"""A headless Chromium: what a page looks like, and what is on it once its script has run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def _run(page: Path, *arguments: str, theme: str = "") -> bytes:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    profile = page.parent / "profile"
    command = [
        program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}",
        "--virtual-time-budget=4000", *arguments, f"{page.as_uri()}{f'#{theme}' if theme else ''}",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, timeout=180, check=True).stdout


def picture(page: Path, width: int, height: int, theme: str = "light") -> Path:
    """A PNG of the page."""
    target = page.with_name(f"{page.stem}-{theme}-{width}.png")
    _run(page, f"--window-size={width},{height}", f"--screenshot={target}", theme=theme)
    return target


def document(page: Path, width: int = 1400) -> str:
    """The page's document after its script ran."""
    return _run(page, f"--window-size={width},1000", "--dump-dom").decode()
