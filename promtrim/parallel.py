"""Judging very many rules on several cores: forked workers hand back what they found as MessagePack.

A rule is judged by itself, so the work can be cut anywhere. Fork, because the workers then have the rules and the facts
at no cost; where there is no fork, or little to do, everything happens here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import msgspec

from promtrim.judge.likeness import Likeness
from promtrim.judge.model import Cause, Evidence, Judged, Verdict
from promtrim.judge.rule import Opinion
from promtrim.knowledge.model import FailureMode, Tier
from promtrim.rulefile.model import Rule

WORTH_IT = 2000
"""Rules per worker below which starting one costs more than it saves."""


class Packed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An opinion without its rule, which the receiver has."""

    verdict: Verdict
    cause: Cause | None
    tier: Tier
    failure_mode: FailureMode
    components: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    meaningless: str | None
    because: str
    constant: bool
    likeness: Likeness | None


def judge_all(rules: Sequence[Rule], judge: Callable[[Rule], Opinion]) -> list[Opinion]:
    """Judge every rule, in order, on as many cores as are worth it."""
    workers = min(len(rules) // WORTH_IT, _cores())
    if workers < 2 or not hasattr(os, "fork"):
        return [judge(rule) for rule in rules]
    bounds = [len(rules) * number // workers for number in range(workers + 1)]
    started = [_start(rules[bounds[number] : bounds[number + 1]], judge) for number in range(1, workers)]
    opinions = [judge(rule) for rule in rules[: bounds[1]]]
    for number, (process, pipe) in enumerate(started, 1):
        part = rules[bounds[number] : bounds[number + 1]]
        packed = _receive(process, pipe)
        # A worker that did not finish (killed for memory, say) costs time, not the result.
        opinions += [judge(rule) for rule in part] if packed is None else map(_unpack, part, packed)
    return opinions


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _start(rules: Sequence[Rule], judge: Callable[[Rule], Opinion]) -> tuple[int, int]:
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return process, reader
    status = 1
    try:
        os.close(reader)
        data = msgspec.msgpack.encode([_pack(judge(rule)) for rule in rules])
        with open(writer, "wb") as pipe:
            pipe.write(data)
        status = 0
    finally:
        os._exit(status)


def _receive(process: int, reader: int) -> list[Packed] | None:
    with open(reader, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(process, 0)
    return msgspec.msgpack.decode(data, type=list[Packed]) if status == 0 else None


def _pack(opinion: Opinion) -> Packed:
    judged = opinion.judged
    return Packed(
        judged.verdict,
        judged.cause,
        judged.tier,
        judged.failure_mode,
        judged.components,
        judged.evidence,
        judged.meaningless,
        judged.because,
        judged.constant,
        opinion.likeness,
    )


def _unpack(rule: Rule, packed: Packed) -> Opinion:
    judged = Judged(
        rule=rule,
        verdict=packed.verdict,
        cause=packed.cause,
        tier=packed.tier,
        failure_mode=packed.failure_mode,
        components=packed.components,
        evidence=packed.evidence,
        meaningless=packed.meaningless,
        because=packed.because,
        constant=packed.constant,
    )
    return Opinion(judged, packed.likeness)
