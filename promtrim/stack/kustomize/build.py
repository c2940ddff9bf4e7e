"""A folder with a kustomization to the resources that it deploys, and what keeps kustomize from building it.

What is missing or broken is a named problem, and the rest is built: a person wants to know about the rest too.
Not carried out, and named: remote resources, Helm charts, plugins, replacements, vars. Generated names get no hash.
"""

from __future__ import annotations

import os
import re
from typing import Any

import msgspec

from promtrim.errors import InputError
from promtrim.rulefile.model import Problem
from promtrim.stack.kustomize.generate import generate
from promtrim.stack.kustomize.patch import PatchError, json_patch, knows_merge_keys, strategic_merge
from promtrim.stack.kustomize.transform import (
    add_annotations,
    add_labels,
    rename,
    set_image,
    set_namespace,
    set_replicas,
)
from promtrim.stack.manifests import (
    Resource,
    items,
    parse_manifests,
    problem,
    problem_of,
    read_manifests,
    text,
    texts,
)
from promtrim.yamltext import read_source
from promtrim.yamltext.located import Place, YamlList, YamlMap, read_all

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MAX_DEPTH = 32
MAX_BYTES = 4 << 20

_NOT_DONE = {
    "helmCharts": "renders Helm charts", "helmChartInflationGenerator": "renders Helm charts",
    "generators": "runs generator plugins", "transformers": "runs transformer plugins",
    "replacements": "makes replacements", "vars": "expands vars",
}  # fmt: skip


class Build(msgspec.Struct):
    """What a kustomization deploys."""

    folder: str
    resources: list[Resource]
    problems: list[Problem]
    folders: list[str]
    """Every folder that it is made of, its own first."""
    patches: list[str]
    """Every file that it patches with."""


def kustomization_in(folder: str) -> str | None:
    """The path of a folder's kustomization, or None."""
    for name in NAMES:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    return None


def build(folder: str) -> Build:
    """Build the kustomization in a folder.

    Raises:
        InputError: there is none, or it cannot be read at all. What it names may be missing or broken: that is
            among the problems.
    """
    problems: list[Problem] = []
    result = Build(folder, [], problems, [], [])
    result.resources = _Kustomization(folder, result, ()).build([])
    return result


