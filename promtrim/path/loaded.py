"""Which rules Prometheus loads: ``rule_files`` patterns against where the files really stand for it.

A rule is called not loaded only where configuration, mounts and image are all known; every doubt keeps it.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence

import msgspec

from promtrim.detect.resolve import PLACEHOLDER, Surroundings
from promtrim.path.config_maps import key_of, renamed, seen_as, selected
from promtrim.path.ground import Ground
from promtrim.path.images import built_paths, not_built_in
from promtrim.path.model import Mark, Said, said
from promtrim.path.mounts import (
    PROMETHEUS_CONFIG,
    config_path,
    host_files,
    matches,
    unknown_mount,
)
from promtrim.path.running import Running, is_running
from promtrim.rulefile.model import Document, Rule
from promtrim.stack.compose import Service
from promtrim.stack.containers import Container, Mount, mounted_as
from promtrim.stack.kubernetes import PodSet
from promtrim.stack.manifests import Resource
from promtrim.stack.prometheus_config import Pattern, PrometheusConfig
from promtrim.yamltext.located import YamlMap


class Home(msgspec.Struct, frozen=True):
    """A container in which Prometheus runs."""

    container: Container
    pods: PodSet | None
    """The pods that it is part of, in a cluster."""
    other: bool = False
    """Whether it is no Prometheus, but reads its configuration."""


class Loading:
    """Answers for each rule of some documents whether Prometheus loads it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._running = Running(ground)
        self._of_rule: dict[tuple[str, str], dict[str, list[Said]]] = {}
        self.stopped = stopped(ground)
        """Why no Prometheus starts, where none does."""

    def of(self, document: Document, rule: Rule) -> Said:
        """Whether a rule is loaded, and why."""
        if not rule.loaded:
            return said("broken", "it stands in the file's second YAML document, which Prometheus does not read")
        now = self._running.of(rule)
        if now is not None and now.mark == "ok":
            return now
        if self.stopped is not None:
            return self.stopped
        answers = [answer for each in self._answers(document, rule).values() for answer in each]
        for mark in ("ok", "open"):
            for answer in answers:
                if answer.mark == mark:
                    return now if mark == "open" and now is not None else answer
        return answers[0]

    def servers(self, document: Document, rule: Rule) -> frozenset[str]:
        """The configurations, or the operator's resources, by which a rule is certainly loaded."""
        if not rule.loaded:
            return frozenset()
        now = self._running.servers(rule)
        if self.stopped is not None:
            return now
        found = self._answers(document, rule)
        return now | {server for server, answers in found.items() if any(each.mark == "ok" for each in answers)}

    def _answers(self, document: Document, rule: Rule) -> dict[str, list[Said]]:
        held = next(self._held(document, rule), None)
        own = self._resource_of(document, rule) if document.container == "prometheus-rule" else None
        key = (document.file, held[1] if held else str(own.place) if own else "")
        if key not in self._of_rule:
            self._of_rule[key] = self._work_out(document, rule, own)
        return self._of_rule[key]

    def _work_out(self, document: Document, rule: Rule, own: Resource | None) -> dict[str, list[Said]]:
        """What each server that may load it says of a rule."""
        if document.container == "prometheus-rule":
            return self._by_operator(own)
        if document.container not in ("rule-file", "config-map"):
            return {"": [said("open", "how these rules reach Prometheus is not known")]}
        detection = self._ground.detection
        if all(is_running(self._ground, config) for config in detection.prometheus):
            return {"": [said("open", "no prometheus.yml is known")]}
        answers: dict[str, list[Said]] = {}
        for config, around in zip(detection.prometheus, detection.surroundings, strict=True):
            if is_running(self._ground, config):
                continue  # it tells itself what it has loaded
            for home in self._homes(config, around):
                server = str(config.place) if home is None else f"{config.place} in {home.container.place}"
                answers.setdefault(server, []).append(self._by_config(document, rule, config, home))
        for each in self._elsewhere(document, rule):
            answers.setdefault(str(each.line), []).append(each)
        return answers

    def _elsewhere(self, document: Document, rule: Rule) -> Iterator[Said]:
        """Other programs that have the rules before them: an evaluator beside Prometheus, say."""
        held = list(self._held(document, rule))
        for known in self._ground.detection.known:
            for container in known.unit.containers if known.role not in ("prometheus", "alertmanager") else ():
                there = list(mounted_as(container, document.file)) if document.container == "rule-file" else []
                there += [(path, mount) for path, _, mount in seen_as(held, container)]
                for path, mount in there:
                    if container.build is not None or not _meant(mount, document.file):
                        continue  # a project's own program that sees the whole repository
                    named = any(matches(path, word.partition("=")[2] or word) for word in container.command if "/" in word)
                    mark: Mark = "ok" if named else "open"
                    said_of = "is told to read" if named else "mounts"
                    yield said(mark, f"{container.name} {said_of} it as {path}", container.place)

    def _homes(self, config: PrometheusConfig, around: Surroundings) -> list[Home | None]:
        """Every Prometheus that may read a configuration: two may mount one file, with other files beside it."""
        found: list[Home | None] = []
        units = self._ground.units("prometheus")
        for unit in units:
            home = _home(unit.origin, unit.containers, around)
            mounted = home is not None and any(True for _ in mounted_as(home.container, config.file))
            if home is not None and not _other_config(home.container, config) and (mounted or unit.origin is around.home):
                found.append(home)
        if not found and isinstance(around.home, Service):
            # Built here, so that no image tells what it is; or another program.
            container = around.home.container
            found.append(Home(container, None, container.build is None))
        return found or [None]

    def _by_config(self, document: Document, rule: Rule, config: PrometheusConfig, place: Home | None) -> Said:
        if not config.rule_files:
            if place is not None and place.other:
                text = f"{place.container.name} evaluates no rules: who does is not known"
                return said("open", text, place.container.place)
            return said("broken", f"{config.file} names no rule_files", config.place)
        for named in config.rule_files:
            if PLACEHOLDER.search(named.text):
                return said("open", f"{named.text} is filled in by something that is not known here", named.place)
        if place is None:
            return _on_this_machine(document, config)
        home = place.container
        inside = config_path(home, PROMETHEUS_CONFIG)
        for path, _ in mounted_as(home, config.file):
            inside = path
        folder = posixpath.dirname(inside) or "/prometheus"
        patterns = [(posixpath.join(folder, each.text), each) for each in config.rule_files]
        there = list(mounted_as(home, document.file)) if document.container == "rule-file" else []
        there += [(path, mount) for path, _, mount in self._in_pod(document, rule, home)]
        for path, mount in there:
            for pattern, named in patterns:
                if matches(path, pattern):
                    return said("ok", f"{named.text} finds it as {path} (mounted at {mount.place})", named.place)
        for path in built_paths(home, document.file):
            for pattern, named in patterns:
                if matches(path, pattern):
                    return said("ok", f"{named.text} finds it as {path} in the image", named.place)
        if document.container == "config-map" and not any(self._held(document, rule)):
            return said("open", "the ConfigMap that holds it is not among what is deployed")
        if (doubt := self._doubt(document, place, patterns)) is not None:
            return doubt
        return _not_there(document, home, config, there)

    def _doubt(self, document: Document, place: Home, patterns: list[tuple[str, Pattern]]) -> Said | None:
        """Why the file may be loaded although no mount that is known puts it where a pattern looks."""
        home = place.container
        custom = home.build is None and "prometheus" not in home.image
        if custom or any("$" in word for word in home.command):
            return said("open", f"what the image {home.image or 'built here'} holds is not known", home.image_place)
        for pattern, named in patterns:
            if mount := unknown_mount(home, pattern, hosts=place.pods is None):
                return said("open", f"what {mount.source or mount.target} holds is not known", mount.place or home.place)
            if mount := self._unknown_config_map(place):
                return said("open", f"what {mount.source} holds is not known", mount.place or home.place)
            if any(_same_text(path, document.text) for path in _found_by(home, pattern)):
                return said("ok", f"{named.text} finds a copy of it", named.place)
        if home.build is not None:
            unknown = said("open", f"what the image of {home.name} holds is not known", home.image_place)
            return not_built_in(home, document.file) or unknown
        return None

    def _in_pod(self, document: Document, rule: Rule, home: Container) -> Iterator[tuple[str, str, Mount]]:
        """Where a ConfigMap's key that holds the rule stands in Prometheus' pod."""
        return seen_as(self._held(document, rule), home)

    def _held(self, document: Document, rule: Rule) -> Iterator[tuple[Resource, str]]:
        """ConfigMaps that hold a rule, with the key: written there, or made from the file."""
        cluster = self._ground.detection.cluster
        for resource in cluster.of_kind("ConfigMap") if cluster else ():
            data = resource.data.get("data")
            if not isinstance(data, YamlMap):
                continue
            if document.container == "config-map":
                key = key_of(resource, data, document, rule)
                if key:
                    yield resource, key
            else:
                for key, value in data.items():
                    if _same_file(data.at(key).file, document.file) or value == document.text:
                        yield resource, key

    def _unknown_config_map(self, home: Home) -> Mount | None:
        """A mounted ConfigMap that may hold the file: one that is not here, or whose keys are renamed."""
        cluster = self._ground.detection.cluster
        names = {f"configmap:{each.name}" for each in cluster.of_kind("ConfigMap")} if cluster else set()
        others = renamed(home.pods, cluster) if cluster else set()
        for mount in home.container.mounts:
            if mount.kind == "configmap" and (mount.source not in names or mount.source in others):
                return mount
        return None

    def _resource_of(self, document: Document, rule: Rule) -> Resource | None:
        """The PrometheusRule in which a rule stands."""
        cluster = self._ground.detection.cluster
        found = [
            each
            for each in (cluster.of_kind("PrometheusRule") if cluster else ())
            if _same_file(each.place.file, document.file) and each.place.line <= rule.line
        ]
        return max(found, key=lambda each: each.place.line, default=None)

    def _by_operator(self, own: Resource | None) -> dict[str, list[Said]]:
        cluster = self._ground.detection.cluster
        servers = cluster.of_kind("Prometheus") if cluster else []
        if not servers:
            return {"": [said("open", "an operator loads it, if one runs that selects it")]}
        if own is None:
            return {"": [said("open", "this PrometheusRule is not among what is deployed")]}
        return {str(each.place): [selected(each, own)] for each in servers}


