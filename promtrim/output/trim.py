"""What ``alertmanager trim`` tells: what was cut, what could go, who hears of each kept alert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from promtrim.alertmanager.model import Account
from promtrim.alertmanager.trim import Piece
from promtrim.output.summary import count_lines
from promtrim.output.terminal import Paint, one_line, wrapped

MOST = 40
"""Pieces told one by one; more are counted."""
_PLURALS = {
    "route": "routes", "inhibition": "inhibition rules", "receiver": "receivers", "time-interval": "time intervals",
    "template": "templates",
}  # fmt: skip


def text(account: Account, paint: Paint = Paint(), width: int = 100) -> str:  # noqa: B008 - frozen
    """The account for a person."""
    trimmed = account.trimmed
    before, after = count_lines(trimmed.before.text), count_lines(trimmed.text)
    lines = [paint.bold(f"{one_line(trimmed.file)}: {before} -> {after} lines; {_counts(account)}")]
    lines += _told("Cut", trimmed.cut, width, paint)
    if trimmed.left:
        lines += _told("Not needed by what is kept, left for other senders", trimmed.left, width, paint)
        advice = (
            "--only-sender cuts them too, if nothing but these rules sends to this Alertmanager; "
            "--alertmanager URL looks at what others send now"
        )
        lines += wrapped(advice, width, "     ", "  -> ")
    if account.wide:
        lines += ["", paint.bold("Stays because it is not known whether alerts carry a label:")]
        for label, names in account.wide:
            said = f"{label}: {_few(names)}; if they never do, say --no-label {label}"
            lines += wrapped(said, width, "    ", "  ")
        if not account.sender_known:
            advice = "--prometheus-config says which external labels are added; without it any label may be"
            lines += wrapped(advice, width, "     ", "  -> ")
    lines += ["", paint.bold("Who hears of what is kept:")]
    for name, reached in account.heard:
        said = ", ".join(receiver if certain else f"perhaps {receiver}" for receiver, certain in reached)
        lines += wrapped(f"{name}: {said or 'nobody'}", width, "    ", "  ")
    if account.problems:
        lines += ["", paint.warn(f"To look at ({len(account.problems)}):")]
        for problem in account.problems:
            place = f"{problem.file}:{problem.line}: " if problem.file else ""
            lines += wrapped(f"{place}{problem.alert or ''}: {problem.text}", width, "    ", "  ")
    lines += ["", *wrapped(_proof(account), width)]
    lines += wrapped("For deeper linting of what stays: amlint (https://pypi.org/project/amlint/).", width)
    lines += [one_line(note) for note in trimmed.notes]
    return "\n".join(lines) + "\n"


def _counts(account: Account) -> str:
    return ", ".join(f"{_PLURALS[kind]} {before} -> {after}" for kind, before, after in account.counts if before)


def _told(head: str, pieces: Sequence[Piece], width: int, paint: Paint) -> list[str]:
    if not pieces:
        return ["", "Nothing to cut."] if head == "Cut" else []
    lines = ["", paint.bold(f"{head} ({len(pieces)}):")]
    for piece in pieces[:MOST]:
        lines += wrapped(f"{piece.place.line}: {piece.kind} {piece.name}: {piece.because}", width, "    ", "  ")
    return [*lines, f"  and {len(pieces) - MOST} more"] if len(pieces) > MOST else lines


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _proof(account: Account) -> str:
    proof = account.proof
    if not proof.amtool:
        own = f"Each kept alert has the same receivers as before ({proof.label_sets} label sets compared)"
        return f"{own}; amtool is not installed, so Alertmanager's own word is missing."
    if proof.refused_before:
        return f"amtool refuses the original as well as the result: {proof.refused_before}"
    return (
        f"amtool accepts the result, and each kept alert has the same receivers as before "
        f"({proof.label_sets} label sets compared, {proof.asked} of them by amtool)."
    )


def report(account: Account) -> dict[str, Any]:
    """The account as JSON; ``schema/trim.schema.json`` describes it."""
    trimmed = account.trimmed

    def pieces(those: Sequence[Piece]) -> list[dict[str, Any]]:
        return [
            {"kind": each.kind, "name": each.name, "because": each.because, "line": each.place.line} for each in those
        ]

    return {
        "version": 1,
        "file": trimmed.file,
        "lines_before": count_lines(trimmed.before.text),
        "lines_after": count_lines(trimmed.text),
        "counts": {kind: {"before": before, "after": after} for kind, before, after in account.counts},
        "cut": pieces(trimmed.cut),
        "left": pieces(trimmed.left),
        "unknown_labels": [{"label": label, "alerts": list(names)} for label, names in account.wide],
        "heard": [
            {"alert": name, "receivers": [{"name": receiver, "certain": certain} for receiver, certain in reached]}
            for name, reached in account.heard
        ],
        "problems": [
            {"code": each.code, "text": each.text, "file": each.file, "line": each.line, "alert": each.alert}
            for each in account.problems
        ],
        "proof": {
            "label_sets": account.proof.label_sets, "asked": account.proof.asked, "amtool": account.proof.amtool,
            "refused_before": account.proof.refused_before,
        },
    }  # fmt: skip
