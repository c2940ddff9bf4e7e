"""Runs worlds through ``promtool test rules`` and reads what Prometheus returned.

One test per world. Every question is a query with nothing expected: promtool prints what it got instead, which makes it
a query engine. A comment at the end of each query tells which world and question an answer belongs to. An evaluation
error of a rule ends a whole test, so such worlds are run again without the alert, which is then asked moment by moment.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from promtrim.promql.tree import Aggregate, Call
from promtrim.promql.walk import selectors, walk
from tests.prove.model import Case, Observation, Sample, World
from tests.prove.render import duration, render
from tests.tools import promtool_3, promtool_242

ALERT = "A0"
MAX_MOMENTS = 60
FLAGS = {"3": ("--enable-feature=promql-experimental-functions",)}
LIMIT = "too many samples"
"""promtool loads 10,000 samples for one query at most, whatever a server would."""
SINCE_3 = frozenset((
    "double_exponential_smoothing", "first_over_time", "histogram_avg", "histogram_stddev", "histogram_stdvar", "info",
    "limit_ratio", "limitk", "mad_over_time", "sort_by_label", "sort_by_label_desc", "ts_of_last_over_time",
    "ts_of_max_over_time", "ts_of_min_over_time",
))  # fmt: skip
UNTIL_2 = frozenset(("holt_winters",))
TIMEOUT = 300
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""promtool keeps a database for each world; on a disk that takes most of the time."""
_ANSWER = re.compile(r'    expr: ".* # w(\d+)\.(\d+)", time: [^,]+,(?: err: (.*))?$')
_RULE_ERROR = re.compile(r"    rule: (\S+), time: [^,]+, err: (.*)$")


class PromtoolError(RuntimeError):
    """promtool refused the input itself; its output."""


class Answers(msgspec.Struct):
    """Answers by world and question, and worlds whose rules failed, with the error."""

    got: dict[tuple[int, int], tuple[Sample, ...] | str]
    failed: dict[int, tuple[str, str]]


def promtools() -> dict[str, str]:
    """The promtools that are at hand: version to path. Both 2.42 and 3 where the machine can have them."""
    return {name: str(path) for name, path in (("2", promtool_242()), ("3", promtool_3())) if path is not None}


def observe(
    case: Case,
    worlds: Sequence[World],
    parts: Sequence[str],
    version: str,
    promtool: str,
    looked: frozenset[int] | None = None,
) -> list[Observation]:
    """What Prometheus says of a case in each world.

    Args:
        parts: sub-expressions as PromQL to read out at each world's looks.
        looked: worlds in which they are read out; None: all.

    Raises:
        PromtoolError: promtool does not take the input.
    """
    if not _reads_it(case, version):
        return []
    command = (promtool, *FLAGS.get(version, ()))
    rules = [*_records(case), _alert(case)]
    questions = {
        number: _firing(world) + (_reads(world, parts) if looked is None or number in looked else [])
        for number, world in enumerate(worlds)
        if version != "2" or not world.native
    }
    answers = _ask(command, rules, worlds, questions)
    observations = {
        number: _observation(number, worlds[number], version, answers, parts if looked is None or number in looked else ())
        for number in questions
    }
    failed = [number for number in questions if number in answers.failed]
    if failed:
        _again(case, worlds, parts, command, failed, observations, answers, looked)
    return list(observations.values())


def _reads_it(case: Case, version: str) -> bool:
    """Whether a version has all functions and aggregations of a case."""
    trees = [case.node, *(record.expr for name in _needed(case) for record in case.records[name])]
    names = {
        each.function if isinstance(each, Call) else each.op
        for tree in trees for each in walk(tree) if isinstance(each, Call | Aggregate)
    }  # fmt: skip
    return not names & (SINCE_3 if version == "2" else UNTIL_2)


def _alert(case: Case) -> dict[str, Any]:
    return {"alert": ALERT, "expr": case.expr, "for": duration(case.for_)}


def _records(case: Case) -> list[dict[str, Any]]:
    """The recording rules that the case needs, those that others build upon first."""
    return [
        {"record": name, "expr": render(record.expr), "labels": record.labels}
        for name in _needed(case) for record in case.records[name]
    ]  # fmt: skip


