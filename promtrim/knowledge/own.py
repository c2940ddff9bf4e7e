"""A team's own rulesets (``rulesets:`` in ``promtrim.yml``): checked as the shipped ones are, and added to the index."""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.errors import ErrorGroup, InputError, PromtrimError
from promtrim.knowledge.check import check
from promtrim.knowledge.compile import build
from promtrim.knowledge.index import lookup
from promtrim.knowledge.model import Index
from promtrim.knowledge.written import read_all_written


def add(index: Index, paths: Sequence[str]) -> Index:
    """See :func:`promtrim.knowledge.index.with_rulesets`."""
    written = read_all_written(paths)
    findings = check(written, elsewhere=lambda name: lookup(index, name))
    errors: list[PromtrimError] = [InputError(each.message, each.file, each.line) for each in findings]
    names: dict[str, str] = {}
    for each in written:
        earlier = names.setdefault(each.ruleset.ruleset, each.file)
        if earlier != each.file:
            text = f"the ruleset {each.ruleset.ruleset!r} stands in {earlier} too, keep one"
            errors.append(InputError(text, each.file))
    if errors:
        raise ErrorGroup(errors)
    own = build([each.ruleset for each in written])
    # What a team says of a name counts instead of what is shipped of it; so does a ruleset of theirs with a shipped name.
    exact = dict(own.exact)
    for name, entries in index.exact.items():
        rest = [entry for entry in entries if entry.ruleset not in names]
        if rest:
            exact.setdefault(name, rest)
    patterns = {prefix: list(items) for prefix, items in own.patterns.items()}
    for prefix, items in index.patterns.items():
        patterns.setdefault(prefix, []).extend(item for item in items if item[1].ruleset not in names)
    return Index(
        heads={**{name: head for name, head in index.heads.items() if name not in names}, **own.heads},
        exact=exact,
        patterns=patterns,
        records={**index.records, **own.records},
        words=index.words,
        presets=index.presets,
        baselines=index.baselines,
    )
