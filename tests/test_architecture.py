"""The house's one rule: each room may use only rooms that stand before it in the list below, which is ARCHITECTURE's."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ORDER = (
    "_version", "errors", "durations", "patterns", "plaintext", "ownpage", "fence",
    "yamltext", "shape", "http", "promql", "rulefile",
    "topology", "knowledge", "evaluate", "judge", "parallel", "plan", "config",
    "stack", "detect", "alertmanager", "path", "dashboards", "push", "assemble", "review",
    "output", "api", "cli", "__main__", "__init__",
)  # fmt: skip


def rooms(project: Path) -> dict[str, list[Path]]:
    """Each room and its modules."""
    found: dict[str, list[Path]] = {}
    package = project / "promtrim"
    for file in sorted(package.rglob("*.py")):
        first = file.relative_to(package).parts[0]
        found.setdefault(first.removesuffix(".py"), []).append(file)
    return found


def used(file: Path) -> set[str]:
    """The rooms that a module imports from, lazily or for types alone included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "promtrim":
            inside = node.module.split(".")[1:]
            names |= {inside[0]} if inside else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("promtrim.")}
    return names


def test_every_room_has_its_place(project: Path) -> None:
    assert set(rooms(project)) == set(ORDER)


@pytest.mark.parametrize("room", ORDER)
def test_arrows_go_one_way(project: Path, room: str) -> None:
    before = set(ORDER[: ORDER.index(room) + 1]) | {"__version__"}
    for file in rooms(project)[room]:
        if room == "__init__":
            continue
        assert used(file) <= before, f"{file.relative_to(project)} uses {sorted(used(file) - before)}"


def test_the_document_names_every_room(project: Path) -> None:
    text = (project / "ARCHITECTURE.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_]+)(?:\.py)?`", text))
    assert set(ORDER) - {"_version", "__main__", "__init__"} <= named


def test_no_file_is_too_long_to_read(project: Path) -> None:
    """The habit is 50 to 300 lines. What is longer than 400 is named here, with its reason."""
    reasons = {
        "api.py": "the list of what the package offers, each a short call with its documentation",
        "detect/detect.py": "the order in which a topology is put together from all sources",
    }
    package = project / "promtrim"
    for file in package.rglob("*.py"):
        name = file.relative_to(package).as_posix()
        assert len(file.read_text("utf-8").splitlines()) <= 400 or name in reasons, name