def _needed(case: Case) -> list[str]:
    ordered: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in ordered or name in path:
            return
        for record in case.records[name]:
            for below in selectors(record.expr):
                if below.name is not None and below.name in case.records:
                    visit(below.name, (*path, name))
        ordered.append(name)

    for selector in selectors(case.node):
        if selector.name is not None and selector.name in case.records:
            visit(selector.name, ())
    return ordered


Command = tuple[str, ...]
Question = tuple[str, int]
"""A query and the slot at which it is asked."""


def _firing(world: World) -> list[Question]:
    timeline = world.timeline
    last = timeline.evaluations[-1]
    step = timeline.grid * timeline.every

    def window(moments: int) -> str:
        return duration((moments - 1) * step + step / 2)

    firing = f'count_over_time(ALERTS{{alertname="{ALERT}",alertstate="firing"}}'
    return [
        ("vector(1)", last),
        (f"{firing}[{window(len(timeline.evaluations))}])", last),
        (f"{firing}[{window(len(timeline.warmed))}])", last),
    ]


FIRST_READ = 3


def _reads(world: World, parts: Sequence[str]) -> list[Question]:
    return [(part, slot) for part in parts for slot in world.looks]


def _observation(number: int, world: World, version: str, answers: Answers, parts: Sequence[str]) -> Observation:
    if number in answers.failed:
        error = answers.failed[number][1]
        return Observation(number, version, error=error, limited=LIMIT in error)
    seen = Observation(number, version)
    seen.fired = _counts(answers.got.get((number, 1)))
    seen.warmed = _counts(answers.got.get((number, 2)))
    seen.reads = _read_back(number, world, answers, parts, FIRST_READ)
    return seen


def _counts(answer: tuple[Sample, ...] | str | None) -> tuple[int, ...]:
    if answer is None:
        return ()
    if isinstance(answer, str):
        raise PromtoolError(answer)
    return tuple(int(sample.value or 0) for sample in answer)


def _read_back(number: int, world: World, answers: Answers, parts: Sequence[str], first: int) -> dict[Any, Any]:
    reads: dict[tuple[int, int], tuple[Sample, ...] | str] = {}
    for index, (part, slot) in enumerate((p, s) for p in range(len(parts)) for s in world.looks):
        reads[part, slot] = answers.got.get((number, first + index), ())
    return reads


def _again(
    case: Case, worlds: Sequence[World], parts: Sequence[str], command: Command, failed: Sequence[int],
    observations: dict[int, Observation], first: Answers, looked: frozenset[int] | None,
) -> None:  # fmt: skip
    """Ask the expression moment by moment in worlds where evaluating the alert failed."""
    again = [number for number in failed if first.failed[number][0] == ALERT]
    moments = {number: worlds[number].timeline.evaluations[-MAX_MOMENTS:] for number in again}
    questions: dict[int, list[Question]] = {}
    for index, number in enumerate(again):
        asked = [(f"count({case.expr}\n)", slot) for slot in moments[number]]
        read = looked is None or number in looked
        last = worlds[number].timeline.evaluations[-1]
        questions[index] = [("vector(1)", last), *asked, *(_reads(worlds[number], parts) if read else [])]
    if not again:
        return
    answers = _ask(command, _records(case), [worlds[number] for number in again], questions)
    for index, number in enumerate(again):
        if index in answers.failed:
            continue
        got = [answers.got.get((index, 1 + at)) for at in range(len(moments[number]))]
        observations[number].returned = tuple(
            slot for slot, answer in zip(moments[number], got, strict=True) if answer and not isinstance(answer, str)
        )
        if looked is None or number in looked:
            observations[number].reads = _read_back(index, worlds[number], answers, parts, 1 + len(moments[number]))


def _ask(
    command: Command, rules: Sequence[Mapping[str, Any]], worlds: Sequence[World],
    questions: Mapping[int, Sequence[Question]],
) -> Answers:  # fmt: skip
    """Run promtool, once per density of evaluation, since that belongs to a whole file."""
    found = Answers({}, {})
    steps = {number: worlds[number].timeline.grid * worlds[number].timeline.every for number in questions}
    for step in sorted(set(steps.values())):
        numbers = [number for number in questions if steps[number] == step]
        for at in range(0, len(numbers), 100):
            some = numbers[at : at + 100]
            output = _run(command, rules, [_test(worlds[n], n, questions[n]) for n in some], step)
            _parse(output, some, found)
    return found


