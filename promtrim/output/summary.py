"""Numbers and groupings that several formats show. Counts what a plan says; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from promtrim.plan.model import Decided, Plan
from promtrim.plan.redundancy import CRITICAL, severity
from promtrim.rulefile.model import Problem


class Cut(msgspec.Struct, frozen=True):
    """What carrying out a plan did to one file."""

    file: str
    lines_before: int
    lines_after: int
    changed: bool
    notes: tuple[str, ...] = ()
    """What the cut had to do beyond cutting (an anchor that moved)."""
    written_to: str | None = None
    """Where the reduced file went; None where it went to standard output or nowhere."""


class Summary(msgspec.Struct, frozen=True):
    """The numbers of one run."""

    files: int
    groups: int
    rules: int
    alerting: int
    recording: int
    kept: int
    dropped: int
    lines_before: int
    lines_after: int
    verdicts: dict[str, int]
    reasons: dict[str, int]
    """Reason code to how many rules have it, kept ones included."""
    blind_spots: int
    problems: int


def count_lines(text: str) -> int:
    """Lines of a text; a last one without a line end counts."""
    return text.count("\n") + (not text.endswith("\n") and text != "")


def summarise(plan: Plan, cuts: Sequence[Cut]) -> Summary:
    """Count a plan's rules and lines."""
    rules = [decided.judged.rule for decided in plan.rules]
    kept = sum(decided.keep for decided in plan.rules)
    return Summary(
        files=len(cuts),
        groups=len({(rule.file, rule.group) for rule in rules}),
        rules=len(rules),
        alerting=sum(rule.alert is not None for rule in rules),
        recording=sum(rule.alert is None for rule in rules),
        kept=kept,
        dropped=len(rules) - kept,
        lines_before=sum(cut.lines_before for cut in cuts),
        lines_after=sum(cut.lines_after for cut in cuts),
        verdicts=_counted(decided.judged.verdict for decided in plan.rules),
        reasons=_counted(decided.reason.code for decided in plan.rules),
        blind_spots=len(plan.blind_spots),
        problems=len(plan.problems),
    )


def _counted(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items()))


HEADINGS = {
    "logic": "can fire nowhere: a mistake to mend",
    "topology": "cannot fire on this deployment",
    "not-scraped": "cannot fire: nothing delivers what they ask for",
    "not-loaded": "cannot fire: nothing loads them",
    "always-fires": "fire while all is well",
    "meaningless": "say nothing real on this deployment",
    "duplicate": "said twice",
    "implied": "another kept alert fires whenever they do",
    "override": "you asked for it",
    "watched-elsewhere": "an external check tells you already",
    "covered": "another kept alert watches the same",
    "minor-critical": "no reason to wake anybody, though their severity is critical",
    "minor": "no reason to wake anybody",
    "unused": "recording rules that nothing needs",
}
"""Why rules are dropped, in words: by cause for what cannot fire, else by reason code; the strongest reason first."""


def dropped_by_reason(plan: Plan) -> list[tuple[str, list[Decided]]]:
    """The dropped rules under the words of :data:`HEADINGS`, in its order."""
    groups: dict[str, list[Decided]] = {}
    for decided in plan.rules:
        if not decided.keep:
            code: str = decided.reason.code
            if code == "cannot-fire":
                code = decided.judged.cause or "topology"
            elif code == "minor" and severity(decided.judged.rule.labels) == CRITICAL:
                code = "minor-critical"
            groups.setdefault(code, []).append(decided)
    order = [*(key for key in HEADINGS if key in groups), *(key for key in groups if key not in HEADINGS)]
    return [(HEADINGS.get(key, key), groups[key]) for key in order]


def name(decided: Decided) -> str:
    """What to call a rule."""
    return decided.judged.rule.name or f"the rule in line {decided.judged.rule.line}"


def by_text(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Names under each text that is said of them, in order of appearance: one sentence is read once."""
    groups: dict[str, list[str]] = {}
    for text, who in pairs:
        names = groups.setdefault(text, [])
        if who not in names:
            names.append(who)
    return list(groups.items())


def place(file: str, line: int, column: int = 0) -> str:
    """``file:line:column`` as far as it is known."""
    return ":".join([file, *(str(number) for number in (line, column if line else 0) if number)])


def told(problem: Problem) -> str:
    """A problem's text, with the alert that it is about."""
    if problem.alert and problem.alert not in problem.text:
        return f"{problem.alert}: {problem.text}"
    return problem.text