class _Kustomization:
    """One kustomization while it is built; components share the resources of the one that includes them."""

    def __init__(self, folder: str, result: Build, above: tuple[str, ...]) -> None:
        path = kustomization_in(folder)
        if path is None:
            raise InputError(f"there is no kustomization here, add one of: {', '.join(NAMES)}", folder)
        documents = read_all(read_source(path, MAX_BYTES).text, path)
        if len(documents) != 1 or not isinstance(documents[0][1], YamlMap):
            raise InputError("a kustomization is one mapping (resources: ...)", path, 1, 1)
        self.folder = folder
        self.path = path
        self.data: YamlMap = documents[0][1]
        self._result = result
        self._problems = result.problems
        self._above = (*above, os.path.realpath(folder))
        result.folders.append(folder)

    def build(self, resources: list[Resource]) -> list[Resource]:
        """Its resources, added to those of the kustomization that includes it as a component."""
        for entry, place in (*self._list("resources"), *self._list("bases")):
            resources += self._resource(text(entry), place)
        generate(self.data, self.folder, resources, self._problems)
        for entry, place in self._list("components"):
            resources = self._component(text(entry), place, resources)
        for key, what in _NOT_DONE.items():
            if self.data.get(key):
                said = f"it {what}, which is not done here: build it with kustomize and read its output"
                self._problems.append(problem("kustomize-skipped", said, self.data.at(key)))
        self._patch(resources)
        self._transform(resources)
        return resources

    def _list(self, key: str) -> list[tuple[Any, Place]]:
        found = self.data.get(key)
        if isinstance(found, YamlList):
            return [(each, found.at(index)) for index, each in enumerate(found)]
        return []

    def _report(self, code: str, said: str, place: Place) -> None:
        self._problems.append(problem(code, said, place))

    def _resource(self, entry: str, place: Place) -> list[Resource]:
        path = os.path.normpath(os.path.join(self.folder, entry))
        if os.path.isdir(path):
            inner = self._inner(path, place)
            return inner.build([]) if inner else []
        if os.path.isfile(path):
            try:
                found, problems = read_manifests(path)
            except InputError as error:
                self._problems.append(problem_of(error))
                return []
            self._problems.extend(problems)
            return [each for each in found if each.kind not in ("Kustomization", "Component")]
        if _is_remote(entry):
            self._report("kustomize-remote", f"{entry} is not on this machine: what it deploys is not known", place)
        else:
            said = f"{entry} does not exist: kustomize cannot build this, the rest is read without it"
            self._report("kustomize-missing", said, place)
        return []

    def _component(self, entry: str, place: Place, resources: list[Resource]) -> list[Resource]:
        path = os.path.normpath(os.path.join(self.folder, entry))
        if not os.path.isdir(path):
            code = "kustomize-remote" if _is_remote(entry) else "kustomize-missing"
            self._report(code, f"the component {entry} is not here: it is left out", place)
            return resources
        inner = self._inner(path, place)
        return inner.build(resources) if inner else resources

    def _inner(self, folder: str, place: Place) -> _Kustomization | None:
        if os.path.realpath(folder) in self._above or len(self._above) > MAX_DEPTH:
            self._report("kustomize-circle", f"{folder} includes itself: kustomize refuses this", place)
            return None
        try:
            return _Kustomization(folder, self._result, self._above)
        except InputError as error:
            if kustomization_in(folder):
                self._problems.append(problem_of(error))
            else:
                self._report("kustomize-missing", f"{folder} holds no kustomization: it is left out", place)
            return None

    def _patch(self, resources: list[Resource]) -> None:
        for entry, place in self._list("patchesStrategicMerge"):
            for patch in self._patch_documents(text(entry), place, inline="\n" in text(entry)):
                self._apply(patch, None, resources, place)
        self._targeted("patches", resources)

    def _targeted(self, key: str, resources: list[Resource]) -> None:
        """Patches that stand with their target."""
        for entry, place in self._list(key):
            if not isinstance(entry, YamlMap):
                continue
            inline = "patch" in entry
            source = text(entry.get("patch") if inline else entry.get("path"))
            target = entry.get("target")
            for patch in self._patch_documents(source, entry.at("patch") if inline else place, inline):
                self._apply(patch, target if isinstance(target, YamlMap) else None, resources, place)

    def _patch_documents(self, source: str, place: Place, inline: bool) -> list[Any]:
        """A patch's documents, from a file or from the kustomization itself, with places in the file."""
        try:
            if inline:
                # Blank lines before it give what stands in a block scalar the line numbers of the file.
                before = place.line if "\n" in source.rstrip("\n") else place.line - 1
                return [value for _, value in read_all("\n" * before + source, self.path)]
            path = os.path.normpath(os.path.join(self.folder, source))
            if not os.path.isfile(path):
                self._report("kustomize-missing", f"the patch {source} does not exist: it is left out", place)
                return []
            self._result.patches.append(path)
            return [value for _, value in read_all(read_source(path, MAX_BYTES).text, path)]
        except InputError as error:
            self._problems.append(problem_of(error))
            return []

    def _apply(self, patch: Any, target: YamlMap | None, resources: list[Resource], place: Place) -> None:
        if isinstance(patch, YamlList):
            if target is None:
                self._report("kustomize-patch", "a JSON patch needs a target: it is left out", place)
                return
        elif not isinstance(patch, YamlMap):
            self._report("kustomize-patch", "a patch is a mapping, or a list of operations: it is left out", place)
            return
        wanted = target if target is not None else _own_target(patch)
        found = [each for each in resources if _matches(each, wanted, exact=target is None)]
        if not found:
            said = f"this patch is for {_named(wanted)}, and there is none: it changes nothing"
            self._report("kustomize-no-target", said, place)
        for resource in found:
            try:
                self._apply_to(resource, patch, resources)
            except PatchError as error:
                self._report("kustomize-patch", f"the patch does not fit {resource}: {error}", place)

    @staticmethod
    def _apply_to(resource: Resource, patch: Any, resources: list[Resource]) -> None:
        if isinstance(patch, YamlList):
            json_patch(resource.data, patch)
            return
        if patch.get("$patch") == "delete":
            resources.remove(resource)
            return
        name, kind = resource.name, resource.kind
        strategic_merge(resource.data, patch, knows_merge_keys(resource.group))
        # A patch may not rename what it is for, unless it says so; kustomize keeps the name.
        resource.metadata.put("name", name, resource.metadata.at("name"))
        resource.data["kind"] = kind

    def _transform(self, resources: list[Resource]) -> None:
        data = self.data
        if namespace := text(data.get("namespace")):
            set_namespace(resources, namespace, data.at("namespace"))
        prefix, suffix = text(data.get("namePrefix")), text(data.get("nameSuffix"))
        if prefix or suffix:
            rename(resources, prefix, suffix)
        if common := texts(data.get("commonLabels")):
            add_labels(resources, common, data.at("commonLabels"), selectors=True, templates=True)
        for entry, place in self._list("labels"):
            if isinstance(entry, YamlMap):
                selectors = entry.get("includeSelectors") is True
                templates = entry.get("includeTemplates") is True
                add_labels(resources, texts(entry.get("pairs")), place, selectors, templates)
        if annotations := texts(data.get("commonAnnotations")):
            add_annotations(resources, annotations, data.at("commonAnnotations"))
        # This older form comes after the names have changed (kustomize's order of built-in transformers).
        self._targeted("patchesJson6902", resources)
        for entry, place in self._list("replicas"):
            if isinstance(entry, YamlMap):
                changed = set_replicas(resources, text(entry.get("name")), entry.get("count"), entry.at("count"))
                if not changed:
                    said = f"replicas are set for {text(entry.get('name'))!r}, and there is no such workload"
                    self._report("kustomize-no-target", said, place)
        for entry, _ in self._list("images"):
            if isinstance(entry, YamlMap):
                set_image(resources, entry)


