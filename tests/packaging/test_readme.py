"""What the README shows is what the program prints, and what it points at is there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

CASES = Path(__file__).parent.parent / "cli" / "cases"


@pytest.mark.parametrize(
    ("marker", "expected"), [("compact", CASES / "compact" / "stdout"), ("account", CASES / "account-essential" / "stderr")]
)
def test_examples(marker: str, expected: Path, project: Path) -> None:
    """The end-to-end cases run the commands; here their output is compared with the README's."""
    path = project / "README.md"
    text = path.read_text("utf-8")
    output = expected.read_text("utf-8").removesuffix("\nWrote out.yml\n")
    block = f"<!-- {marker} -->\n```{'yaml' if marker == 'compact' else ''}\n{output.rstrip()}\n```\n"
    if os.environ.get("PROMTRIM_UPDATE"):
        text = re.sub(rf"<!-- {marker} -->\n(```.*?```\n)?", lambda _: block, text, flags=re.DOTALL)
        path.write_text(text, "utf-8")
    assert block in text


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(document: str, project: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (project / document).read_text("utf-8")):
        assert (project / target).exists(), target


def test_the_commands_are_there(project: Path) -> None:
    text = (project / "README.md").read_text("utf-8")
    for script in ("scripts/demo", "scripts/test"):
        assert f"\n{script} " in text
        assert os.access(project / script, os.X_OK)
