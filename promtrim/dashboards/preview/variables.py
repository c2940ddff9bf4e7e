"""Grafana's variables replaced by what a reader sees first: the saved value where there is such a one, else the first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from promtrim.dashboards.existing.variables import VARIABLE, name_of
from promtrim.patterns import safe

EVERYTHING = ".*"
_ALL = "$__all"
_SCRAPES = 15.0
"""Seconds between scrapes that Grafana assumes where the data source does not say."""


Offered = Callable[[str, str], Sequence[str]]
"""A selector (empty for all series) and a label, to the values that the server has."""

_LABEL_VALUES = re.compile(r"\s*label_values\(\s*(?:(.+),)?\s*([A-Za-z_]\w*)\s*\)\s*", re.DOTALL | re.ASCII)


def values_of(dashboard: dict[str, Any], built_in: dict[str, str], offered: Offered) -> dict[str, str]:
    """Variable to the text that takes its place in a PromQL query, in their order: later ones may use earlier ones.

    Args:
        built_in: Grafana's own variables.
        offered: asks the server.
    """
    found: dict[str, str] = {}
    for each in _list(dashboard):
        inner = each.get("spec")
        spec: dict[str, Any] = inner if isinstance(inner, dict) else each
        name = spec.get("name")
        if isinstance(name, str) and each.get("type") != "datasource" and each.get("kind") != "DatasourceVariable":
            query = _LABEL_VALUES.fullmatch(_query(spec))
            options = None
            if query is not None and _ALL not in _saved(spec):
                selector = replaced(query[1] or "", {**built_in, **found})
                options = _narrowed(offered(selector.strip(), query[2]), spec.get("regex"))
            found[name] = _value(spec, options)
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


def _query(variable: dict[str, Any]) -> str:
    """The query of a variable that has one, in each of Grafana's ways to write it."""
    query = variable.get("query")
    for _ in range(3):
        if isinstance(query, dict):
            query = query.get("query") or query.get("spec")
    return query if isinstance(query, str) else ""


def _saved(variable: dict[str, Any]) -> list[str]:
    current = variable.get("current")
    value = current.get("value") if isinstance(current, dict) else None
    listed = value if isinstance(value, list) else [value]
    return [str(each) for each in listed if isinstance(each, (str, int, float)) and each != ""]


def _narrowed(values: Sequence[str], regex: Any) -> list[str]:
    """The values that a variable's regular expression lets through; of its group, where it has one."""
    pattern = safe(regex.strip("/")) if isinstance(regex, str) and regex else None
    if pattern is None:
        return sorted(set(values))
    found = (pattern.search(value) for value in values)
    return sorted({(match[1] if pattern.groups else match.string) or "" for match in found if match})


def _value(variable: dict[str, Any], options: list[str] | None) -> str:
    """
    Args:
        options: what the server offers; None where it was not asked.
    """
    saved = _saved(variable)
    if options is not None:
        saved = [each for each in saved if each in options]
        if not saved and not variable.get("includeAll"):
            return options[0] if options else ""
    if not saved and options is None:
        first = _first(variable)
        saved = [] if first is None else [str(first)]
    if not saved or _ALL in saved:
        return _everything(variable)
    return saved[0] if len(saved) == 1 else f"({'|'.join(map(_quoted, saved))})"


def _first(variable: dict[str, Any]) -> Any:
    """The first choice of a variable that lists them."""
    options = variable.get("options")
    if isinstance(options, list) and options and isinstance(options[0], dict):
        return options[0].get("value")
    query = variable.get("query")
    if variable.get("type") in ("custom", "interval", "constant", "textbox") and isinstance(query, str):
        return query.split(",")[0].strip()
    return None


def _everything(variable: dict[str, Any]) -> str:
    given = variable.get("allValue")
    return given if isinstance(given, str) and given else EVERYTHING


def _quoted(text: str) -> str:
    """A value as Grafana puts it into a regular expression within a PromQL string."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\\\1", text)