def _is_remote(entry: str) -> bool:
    return "://" in entry or "?ref=" in entry or entry.startswith(("github.com/", "git@"))


def _own_target(patch: YamlMap) -> YamlMap:
    """What a strategic-merge patch says itself that it is for."""
    wanted = YamlMap(patch.place)
    metadata = patch.get("metadata")
    if isinstance(metadata, YamlMap):
        for key in ("name", "namespace"):
            if key in metadata:
                wanted.put(key, metadata[key], metadata.at(key))
    if "kind" in patch:
        wanted.put("kind", patch["kind"], patch.at("kind"))
    return wanted


def _matches(resource: Resource, target: YamlMap, exact: bool) -> bool:
    """Whether a target's regular expressions and selectors fit, as kustomize anchors them."""

    def fits(key: str, *values: str) -> bool:
        pattern = text(target.get(key))
        if not pattern:
            return True
        if exact or not _is_regex(pattern):
            return pattern in values
        return any(re.fullmatch(pattern, value) for value in values)

    if not (fits("name", resource.name, resource.first_name) and fits("kind", resource.kind)):
        return False
    if not (fits("group", resource.group) and fits("version", resource.version)):
        return False
    # Patches are applied before the namespace is set, so a patch's own namespace need not be there yet.
    if not exact and not fits("namespace", resource.namespace):
        return False
    return _selected(text(target.get("labelSelector")), resource.labels) and _selected(
        text(target.get("annotationSelector")), resource.annotations
    )


def _is_regex(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _selected(selector: str, labels: dict[str, str]) -> bool:
    """Equality and existence; set-based terms are taken as fitting."""
    for term in filter(None, (part.strip() for part in selector.split(","))):
        if match := re.fullmatch(r"([^!=\s]+)\s*(!=|==?)\s*(\S*)", term):
            key, operator, value = match.groups()
            if (labels.get(key) == value) is (operator == "!="):
                return False
        elif term.startswith("!"):
            if term[1:].strip() in labels:
                return False
        elif re.fullmatch(r"[^!=\s()]+", term) and term not in labels:
            return False
    return True


def _named(target: YamlMap) -> str:
    words = [text(target.get("kind")) or "any kind", text(target.get("name"))]
    if selector := text(target.get("labelSelector")):
        words.append(f"with {selector}")
    return " ".join(filter(None, words))


def not_deployed(result: Build) -> list[tuple[str, list[Resource]]]:
    """Manifests that lie in the folders of a build and that no kustomization names, with what they hold."""
    named = {os.path.realpath(path) for path in (*result.patches, *(each.place.file for each in result.resources))}
    found = []
    for folder in result.folders:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if not name.endswith((".yaml", ".yml")) or name in NAMES or os.path.realpath(path) in named:
                continue
            try:
                resources, _ = parse_manifests(read_source(path, MAX_BYTES).text, path)
            except InputError:
                continue
            if resources:
                found.append((path, resources))
    return found


__all__ = ["Build", "build", "items", "kustomization_in", "not_deployed"]
