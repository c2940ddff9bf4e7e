"""What a container is, by its image and ports: an exporter, or a technology that rulesets know.

Knows no names itself: they stand in the rulesets' ``detect`` blocks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from promtrim.stack.containers import Container
from promtrim.stack.kustomize.transform import split_image

if TYPE_CHECKING:
    from promtrim.knowledge.model import Ruleset

STORES = frozenset({"datastore", "cache", "broker"})
"""Kinds of rulesets whose technology is a datastore in a topology."""

ADD_ONS = frozenset({"node", "cluster", "volume", "network", "cloud", "hardware"})
"""Kinds that come with the machine or the cluster: manifests need not show them."""


CONTROL_PLANE_STORES = frozenset({"etcd"})
"""Datastores that Kubernetes itself runs: manifests of applications need not show them either."""


class Identity(msgspec.Struct, frozen=True):
    """What a container is."""

    exporters: tuple[str, ...] = ()
    """Rulesets whose metrics it serves itself, by its image."""
    technology: str | None = None
    """What it runs, where it is not an exporter of something else."""
    kind: str | None = None
    """The kind of that technology's ruleset."""


class Recogniser:
    """Answers by data: the heads of all rulesets."""

    def __init__(self, heads: Mapping[str, Ruleset]) -> None:
        self.heads = heads
        self._exporters: dict[str, list[str]] = {}
        self._technologies: dict[str, list[str]] = {}
        self._relays: dict[str, list[str]] = {}
        self._pushes: dict[str, list[str]] = {}
        for ruleset, head in heads.items():
            for image in dict.fromkeys(map(_bare, head.detect.images)):
                self._exporters.setdefault(image, []).append(ruleset)
            for image in dict.fromkeys(map(_bare, (*head.detect.relay_images, *head.detect.push_images))):
                self._relays.setdefault(image, []).append(ruleset)
            for image in dict.fromkeys(map(_bare, head.detect.push_images)):
                self._pushes.setdefault(image, []).append(ruleset)
            for image in dict.fromkeys(map(_bare, head.detect.technology_images)):
                self._technologies.setdefault(image, []).append(ruleset)

    def container(self, container: Container) -> Identity:
        """What a container's image says; nothing where no ruleset knows the image."""
        return self.image(container.image)

    def image(self, image: str) -> Identity:
        """As :meth:`container`, of an image alone."""
        name = _bare(split_image(image)[0])
        exporters = tuple(_look_up(self._exporters, name))
        technologies = _look_up(self._technologies, name)
        if technologies:
            head = self.heads[technologies[0]]
            return Identity(exporters, head.technology, head.kind)
        if exporters:
            # An image of its own that exports: the program itself (Grafana, Traefik), or an exporter of another.
            others = {self.heads[each].technology for each in exporters}
            head = self.heads[exporters[0]]
            watched = any(
                each.technology in others and each.detect.technology_images and each.ruleset not in exporters
                for each in self.heads.values()
            )
            own = not head.detect.technology_images and not watched
            return Identity(exporters, head.technology if own else None, head.kind if own else None)
        return Identity()

    def at_run_time(self, technology: str | None) -> frozenset[str]:
        """What commands set up in a technology while it runs, so that no manifest shows it."""
        heads = self.heads.values()
        return frozenset(what for head in heads if head.technology == technology for what in head.detect.at_run_time)

    def relays(self, container: Container) -> bool:
        """Whether a container passes on series of others: it may export anything."""
        return bool(_look_up(self._relays, _bare(split_image(container.image)[0])))

    def takes_pushes(self, container: Container) -> bool:
        """Whether what it passes on is what applications push of their own, and nothing that an exporter measures."""
        return bool(_look_up(self._pushes, _bare(split_image(container.image)[0])))

    def speaks_prometheus(self, container: Container, port: int) -> bool | None:
        """Whether a port serves metrics: what the image's ruleset says; None where that is not known."""
        name = _bare(split_image(container.image)[0])
        exporters = _look_up(self._exporters, name)
        if any(port in self.heads[each].detect.ports for each in exporters):
            return True
        for each in (*exporters, *_look_up(self._technologies, name)):
            detect = self.heads[each].detect
            if port in detect.technology_ports and port not in detect.ports:
                return False
        return None

    def by_job(self, job: str) -> list[str]:
        """Rulesets whose usual job names fit; a hint, never a proof."""
        return [
            ruleset
            for ruleset, head in self.heads.items()
            if any(re.fullmatch(pattern, job) for pattern in head.detect.jobs)
        ]


def _look_up(table: dict[str, list[str]], name: str) -> list[str]:
    """By the whole name without its registry; mirrors put other folders before it, so then by its last parts.

    By its very last part only where that is enough: an official image (``redis``), or one that says what it is
    (``some-exporter``).
    """
    if name in table:
        return table[name]
    parts = name.split("/")
    found = table.get("/".join(parts[-2:]), []) if len(parts) > 2 else []
    if found or len(parts) == 1:
        return found
    if parts[-1] in table:
        return table[parts[-1]]
    if parts[-1].endswith("exporter"):
        return next((each for key, each in table.items() if key.rpartition("/")[2] == parts[-1]), [])
    return []


def _bare(image: str) -> str:
    """An image's name without registry and without Docker Hub's ``library/``."""
    head, slash, rest = image.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost"):
        image = rest
    return image.removeprefix("library/").lower()
