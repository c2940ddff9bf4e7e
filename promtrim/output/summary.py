"""Numbers and groupings that several formats show. Counts what a plan says; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from promtrim.plan.model import Decided, Plan
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


class Heading(msgspec.Struct, frozen=True):
    """One way to lose a place in the file, in words."""

    key: str
    words: str
    told: bool
    """Whether each rule's own reason is worth a line; otherwise the names are enough."""


HEADINGS = (
    Heading("logic", "can fire nowhere: a mistake to mend", True),
    Heading("topology", "cannot fire on this deployment", True),
    Heading("not-scraped", "cannot fire: nothing delivers what they ask for", True),
    Heading("not-loaded", "cannot fire: nothing loads them", True),
    Heading("always-fires", "fire while all is well", True),
    Heading("meaningless", "say nothing real on this deployment", True),
    Heading("duplicate", "said twice", True),
    Heading("implied", "another kept alert fires whenever they do", True),
    Heading("override", "you asked for it", True),
    Heading("watched-elsewhere", "an external check tells you already", True),
    Heading("covered", "another kept alert watches the same", True),
    Heading("minor", "no reason to wake anybody", False),
    Heading("unused", "recording rules that nothing needs", False),
)
"""Why rules are dropped, the strongest reason first."""


def dropped_by_reason(plan: Plan) -> list[tuple[Heading, list[Decided]]]:
    """The dropped rules under the heading of their reason, in the order of :data:`HEADINGS`."""
    groups: dict[str, list[Decided]] = {}
    for decided in plan.rules:
        if not decided.keep:
            code: str = decided.reason.code
            if code == "cannot-fire":
                code = decided.judged.cause or "topology"
            groups.setdefault(code, []).append(decided)
    known = [(heading, groups.pop(heading.key)) for heading in HEADINGS if heading.key in groups]
    return known + [(Heading(code, code, True), rules) for code, rules in groups.items()]


def place(file: str, line: int, column: int = 0) -> str:
    """``file:line:column`` as far as it is known."""
    return ":".join([file, *(str(number) for number in (line, column if line else 0) if number)])


def told(problem: Problem) -> str:
    """A problem's text, with the alert that it is about."""
    if problem.alert and problem.alert not in problem.text:
        return f"{problem.alert}: {problem.text}"
    return problem.text
