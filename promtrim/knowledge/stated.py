"""Whether what a person wrote into a topology means something to the rulesets. Its shape is checked as it is loaded."""

from __future__ import annotations

from collections.abc import Mapping

from promtrim.knowledge.model import Ruleset
from promtrim.topology.checks import Errors, close
from promtrim.topology.load import parse_topology, read_text
from promtrim.topology.model import Topology
from promtrim.yamltext.located import YamlMap, read_one


def load_strictly(path: str, presets: Mapping[str, str], heads: Mapping[str, Ruleset]) -> Topology:
    """The topology of a file, where every name in it must mean something.

    Args:
        heads: rulesets by id.

    Raises:
        InputError, ErrorGroup: as :func:`load`, and names that nothing is named so.
    """
    text = read_text(path, presets)
    topology = parse_topology(text, path, presets)
    document = read_one(text, path, floats=False)
    if isinstance(document, YamlMap):
        _check_names(topology, document, path, heads)
    return topology


def _check_names(topology: Topology, document: YamlMap, file: str, heads: Mapping[str, Ruleset]) -> None:
    """Refuse names of exporters, options and components that nothing is named so. Stricter than what loading asks.

    Args:
        heads: rulesets by id.

    Raises:
        InputError, ErrorGroup: all that were found.
    """
    fail = Errors(document, file)
    technologies = {head.technology for head in heads.values()}
    for name in topology.exporters:
        if name not in heads:
            fail(("exporters", name), f"there is no ruleset {name!r}{close(name, heads)}; see promtrim rules list")
    for ruleset, stated in topology.options.items():
        if ruleset not in heads:
            fail(("options", ruleset), f"there is no ruleset {ruleset!r}{close(ruleset, heads)}; see promtrim rules list")
            continue
        known = heads[ruleset].options
        for option in stated:
            if option not in known:
                words = f"use one of: {', '.join(known)}" if known else "it has none"
                fail(("options", ruleset, option), f"{ruleset} has no option {option!r}, {words}")
    for name, store in topology.datastores.items():
        if store.technology is not None and store.technology not in technologies:
            message = f"no ruleset is about {store.technology!r}{close(store.technology, technologies)}"
            fail(("datastores", name, "technology"), f"{message}; without its facts little is known of it")
    for name, job in (topology.jobs or {}).items():
        if job.technology is not None and job.technology not in {*heads, *technologies}:
            message = f"there is no ruleset {job.technology!r}{close(job.technology, heads)}"
            fail(("jobs", name, "technology"), f"{message}; see promtrim rules list")
    fail.tell()
