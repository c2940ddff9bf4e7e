"""A second opinion: PyYAML's own view of rule files, and laws that every cut obeys. No promtrim code is used here."""

from __future__ import annotations

from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def documents(text: str) -> list[Any]:
    """A text's documents as plain data."""
    return list(yaml.load_all(text, Loader=LOADER))


def group_lists(value: Any, found: list[list[Any]] | None = None) -> list[list[Any]]:
    """Every list of rule groups in plain data, text inside ConfigMaps included, in the order of the text."""
    found = [] if found is None else found
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "groups" and isinstance(inner, list):
                found.append(inner)
            else:
                group_lists(inner, found)
    elif isinstance(value, list):
        for inner in value:
            group_lists(inner, found)
    elif isinstance(value, str) and "groups:" in value:
        for document in documents(value):
            group_lists(document, found)
    return found


def after_cut(text: str, drop: set[int]) -> list[list[Any]]:
    """What the lists of groups should be once the rules with these numbers are gone."""
    number = 0
    result = []
    for groups in group_lists(documents(text)):
        kept_groups = []
        for group in groups:
            rules = group.get("rules") or []
            kept = []
            for rule in rules:
                if number not in drop:
                    kept.append(rule)
                number += 1
            if kept or not rules:
                kept_groups.append({**group, "rules": kept} if rules else group)
        result.append(kept_groups)
    return result


def without_groups(value: Any) -> Any:
    """Plain data with its lists of groups, and texts that hold some, taken out."""
    if isinstance(value, dict):
        return {key: None if key == "groups" else without_groups(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_groups(inner) for inner in value]
    return None if isinstance(value, str) and "groups:" in value else value


def lines_survive_in_order(before: str, after: str) -> bool:
    """Whether every line of the second text stands in the first, in the same order."""
    lines = iter([*before.splitlines(keepends=True), ""])
    return all(any(line == other for other in lines) for line in after.splitlines(keepends=True))
