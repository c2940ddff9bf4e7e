"""Relabelling of targets, over labels of which some are not known: a target is kept, dropped, or perhaps kept.

Source of the rules' meaning: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from promtrim.patterns import LONGEST, safe
from promtrim.stack.manifests import items, text
from promtrim.yamltext.located import Place, YamlList, YamlMap

UNKNOWN = "\ufdd0"
"""Stands for a value, or a part of one, that is only known at run time. No label holds this character."""

_ACTIONS = frozenset({
    "replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep", "lowercase", "uppercase", "keepequal",
    "dropequal",
})  # fmt: skip


class RelabelRule(msgspec.Struct, frozen=True):
    """One entry of ``relabel_configs``."""

    action: str
    source_labels: tuple[str, ...]
    separator: str
    regex: str
    target_label: str
    replacement: str
    place: Place


class Kept(msgspec.Struct, frozen=True):
    """A target that passes, with its labels."""

    labels: dict[str, str]
    certain: bool
    """False where a rule that may drop it depends on what is not known."""


class Dropped(msgspec.Struct, frozen=True):
    """A target that does not pass, and the rule that drops it."""

    rule: RelabelRule


def read_rules(value: Any) -> tuple[tuple[RelabelRule, ...], list[tuple[str, Place]]]:
    """The rules in a list, and what is wrong with the others."""
    rules: list[RelabelRule] = []
    wrong: list[tuple[str, Place]] = []
    for index, entry in enumerate(items(value)):
        place = value.at(index) if isinstance(value, YamlList) else Place("", 0, 0)
        if not isinstance(entry, YamlMap):
            continue
        action = (text(entry.get("action")) or "replace").lower()
        regex = text(entry["regex"]) if entry.get("regex") is not None else "(.*)"
        if action not in _ACTIONS:
            wrong.append((f"there is no relabelling action {action!r}: Prometheus does not start with it", place))
            continue
        try:
            re.compile(regex)
        except (re.error, RecursionError, OverflowError) as error:
            if re.search(r"\\[^\w\s]|\\[pPzQE]|\(\?|\[\[:", regex):
                # RE2 may read what Python does not: matched as what is not known.
                rules.append(_rule(entry, action, regex, place))
                continue
            wrong.append((f"{regex!r} is no regular expression ({error}): Prometheus does not start with it", place))
            continue
        rules.append(_rule(entry, action, regex, place))
    return tuple(rules), wrong


def _rule(entry: YamlMap, action: str, regex: str, place: Place) -> RelabelRule:
    separator = entry.get("separator")
    replacement = entry.get("replacement")
    return RelabelRule(
        action=action,
        source_labels=tuple(text(each) for each in items(entry.get("source_labels"))),
        separator=";" if separator is None else text(separator),
        regex=regex,
        target_label=text(entry.get("target_label")),
        replacement="$1" if replacement is None else text(replacement),
        place=place,
    )


def relabel(labels: dict[str, str], rules: tuple[RelabelRule, ...]) -> Kept | Dropped:
    """Send a target's labels through rules. A missing label is empty."""
    labels = dict(labels)
    certain = True
    for rule in rules:
        value = rule.separator.join(labels.get(name, "") for name in rule.source_labels)
        if rule.action in ("keep", "drop"):
            fits = _fits(rule.regex, value)
            if fits is None:
                certain = False
            elif fits is (rule.action == "drop"):
                return Dropped(rule)
        elif rule.action in ("keepequal", "dropequal"):
            other = labels.get(rule.target_label, "")
            if UNKNOWN in value or UNKNOWN in other:
                certain = False
            elif (value == other) is (rule.action == "dropequal"):
                return Dropped(rule)
        elif not _change(labels, rule, value):
            certain = False
    return Kept(labels, certain)


def _fits(regex: str, value: str) -> bool | None:
    """Whether an anchored expression fits a value of which parts may be unknown; None where that decides, or where the
    expression cannot be matched here as Prometheus would."""
    pattern = _pattern(regex, value)
    if pattern is None:
        return None
    if UNKNOWN not in value:
        return pattern.fullmatch(value) is not None
    # Unknown parts are never empty. What fits whatever stands there fits; all else is open.
    tries = {pattern.fullmatch(value.replace(UNKNOWN, each)) is not None for each in ("x", "0", "a-b.c:1")}
    if len(tries) == 1 and re.fullmatch(r"[().*+|]*", regex):
        return tries.pop()
    return None


def _pattern(regex: str, value: str) -> re.Pattern[str] | None:
    return safe(regex) if len(value) <= LONGEST else None


def _change(labels: dict[str, str], rule: RelabelRule, value: str) -> bool:
    """Carry out a rule that changes labels; False where it cannot be told what it does to which of them."""
    if rule.action == "replace":
        _replace(labels, rule, value)
    elif rule.action in ("lowercase", "uppercase"):
        labels[rule.target_label] = value.lower() if rule.action == "lowercase" else value.upper()
    elif rule.action == "hashmod":
        labels[rule.target_label] = UNKNOWN
    else:
        pattern = safe(rule.regex)
        if pattern is None:
            return False
        for name, each in list(labels.items()):
            match = pattern.fullmatch(name)
            if rule.action == "labelmap":
                if match:
                    labels[_template(rule.replacement, match)] = each
            elif (match is not None) is (rule.action == "labeldrop"):
                del labels[name]
    return True


def _replace(labels: dict[str, str], rule: RelabelRule, value: str) -> None:
    pattern = _pattern(rule.regex, value)
    match = pattern.fullmatch(value) if pattern else None
    if pattern is None or (match is None and UNKNOWN in value):
        labels[_template(rule.target_label, None)] = UNKNOWN
    elif match is not None:
        target = _template(rule.target_label, match)
        result = _template(rule.replacement, match)
        if result:
            labels[target] = result
        else:
            labels.pop(target, None)


_GROUP = re.compile(r"\$(?:(\$)|(\d+)|\{(\w+)\}|(\w+))")


def _template(template: str, match: re.Match[str] | None) -> str:
    """Go's ``$1``, ``${1}``, ``${name}``, ``$$``; a group that is not there is empty."""

    def one(found: re.Match[str]) -> str:
        if found[1]:
            return "$"
        if match is None:
            return UNKNOWN
        name = found[2] or found[3] or found[4]
        try:
            return match[int(name) if name.isdecimal() else name] or ""
        except (IndexError, KeyError):
            return ""

    return _GROUP.sub(one, template)
