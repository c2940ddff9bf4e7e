"""Finds the rule groups of a document, whatever wraps them: rule file, resource, ConfigMap, Helm values.

What a group holds does not belong here.
"""

from __future__ import annotations

import re

from promtrim.errors import InputError
from promtrim.rulefile.groups import Sink, read_groups
from promtrim.rulefile.layout import Path, Space
from promtrim.rulefile.model import Container
from promtrim.yamltext import Mapping, Node, Scalar, Sequence, compose, duplicate_key, entries, get, is_null, resolve
from promtrim.yamltext.plain import scalar_value

RULE_KINDS = frozenset(("PrometheusRule", "VMRule"))
TEXT_FIELDS = {"ConfigMap": "data", "Secret": "stringData"}
_GROUPS = re.compile(r"""^[ \t{]*["']?groups["']?[ \t]*:""", re.MULTILINE)


def read_document(node: Node, index: int, space: Space, sink: Sink) -> Container:
    """Read the rules of one YAML document into the sink; says what wrapped them.

    Args:
        index: which document of the stream it is; Prometheus loads the first of a plain file only.
    """
    root = resolve(node)
    if isinstance(root, Sequence):
        if any(_is_rule(each) or get(each, "rules") is not None for each in root.content):
            sink.error(space, node, "a rule file is no list: put 'groups:' above it")
        return "none"
    if not isinstance(root, Mapping):
        return "none"
    kind = get(root, "kind")
    if isinstance(kind, Scalar) and kind.value and get(root, "apiVersion") is not None:
        return _resource(root, kind.value, (index,), space, sink)
    fields = entries(root)
    if "groups" in fields and (twice := duplicate_key(root)) is not None:
        sink.error(space, twice, f"the key {twice.value!r} stands twice in this file: keep one")
    if "groups" in fields and "apiVersion" not in fields:  # Grafana's own rule files have both
        before = len(sink.rules)
        read_groups(fields["groups"], space, sink, (index, "groups"), loaded=index == 0)
        if index and len(sink.rules) > before:
            text = "Prometheus reads only the first YAML document of a file, and never loads these rules"
            sink.problem(space, fields["groups"][0], "second-document", text)
        return "rule-file"
    found = [_values(root, (index,), space, sink)]
    found += [
        _values(below, (index, key), space, sink)  # an umbrella chart holds its subcharts' values below their names
        for key, (_, value) in fields.items()
        if isinstance(below := resolve(value), Mapping)
    ]
    if any(found):
        return "values"
    rules = get(root, "rules")
    if isinstance(rules, Sequence) and any(_is_rule(each) for each in rules.content):
        sink.error(space, rules, "these rules are in no group: put them below 'groups:' and '- name:'")
    return "none"


def is_prometheus_config(node: Node | None) -> bool:
    """Whether a document is a ``prometheus.yml``."""
    return any(get(node, key) is not None for key in ("rule_files", "scrape_configs"))


def _is_rule(node: Node) -> bool:
    return get(node, "expr") is not None and (get(node, "alert") is not None or get(node, "record") is not None)


def _resource(root: Mapping, kind: str, path: Path, space: Space, sink: Sink) -> Container:
    if kind in RULE_KINDS:
        spec = get(root, "spec")
        if isinstance(spec, Mapping) and (groups := entries(spec).get("groups")) is not None:
            read_groups(groups, space, sink, (*path, "spec", "groups"))
        elif spec is not None and not isinstance(spec, Mapping) and not is_null(spec):
            sink.error(space, spec, "spec must be a mapping with 'groups:'")
        return "prometheus-rule"
    if kind == "List" or (kind.endswith("List") and kind[: -len("List")] in RULE_KINDS | TEXT_FIELDS.keys()):
        items = get(root, "items")
        found: list[Container] = []
        for number, each in enumerate(items.content if isinstance(items, Sequence) else ()):
            item = resolve(each)
            inner = get(item, "kind")
            name = inner.value if isinstance(inner, Scalar) else kind.removesuffix("List")
            if isinstance(item, Mapping) and name != "List":
                found.append(_resource(item, name, (*path, "items", number), space, sink))
        return next((each for each in found if each != "none"), "none")
    if kind in TEXT_FIELDS:
        data = get(root, TEXT_FIELDS[kind])
        found_text = False
        for key, (_, value) in entries(data).items() if isinstance(data, Mapping) else ():
            scalar = resolve(value)
            if isinstance(scalar, Scalar) and _GROUPS.search(scalar.value):
                found_text |= _text(scalar, (*path, TEXT_FIELDS[kind], key), space, sink)
        return "config-map" if found_text else "none"
    return "none"


def _text(scalar: Scalar, path: Path, space: Space, sink: Sink) -> bool:
    """A rule file as text inside a scalar."""
    inner = Space(scalar.value, space.file, space, scalar, path)
    try:
        documents = compose(scalar.value, space.file)
    except InputError as error:
        if error.line:
            place = inner.position(inner.lines.start(error.line) + error.column - 1)
            error = InputError(error.message, error.file, place.line, place.column)
        sink.errors.append(error)
        return True
    found = False
    for index, document in enumerate(documents):
        if document is not None and get(document, "groups") is not None and get(document, "apiVersion") is None:
            container = read_document(document, index, inner, sink)
            found |= container == "rule-file"
    return found


def _values(root: Mapping, path: Path, space: Space, sink: Sink) -> bool:
    """The rules of kube-prometheus-stack's and the prometheus chart's values."""
    found = False
    for name in ("additionalPrometheusRulesMap", "serverFiles", "ruleFiles"):
        listed = get(root, name)
        for key, (_, value) in entries(listed).items() if isinstance(listed, Mapping) else ():
            inner = resolve(value)
            if isinstance(inner, Mapping) and (groups := entries(inner).get("groups")) is not None:
                read_groups(groups, space, sink, (*path, name, key, "groups"))
                found = True
            elif isinstance(inner, Scalar) and _GROUPS.search(inner.value) and isinstance(scalar_value(inner), str):
                found |= _text(inner, (*path, name, key), space, sink)
    several = get(root, "additionalPrometheusRules")
    for number, each in enumerate(several.content if isinstance(several, Sequence) else ()):
        item = resolve(each)
        if isinstance(item, Mapping) and (groups := entries(item).get("groups")) is not None:
            read_groups(groups, space, sink, (*path, "additionalPrometheusRules", number, "groups"))
            found = True
    return found
