"""promtrim beside ``promtool check rules`` on the same input, as whole processes: ``compare.py [--check]``.

Both programs run in turn, so that a busy moment of the machine hits both, and medians are compared: only the
ratios mean something on another machine. Memory is measured in runs of their own: the largest sum of all
processes' proportional set sizes (shared pages count once), read every 20 ms.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from generate import write

PROJECT = Path(__file__).resolve().parent.parent
SMALL_RATIO, BIG_RATIO, BIG_MEBIBYTES, DOUBLE_RATIO = 4.0, 1.0, 600.0, 2.1
"""What is promised: times of promtool, memory of all processes, and what twice the rules may cost."""


class Row(NamedTuple):
    what: str
    ours: float
    theirs: float
    limit: float
    unit: str = "s"

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs

    def __str__(self) -> str:
        state = "ok" if self.ratio <= self.limit else "TOO MUCH"
        amounts = f"{self.ours:9.3f} {self.unit:3} {self.theirs:9.3f} {self.unit:3}"
        return f"{self.what:44} {amounts} {self.ratio:6.2f} (at most {self.limit:g}) {state}"


def timed(command: Sequence[str | Path]) -> float:
    """Wall time of a whole process, in seconds; its output goes nowhere."""
    start = time.perf_counter()
    done = subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    took = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed with {done.returncode}: {done.stderr.decode()[-500:]}")
    return took


def in_turn(ours: Sequence[str | Path], theirs: Sequence[str | Path], rounds: int) -> tuple[float, float]:
    """Medians of both, run alternately; a first round warms the file cache and is not counted."""
    pairs = [(timed(ours), timed(theirs)) for _ in range(rounds + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def peak(command: Sequence[str | Path]) -> float:
    """Peak memory over a process and all that it starts, in MiB."""
    process = subprocess.Popen(
        list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    highest = 0
    while process.poll() is None:
        highest = max(highest, sum(map(_proportional, _session(process.pid))))
        time.sleep(0.02)
    return highest / 1024


def _session(leader: int) -> list[int]:
    """Processes of the session that a process leads."""
    members = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader:
                members.append(int(name))
    return members


def _proportional(process: int) -> int:
    """Proportional set size in KiB; 0 where the process is gone."""
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def compare(folder: Path, rounds: int, rules: int) -> list[Row]:
    """All comparisons; files are written below ``folder``."""
    script = Path(sys.executable).with_name("promtrim")
    promtool = shutil.which("promtool")
    if promtool is None or not script.exists():
        raise SystemExit("promtrim (in the environment of this Python) and promtool are needed: make bench")
    # As pip leaves an installed package; a checkout may never have been compiled.
    subprocess.run([sys.executable, "-m", "compileall", "-q", PROJECT / "promtrim"], check=True)
    reduce = [script, "reduce", "--quiet"]
    check = [promtool, "check", "rules"]
    rows = []

    small = folder / "small" / "alert_rules.yml"
    small.parent.mkdir()
    shutil.copy(PROJECT / "fixtures" / "alert_rules.yml", small)
    few = max(rounds, 15)
    rows.append(Row("381 lines", *in_turn([*reduce, small], [*check, small], few), SMALL_RATIO))
    found = [script, "check", "--fail-on", "none", small]
    rows.append(Row("381 lines, promtrim check", *in_turn(found, [*check, small], few), SMALL_RATIO))
    topology = small.with_name("topology.yml")
    shutil.copy(PROJECT / "fixtures" / "topology.yml", topology)
    small.with_name("promtrim.yml").write_text(f"topology: {topology}\nlevel: critical\n")
    rows.append(
        Row(
            "381 lines, with promtrim.yml and topology",
            *in_turn([*reduce, small], [*check, small], few),
            SMALL_RATIO,
        )
    )

    (one,) = write(folder / "one", rules, 1)
    many = write(folder / "many", rules, 40)
    double = write(folder / "double", 2 * rules, 80)
    cut_one = [*reduce, one, "-o", folder / "out.yml"]
    cut_many = [*reduce, folder / "many", "-o", folder / "out"]
    cut_double = [*reduce, folder / "double", "-o", folder / "out2"]
    rows.append(Row(f"{rules} rules in one file", *in_turn(cut_one, [*check, one], rounds), BIG_RATIO))
    single, theirs = in_turn(cut_many, [*check, *many], rounds)
    rows.append(Row(f"{rules} rules in 40 files", single, theirs, BIG_RATIO))
    twice, _ = in_turn(cut_double, [*check, *double], max(1, rounds // 2))
    rows.append(Row(f"{2 * rules} rules beside {rules}, both promtrim", twice, single, DOUBLE_RATIO))
    for what, command in (("one file", cut_one), ("40 files", cut_many)):
        rows.append(Row(f"memory, {rules} rules in {what}, beside the limit", peak(command), BIG_MEBIBYTES, 1.0, "MiB"))
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rules", type=int, default=20_000)
    parser.add_argument("--check", action="store_true", help="exit 1 where a promise is broken")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = compare(Path(folder), arguments.rounds, arguments.rules)
    print(f"{'':44} {'promtrim':>13} {'promtool':>13} {'ratio':>6}")
    print("\n".join(map(str, rows)))
    return int(arguments.check and any(row.ratio > row.limit for row in rows))


if __name__ == "__main__":
    sys.exit(main())
