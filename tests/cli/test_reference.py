"""docs/commands.md says what the help texts say."""

import subprocess
import sys
from pathlib import Path


def test_reference_is_up_to_date(project: Path) -> None:
    run = subprocess.run(
        [sys.executable, project / "scripts" / "reference.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