def _meant(mount: Mount, file: str) -> bool:
    """Whether a mount is of the file or its folder, not of all that lies around."""
    return mount.kind == "configmap" or os.path.realpath(mount.source) in (
        os.path.realpath(file), os.path.dirname(os.path.realpath(file)),
    )  # fmt: skip


def all_read(ground: Ground, documents: Sequence[Document]) -> bool:
    """Whether all rules that Prometheus loads are among some documents, so that no others can record anything."""
    read = {os.path.realpath(document.file) for document in documents}
    names = {os.path.basename(document.file) for document in documents}
    names |= {text for document in documents if document.container == "config-map" for text in _keys(document)}
    for config, around in zip(ground.detection.prometheus, ground.detection.surroundings, strict=True):
        container = next(iter(around.home.containers), None) if isinstance(around.home, PodSet) else None
        container = around.home.container if isinstance(around.home, Service) else container
        for named in config.rule_files:
            found = list(_local(os.path.join(os.path.dirname(config.file), named.text)))
            if container is not None:
                inside = config_path(container, PROMETHEUS_CONFIG)
                found += _found_by(container, posixpath.join(posixpath.dirname(inside), named.text))
            if any(os.path.realpath(path) not in read for path in found):
                return False
            if not found and posixpath.basename(named.text) not in names:
                return False
    return True


