"""What one part of a topology says of another: a datastore whose exporter is scraped, or is not.

Only consequences; what nobody said stays open.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from promtrim.knowledge.model import Ruleset
from promtrim.topology.model import Topology


def completed(topology: Topology, heads: Mapping[str, Ruleset]) -> Topology:
    """The topology with the exporters that its datastores' ``exporter`` decides.

    ``false`` for all datastores of a technology rules all its exporters out; ``true`` tells which one is scraped only
    where there is but one. What the topology says of an exporter itself stands.

    Args:
        heads: the rulesets, by id.
    """
    said: dict[str, list[tuple[str, bool | None]]] = {}
    for name, store in topology.datastores.items():
        said.setdefault(store.technology or name, []).append((name, store.exporter))
    exporters = dict(topology.exporters)
    sources = dict(topology.sources)
    for technology, stores in said.items():
        own = [each for each, head in heads.items() if head.technology == technology]
        flags = {flag for _, flag in stores}
        deployed = False if flags == {False} else True if True in flags and len(own) == 1 else None
        if deployed is None:
            continue
        for each in own:
            if each not in exporters:
                exporters[each] = deployed
                name = next(name for name, flag in stores if flag is deployed)
                sources[f"exporters.{each}"] = sources.get(f"datastores.{name}.exporter", "the topology")
    if exporters == topology.exporters:
        return topology
    return msgspec.structs.replace(topology, exporters=exporters, sources=sources)
