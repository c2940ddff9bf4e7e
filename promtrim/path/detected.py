"""A topology as it was read off, for a person to look at: what it says, what it was read from, what to know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from promtrim.path.ground import Ground, survey
from promtrim.rulefile.model import Problem
from promtrim.stack.sources import Sources, find_sources
from promtrim.topology.merge import with_sources
from promtrim.topology.model import Topology

if TYPE_CHECKING:
    from promtrim.knowledge.model import Ruleset


class Detected(msgspec.Struct, frozen=True):
    """What ``promtrim topology`` shows."""

    topology: Topology
    problems: tuple[Problem, ...] = ()
    """What could not be read, what contradicts itself, what was chosen and left out."""
    read: tuple[str, ...] = ()
    """Files, folders and addresses that it was read from."""


def detected(folder: str | None, named: Sources | None, stated: Topology | None, heads: Mapping[str, Ruleset]) -> Detected:
    """Read a topology off what is there.

    Args:
        folder: looked through for sources.
        named: sources that count instead of those of their kind in the folder.
        stated: what a person wrote; it corrects what is read.

    Raises:
        InputError: something that was named cannot be read.
    """
    if folder is None:
        assert named is not None
        sources = named
    else:
        sources = find_sources(folder, named)
    ground = survey(sources, heads)
    topology, problems = with_sources(ground.detection.topology, stated)
    read = _read(sources, ground)
    if not read:
        said = "nothing that can be read says what is deployed: name manifests, compose files or configurations"
        problems.append(Problem("nothing-found", said, folder or ""))
    return Detected(topology, (*ground.problems, *problems), read)


def _read(sources: Sources, ground: Ground) -> tuple[str, ...]:
    detection = ground.detection
    files = [
        *sources.kubernetes,
        *(file for stack in detection.stacks for file in stack.files),
        *(each.url for each in detection.live),
        *(config.file for config in detection.prometheus if not any(config is each.config for each in detection.live)),
        *(config.file for config in ground.alertmanagers),
    ]
    return tuple(dict.fromkeys(files))