def _test(world: World, number: int, questions: Sequence[Question]) -> dict[str, Any]:
    grid = world.timeline.grid
    return {
        "interval": duration(grid),
        "input_series": [{"series": one.notation(), "values": one.values()} for one in world.series],
        "promql_expr_test": [
            {"expr": f"{query} # w{number}.{index}", "eval_time": duration(slot * grid), "exp_samples": []}
            for index, (query, slot) in enumerate(questions)
        ],
    }


def _run(command: Command, rules: Sequence[Mapping[str, Any]], tests: Sequence[Mapping[str, Any]], step: float) -> str:
    with tempfile.TemporaryDirectory(prefix="promtrim-prove-", dir=MEMORY) as folder:
        document: dict[str, Any] = {"evaluation_interval": duration(step), "tests": tests}
        if rules:
            document["rule_files"] = ["rules.yml"]
            groups = {"groups": [{"name": "g", "rules": rules}]}
            Path(folder, "rules.yml").write_text(json.dumps(groups), "utf-8")
        path = Path(folder, "tests.yml")
        path.write_text(json.dumps(document), "utf-8")
        done = subprocess.run(
            [*command, "test", "rules", str(path)], capture_output=True, text=True, timeout=TIMEOUT, check=False,
            env={**os.environ, "TMPDIR": folder, "GOMAXPROCS": "1"},
        )  # fmt: skip
    return done.stdout + done.stderr


def _parse(output: str, numbers: Sequence[int], found: Answers) -> None:
    """Answers from promtool's words. Tests are in order, and each but a failed one answers its first question."""
    seen: set[int] = set()
    failures: list[tuple[int, str, str]] = []
    last = -1
    lines = iter(output.splitlines())
    for line in lines:
        answer = _ANSWER.match(line)
        if answer:
            number, question = int(answer[1]), int(answer[2])
            seen.add(number)
            last = number
            found.got[number, question] = answer[3] if answer[3] is not None else tuple(_samples(_got(lines)))
            continue
        error = _RULE_ERROR.match(line)
        if error:
            failures.append((last, error[1], error[2]))
    silent = [number for number in numbers if number not in seen]
    if silent and not failures:
        raise PromtoolError(output[:2000])
    for number in silent:
        before = max((n for n in numbers if n in seen and n < number), default=-1)
        position = [n for n in silent if n > before and (n <= number)]
        candidates = [failure for failure in failures if failure[0] == before]
        _, rule, text = candidates[min(len(position), len(candidates)) - 1] if candidates else failures[0]
        found.failed[number] = (rule, text)


def _got(lines: Iterator[str]) -> str:
    for line in lines:
        if line.startswith("        got: "):
            return line[len("        got: ") :]
    raise PromtoolError("an answer without samples")


_LABEL = re.compile(r'(?:([a-zA-Z_:][a-zA-Z0-9_:.]*)|"((?:[^"\\]|\\.)*)")(?:="((?:[^"\\]|\\.)*)")?(?:, |,)?')
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def _samples(text: str) -> Iterator[Sample]:
    """``name{a="b"} 1E+00, {} NaN`` as samples."""
    position = 0
    while position < len(text):
        labels: dict[str, str] = {}
        name = _NAME.match(text, position)
        if text.startswith("nil", position) and len(text) == 3:
            return
        if name:
            labels["__name__"] = name[0]
            position = name.end()
        if position < len(text) and text[position] == "{":
            position += 1
            while text[position] != "}":
                found = _LABEL.match(text, position)
                if found is None:
                    raise PromtoolError(f"cannot read {text[position : position + 200]!r}")
                labels[found[1] or found[2]] = _unquoted(found[3] or "")
                position = found.end()
            position += 1
        if text.startswith(" {{", position):
            yield Sample(labels, None)
            end = text.index("}}", position) + 2
        else:
            end = text.find(", ", position)
            end = len(text) if end < 0 else end
            yield Sample(labels, float(text[position:end].strip().replace("Inf", "inf")))
        position = end + 2


def _unquoted(text: str) -> str:
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