def _keys(document: Document) -> Iterator[str]:
    """What may be a key of a ConfigMap that holds rules."""
    for line in document.text.splitlines():
        key, colon, rest = line.strip().partition(":")
        if colon and rest.strip().startswith(("|", ">", '"')):
            yield key.strip("\"'")


def stopped(ground: Ground) -> Said | None:
    """Where every Prometheus that is known does not start: why."""
    reasons = [each for each in ground.problems if each.code == "prometheus-cannot-start"]
    if not reasons:
        return None
    broken = {each.file for each in reasons}
    if any(config.file not in broken for config in ground.detection.prometheus):
        return None
    first = reasons[0]
    said_so = "does not start" in first.text
    return Said("broken", first.text if said_so else f"Prometheus does not start: {first.text}", first.file, first.line)


def _home(origin: object, containers: Sequence[Container], around: Surroundings) -> Home | None:
    pods = origin if isinstance(origin, PodSet) else None
    for container in containers:
        if around.recogniser.container(container).technology == "prometheus":
            return Home(container, pods)
    return None


def _other_config(home: Container, config: PrometheusConfig) -> bool:
    """Whether the container reads another file of this machine as its configuration."""
    mounted = host_files(home, config_path(home, PROMETHEUS_CONFIG))
    return any(not _same_file(path, config.file) for path in mounted)


