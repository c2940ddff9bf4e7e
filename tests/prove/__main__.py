"""``python -m tests.prove [--worlds N] [--seed S] [--random N] [--mutants] [PATH...]``: prove what the evaluator says."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from tests.prove.promtool import promtools
from tests.prove.prove import Prover, Summary


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0: no contradiction, and enough live alerts fire; 1: there is one; 2: no promtool."""
    options = _options().parse_args(arguments)
    tools = promtools()
    if not tools:
        print("there is no promtool: install Debian's package prometheus, or set PROMTRIM_PROMTOOL3", file=sys.stderr)
        return 2
    print("Prometheus " + " and ".join(tools), flush=True)
    if options.mutants:
        from tests.prove.mutants import report

        return report(options.seed, tools)
    start = time.monotonic()
    prover = Prover(options.worlds, options.seed, tools, lambda text: print(text, flush=True), options.few)
    paths = options.paths or ([] if options.random else [path for path in _usual() if path.exists()])
    from tests.prove.sources import cases_of

    for path in paths:
        if not path.exists():
            print(f"{path}: there is no such file or folder", file=sys.stderr)
            return 2
        before = prover.summary.alerts
        prover.prove(cases_of(path))
        print(f"{path}: {prover.summary.alerts - before} alerts, {time.monotonic() - start:.0f} s", flush=True)
    if options.random or not options.paths:
        from tests.prove.random_expressions import cases

        prover.prove(cases(options.random or 300, options.seed))
    return _report(prover.summary, time.monotonic() - start)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--worlds", type=int, default=200, help="worlds for each verdict (200)")
    parser.add_argument("--few", type=int, default=8, help="worlds for sub-expressions of alerts that can fire (8)")
    parser.add_argument("--seed", type=int, default=0, help="other worlds for another seed (0)")
    parser.add_argument("--random", type=int, default=0, help="prove so many random expressions (300 without paths)")
    parser.add_argument("--mutants", action="store_true", help="break the evaluator in known ways; is each found?")
    parser.add_argument("paths", nargs="*", type=Path, help="rule files or folders; usual ones where there are none")
    return parser


def _usual() -> list[Path]:
    project = Path(__file__).resolve().parent.parent.parent
    shared = Path(os.environ.get("PROMTRIM_CORPUS") or project.parent / "shared")
    return [
        project / "fixtures" / "alert_rules.yml",
        shared / "checkin" / "alert_rules.yml",
        shared / "corpus",
        shared / "wild",
    ]


def _report(summary: Summary, seconds: float) -> int:
    share = summary.fired / summary.live if summary.live else 1.0
    for title, lines in (
        ("live, but no world makes it fire", summary.silent),
        ("a selector with samples in less than half of the worlds", summary.hungry),
        ("not run", summary.trouble),
    ):
        for line in lines:
            print(f"{title}: {line}")
    for name in sorted({each.case.name for each in summary.chained}):
        print(f"can fire while a target restarts again and again for longer than its for: {name}")
    cases = {each.case.name for each in summary.contradictions}
    print(
        f"{summary.alerts} alerts, {summary.verdicts} verdicts, {summary.worlds} worlds ({summary.failed} with failing "
        f"evaluations, {summary.limited} beyond promtool's limit), {summary.parts} readings of sub-expressions, {len(summary.contradictions)} counterexamples in "
        f"{len(cases)} alerts, {summary.fired} of {summary.live} live alerts fired ({share:.1%}), {seconds:.0f} s"
    )
    return 1 if summary.contradictions or summary.trouble or share < 0.9 else 0


if __name__ == "__main__":
    sys.exit(main())
