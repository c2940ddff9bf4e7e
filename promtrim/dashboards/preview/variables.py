"""Grafana's variables replaced by what a reader sees first: their saved values, everything where there are none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from promtrim.dashboards.existing.variables import VARIABLE, name_of

EVERYTHING = ".*"
_ALL = "$__all"
_SCRAPES = 15.0
"""Seconds between scrapes that Grafana assumes where the data source does not say."""


def values_of(dashboard: dict[str, Any]) -> dict[str, str]:
    """Variable to the text that takes its place in a PromQL query."""
    found = {}
    for each in _list(dashboard):
        inner = each.get("spec")
        spec: dict[str, Any] = inner if isinstance(inner, dict) else each
        name = spec.get("name")
        if isinstance(name, str) and each.get("type") != "datasource" and each.get("kind") != "DatasourceVariable":
            found[name] = _value(spec)
    return found


def built_in(span: float, step: float, start: float) -> dict[str, str]:
    """Grafana's own variables for a time range.

    Args:
        span: seconds that the page shows.
        step: seconds between two points.
        start: seconds since 1970.
    """
    rate = max(step + _SCRAPES, 4 * _SCRAPES)
    return {
        "__interval": f"{step:.0f}s",
        "__interval_ms": f"{step * 1000:.0f}",
        "__rate_interval": f"{rate:.0f}s",
        "__range": f"{span:.0f}s",
        "__range_s": f"{span:.0f}",
        "__range_ms": f"{span * 1000:.0f}",
        "__from": f"{start * 1000:.0f}",
        "__to": f"{(start + span) * 1000:.0f}",
    }


def replaced(text: str, values: dict[str, str]) -> str:
    """A text with variables replaced; what is no variable stays."""

    def value(match: re.Match[str]) -> str:
        return values.get(name_of(match), match.group())

    return VARIABLE.sub(value, text)


def _list(dashboard: dict[str, Any]) -> Iterable[dict[str, Any]]:
    templating = dashboard.get("templating")
    found = templating.get("list") if isinstance(templating, dict) else dashboard.get("variables")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _value(variable: dict[str, Any]) -> str:
    current = variable.get("current")
    value = current.get("value") if isinstance(current, dict) else None
    if value in (None, "", [], {}):
        value = _first(variable)
    if isinstance(value, list):
        texts = [each for each in value if isinstance(each, str)]
        if not texts or _ALL in texts:
            return _everything(variable)
        return texts[0] if len(texts) == 1 else f"({'|'.join(map(_quoted, texts))})"
    if not isinstance(value, (str, int, float)) or value == _ALL:
        return _everything(variable)
    return str(value)


def _first(variable: dict[str, Any]) -> Any:
    """The first choice of a variable that lists them."""
    options = variable.get("options")
    if isinstance(options, list) and options and isinstance(options[0], dict):
        return options[0].get("value")
    query = variable.get("query")
    if variable.get("type") in ("custom", "interval", "constant", "textbox") and isinstance(query, str):
        return query.split(",")[0].strip()
    return _ALL


def _everything(variable: dict[str, Any]) -> str:
    given = variable.get("allValue")
    return given if isinstance(given, str) and given else EVERYTHING


def _quoted(text: str) -> str:
    """A value as Grafana puts it into a regular expression within a PromQL string."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\\\1", text)
