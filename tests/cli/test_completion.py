"""Completion scripts that the shells accept, and answers to what they ask."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable

import pytest

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script(shell: str, promtrim: Run) -> None:
    run = promtrim("completion", shell)
    assert run.returncode == 0
    assert f"_PROMTRIM_COMPLETE={shell}_complete".encode() in run.stdout
    program = shutil.which(shell)
    if program:
        subprocess.run([program, "-n"], input=run.stdout, check=True)


def test_another_shell(promtrim: Run) -> None:
    run = promtrim("completion", "tcsh")
    assert run.returncode == 2
    assert run.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("promtrim ", "reduce"),
        ("promtrim reduce --le", "--level"),
        ("promtrim reduce --level ", "essential"),
        ("promtrim classify --topology single", "single-node"),
    ],
)
def test_answers(words: str, offered: str, promtrim: Run) -> None:
    count = len(words.split()) - (not words.endswith(" "))
    env = {"_PROMTRIM_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(count)}
    assert f"plain,{offered}\n".encode() in promtrim(env=env).stdout
