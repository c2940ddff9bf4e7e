"""Rules that another Prometheus evaluates than the one whose configuration was read: what it scrapes is not known.

An operator's Prometheus in a cluster, beside one of a compose project, is the usual case.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from promtrim.path.ground import Ground
from promtrim.rulefile.model import Document
from promtrim.topology.model import Topology


def evaluated_elsewhere(ground: Ground, documents: Iterable[Document]) -> frozenset[int]:
    """Ids of the rules that only an operator's Prometheus takes, where the configurations are those of others."""
    if not ground.detection.operated_apart:
        return frozenset()
    return frozenset(
        rule.id for document in documents if document.container == "prometheus-rule" for rule in document.rules
    )


def without_scraping(topology: Topology) -> Topology:
    """The same deployment as a Prometheus sees it whose scrape jobs are not known."""
    return msgspec.structs.replace(topology, jobs=None, exporters={}, other_metrics=None)
