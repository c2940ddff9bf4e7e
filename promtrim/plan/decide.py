"""The plan: for each rule keep or drop, and the one reason that counts first. DESIGN, "Decision"."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import msgspec

from promtrim.judge.model import Judged
from promtrim.judge.rule import Opinion
from promtrim.plan.coverage import is_blind
from promtrim.plan.levels import by, called, critical, essential
from promtrim.plan.model import Decided, Level, Reason
from promtrim.plan.records import needed, used
from promtrim.plan.redundancy import duplicates, implied
from promtrim.rulefile.model import Rule
from promtrim.topology.model import Topology


class Override(msgspec.Struct, frozen=True):
    """What a person has decided about one rule."""

    keep: bool
    reason: str


class Wishes(msgspec.Struct, frozen=True):
    """What was asked for."""

    level: Level = "critical"
    keep_blind_spots: bool = False
    drop_unused: bool = False
    dashboards: dict[str, str] = {}
    """Names of recorded series that dashboards show, to the dashboard."""


def decide(
    opinions: Sequence[Opinion], topology: Topology, overrides: Mapping[int, Override], wishes: Wishes,
    server: Callable[[Rule], Hashable] = lambda rule: None,
) -> tuple[Decided, ...]:  # fmt: skip
    """The decision for each rule, in the order given.

    Args:
        server: the same for rules that one Prometheus evaluates: only there does one yield to another.
    """
    reasons: dict[int, Reason] = {}
    alerts = [opinion for opinion in opinions if opinion.judged.rule.alert is not None]
    for opinion in alerts:
        rule = opinion.judged.rule
        override = overrides.get(rule.id)
        if override is not None:
            reasons[rule.id] = Reason("override", override.reason)
        elif (reason := _by_verdict(opinion, wishes.level)) is not None:
            reasons[rule.id] = reason
    stay = [o for o in alerts if (o.judged.rule.id not in reasons or _kept_by(overrides, o)) and _speaks(o)]
    together: dict[Hashable, list[Opinion]] = {}
    for opinion in stay:
        together.setdefault(server(opinion.judged.rule), []).append(opinion)
    for candidates in together.values():
        _weigh_up(candidates, topology, overrides, wishes.level, reasons)
    decided: dict[int, Decided] = {}
    for opinion in alerts:
        number = opinion.judged.rule.id
        found = reasons.get(number)
        if found is None:
            decided[number] = Decided(opinion.judged, True, Reason("kept", _why_kept(opinion)))
        else:
            keep = overrides[number].keep if number in overrides else False
            one = Decided(opinion.judged, keep, found)
            if not keep and wishes.keep_blind_spots and is_blind(one):
                one = Decided(opinion.judged, True, found)
            decided[number] = one
    _records(opinions, alerts, decided, overrides, wishes)
    return tuple(decided[opinion.judged.rule.id] for opinion in opinions)


def _weigh_up(
    candidates: list[Opinion], topology: Topology, overrides: Mapping[int, Override], level: Level,
    reasons: dict[int, Reason],
) -> None:  # fmt: skip
    """Enter why alerts of one server yield to others of it, or to the level."""

    def left() -> list[Opinion]:
        return [o for o in candidates if o.judged.rule.id not in reasons or _kept_by(overrides, o)]

    for find, code, words in (
        (duplicates, "duplicate", "{} says exactly the same"),
        (implied, "implied", "{} fires in each such case, at no lower severity"),
    ):
        of_id = {opinion.judged.rule.id: opinion for opinion in candidates}
        for number, other in find(candidates).items():
            if number not in overrides:
                text = words.format(called(other, of_id[number]))
                reasons[number] = Reason(code, text, by(other))  # type: ignore[arg-type]
        candidates = left()
    if level != "relevant":
        reasons.update((n, reason) for n, reason in critical(candidates, topology).items() if n not in overrides)
        candidates = left()
    if level == "essential":
        reasons.update((n, reason) for n, reason in essential(candidates, topology).items() if n not in overrides)


def _kept_by(overrides: Mapping[int, Override], opinion: Opinion) -> bool:
    override = overrides.get(opinion.judged.rule.id)
    return override is not None and override.keep


def _speaks(opinion: Opinion) -> bool:
    """Whether others may yield to it: loaded, and able to say something true. One kept only by a person's wish or because
    nobody can tell is not among them."""
    judged = opinion.judged
    return judged.rule.loaded and not judged.meaningless and (judged.verdict == "can-fire" or judged.constant)


def tells_of_dead_targets(judged: Judged) -> bool:
    """Whether it fires for ever because something is not scraped: what it says is true, and wants mending there."""
    return judged.verdict == "always-fires" and judged.cause == "not-scraped" and not judged.constant


def _by_verdict(opinion: Opinion, level: Level) -> Reason | None:
    judged = opinion.judged
    if tells_of_dead_targets(judged):
        minor = level != "relevant" and judged.tier != "critical"
        return Reason("minor", f"it fires for ever ({judged.because}), and for nothing urgent") if minor else None
    if judged.verdict == "cannot-fire":
        if not judged.rule.loaded:
            return None  # a problem of the file: kept, and said
        return Reason("cannot-fire", judged.because or "nothing it asks for can come back here")
    if judged.verdict == "always-fires" and not judged.constant:
        return Reason("always-fires", judged.because or "it holds also while nothing is wrong")
    if judged.meaningless:
        return Reason("meaningless", judged.meaningless)
    return None


def _why_kept(opinion: Opinion) -> str:
    judged = opinion.judged
    if judged.constant:
        return "a dead man's switch: it fires by design, and its silence is the alarm"
    if judged.verdict == "unknown":
        return "its expression could not be read, so it stays"
    if not judged.rule.loaded:
        return "Prometheus never loads it where it stands; it stays until somebody moves or deletes it"
    if tells_of_dead_targets(judged):
        return f"it fires for ever, until that is mended or removed: {judged.because}"
    what = {"critical": "it matters tonight", "useful": "a cause or early warning", "low": "it can say something true"}
    return what[judged.tier]


def _records(
    opinions: Sequence[Opinion], alerts: list[Opinion], decided: dict[int, Decided],
    overrides: Mapping[int, Override], wishes: Wishes,
) -> None:  # fmt: skip
    """Recording rules: needed by a kept alert, shown by a dashboard, or unused."""
    records = [opinion for opinion in opinions if opinion.judged.rule.alert is None]
    kept = [opinion for opinion in alerts if decided[opinion.judged.rule.id].keep]
    shown = used(wishes.dashboards, records)
    roots = kept + [o for o in records if o.judged.rule.id in shown or _kept_by(overrides, o)]
    users = needed(roots, records)
    for opinion in records:
        number = opinion.judged.rule.id
        override = overrides.get(number)
        if override is not None:
            one = Decided(opinion.judged, override.keep, Reason("override", override.reason))
        elif number in users:
            one = Decided(opinion.judged, True, Reason("needed-by", f"{users[number]} needs it"))
        elif number in shown:
            one = Decided(opinion.judged, True, Reason("needed-by", f"the dashboard {shown[number]} shows it"))
        elif wishes.drop_unused:
            one = Decided(opinion.judged, False, Reason("unused", "nothing that is kept needs it"))
        else:
            text = "nothing that is kept needs it; a dashboard might (drop it with --drop-unused)"
            one = Decided(opinion.judged, True, Reason("unused", text))
        decided[number] = one
