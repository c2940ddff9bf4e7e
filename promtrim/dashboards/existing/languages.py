"""Which language a query is written in, as far as its data source tells. What the query means does not belong here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promtrim.dashboards.existing.model import Language
from promtrim.dashboards.existing.variables import VARIABLE, name_of

_NAMES: dict[str, Language] = {
    "__expr__": "expression",
    "-- Dashboard --": "panel",
    "-- Mixed --": "perhaps",
    "-- Grafana --": "other",
    "grafana": "other",
}


def language(datasource: Any, kinds: Mapping[str, str]) -> Language:
    """The language of a data source's queries.

    Args:
        datasource: as a panel or query names it: a name, or an object with type and uid; None is the default one.
        kinds: names of data source variables and inputs, to the type of data source that they choose from.
    """
    if isinstance(datasource, dict):
        kind, name = datasource.get("type"), datasource.get("uid")
        if isinstance(name, str) and name in _NAMES:
            return _NAMES[name]
        if isinstance(kind, str) and kind and not VARIABLE.search(kind):
            return of_kind(kind)
        datasource = name
    if not isinstance(datasource, str):
        return "perhaps"
    if datasource in _NAMES:
        return _NAMES[datasource]
    match = VARIABLE.fullmatch(datasource.strip())
    kind = kinds.get(name_of(match)) if match else None
    return of_kind(kind) if kind else "perhaps"


def of_kind(kind: str) -> Language:
    """The language of a type of data source. Plugins for Prometheus have its name in theirs."""
    if kind in _NAMES:
        return _NAMES[kind]
    return "promql" if "prometheus" in kind else "other"