def _on_this_machine(document: Document, config: PrometheusConfig) -> Said:
    """As the configuration reads here, where it is not known in what container it runs."""
    folder = os.path.dirname(config.file)
    elsewhere = []
    for named in config.rule_files:
        found = _local(os.path.join(folder, named.text))
        if any(_same_file(path, document.file) for path in found):
            return said("ok", f"{named.text} finds it", named.place)
        if matches(posixpath.basename(document.file), posixpath.basename(named.text)):
            return said("ok", f"{named.text} names it", named.place)
        if document.followed_from and _same_file(document.followed_from, config.file):
            return said("ok", f"{config.file} leads to it", named.place)
        beside = os.path.join(os.path.dirname(document.file), posixpath.basename(named.text))
        elsewhere.append(bool(found) or bool(_local(beside)))
    first = config.rule_files[0]
    if all(elsewhere):
        return said("broken", f"rule_files of {config.file} finds other files, and not this one", first.place)
    return said("open", f"no pattern of rule_files names {os.path.basename(document.file)}", first.place)


def _local(pattern: str) -> list[str]:
    import glob

    try:
        return [path for path in glob.glob(pattern) if os.path.isfile(path)]
    except ValueError:
        return []


def _not_there(document: Document, home: Container, config: PrometheusConfig, there: Sequence[tuple[str, Mount]]) -> Said:
    first = config.rule_files[0]
    named = ", ".join(each.text for each in config.rule_files[:3])
    if there:
        path, mount = there[0]
        where = mount.place or home.place
        return said("broken", f"no rule_files pattern ({named}, {first.place}) finds it as {path}", where)
    missing = f"no volume of {home.name} ({home.place}) holds it where rule_files looks ({named})"
    return said("broken", missing, first.place)


def _found_by(home: Container, pattern: str) -> Iterator[str]:
    """Files of this machine that a pattern finds in a container."""
    for mount in home.mounts:
        if mount.kind != "host":
            continue
        if os.path.isfile(mount.source):
            if matches(mount.target, pattern):
                yield mount.source
            continue
        for here, _, files in os.walk(mount.source):
            below = os.path.relpath(here, mount.source)
            for name in sorted(files)[:1000]:
                if matches(posixpath.normpath(posixpath.join(mount.target, below, name)), pattern):
                    yield os.path.join(here, name)


def _same_file(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _same_text(path: str, wanted: str) -> bool:
    try:
        with open(path, encoding="utf-8") as handle:
            return handle.read(len(wanted) + 1) == wanted
    except (OSError, UnicodeDecodeError):
        return False
