"""Reduced rules as PrometheusRule manifests for a GitOps repository. No cluster is spoken to.

https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from promtrim.errors import CallError, InputError, OutputError, PromtrimError
from promtrim.push.steps import Outcome, Step
from promtrim.rulefile.flow import text as quoted
from promtrim.rulefile.model import Document
from promtrim.rulefile.reading import read_text
from promtrim.rulefile.verify import fields
from promtrim.rulefile.writing import write_atomically
from promtrim.yamltext import Mapping as YamlMapping
from promtrim.yamltext import compose, entries, resolve

_MARKER = re.compile(r"(?:%[^\r\n]*|---[ \t]*(?:#[^\r\n]*)?|\.\.\.[ \t]*)(?:\r\n|\n|\r|\Z)")


class Manifest(msgspec.Struct, frozen=True):
    """A file to write."""

    path: str
    text: str
    bom: bool = False


def manifests(
    texts: Sequence[tuple[Document, str]], folder: str, namespace: str | None, labels: Mapping[str, str]
) -> list[Manifest]:
    """The manifests of reduced files: resources stay as they are, rule files are wrapped, text unchanged.

    Args:
        texts: each document and its reduced text.
        namespace: of the resources that wrap rule files.
        labels: of these resources: what the operator's ``ruleSelector`` asks for.

    Raises:
        CallError: a document is neither, or two would have one name.
        InputError: a rule file that cannot be wrapped as it stands.
    """
    found: dict[str, Manifest] = {}
    for document, text in texts:
        if document.container in ("none", "logql"):
            continue
        if document.container == "values":
            raise CallError(f"{document.file} holds Helm values: promtrim reduce --in-place cuts them where they are")
        base = "stdin.yml" if document.file == "-" else os.path.basename(document.file)
        stem = os.path.splitext(base)[0]
        path = os.path.join(folder, f"{stem}.yaml" if document.container == "rule-file" else base)
        if path in found:
            raise CallError(f"two files are named {base}, and both would become {path}: push them apart")
        wrapped = _wrapped(document, text, _name(stem), namespace, labels) if document.container == "rule-file" else text
        found[path] = Manifest(path, wrapped, document.bom and document.container != "rule-file")
    return list(found.values())


def _name(stem: str) -> str:
    """A resource's name (RFC 1123)."""
    name = re.sub(r"[^a-z0-9.-]+", "-", stem.lower())[:200].strip("-.")
    return name or "rules"


def _wrapped(document: Document, text: str, name: str, namespace: str | None, labels: Mapping[str, str]) -> str:
    """The rule file's own lines below ``spec:``, each two columns further right; nothing else changes."""
    roots = [root for root in compose(text, document.file) if root is not None]
    if len(roots) != 1:
        raise InputError("has several YAML documents, and Prometheus reads the first alone: split it", document.file)
    root = resolve(roots[0])
    if not isinstance(root, YamlMapping) or set(entries(root)) != {"groups"} or root.flow:
        raise InputError("holds more than groups:, or in braces: a PrometheusRule has no place for that", document.file)
    line_end = "\r\n" if "\r\n" in text else "\n"
    while match := _MARKER.match(text):
        text = text[match.end() :]
    head = ["apiVersion: monitoring.coreos.com/v1", "kind: PrometheusRule", "metadata:", f"  name: {quoted(name)}"]
    head += [f"  namespace: {quoted(namespace)}"] if namespace else []
    head += ["  labels:", *(f"    {quoted(key)}: {quoted(value)}" for key, value in labels.items())] if labels else []
    body = [f"  {line}" if line.strip() else line for line in text.splitlines(keepends=True)]
    result = line_end.join([*head, "spec:", ""]) + "".join(body)
    _verify(document, text, result)
    return result


def _verify(document: Document, text: str, result: str) -> None:
    """The manifest must hold exactly the rules of the reduced file."""
    try:
        before, after = read_text(text, document.file), read_text(result, document.file)
    except PromtrimError as error:
        raise InputError(f"cannot be wrapped as it stands ({error}): write it as a PrometheusRule", document.file) from None
    wrong = [fields(rule) for rule in before.rules] != [fields(rule) for rule in after.rules]
    if wrong or after.container != "prometheus-rule":
        raise InputError("cannot be wrapped as it stands: write it as a PrometheusRule", document.file)


def steps(those: Sequence[Manifest]) -> Iterator[tuple[Manifest, Step]]:
    """What is to be written."""
    for each in those:
        data = (b"\xef\xbb\xbf" if each.bom else b"") + each.text.encode()
        try:
            with open(each.path, "rb") as stream:
                same = stream.read(len(data) + 1) == data
            yield each, Step("same" if same else "todo", each.path if same else f"change {each.path}")
        except FileNotFoundError:
            yield each, Step("todo", f"write {each.path}")
        except OSError as error:
            raise OutputError(f"cannot be read ({error.strerror}), check its permissions", each.path) from None


def carry_out(planned: Sequence[tuple[Manifest, Step]], folder: str) -> Iterator[Step]:
    """Write what is not so already."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        yield Step("failed", f"make {folder}", error.strerror or "")
        return
    for each, step in planned:
        if step.mark == "same":
            yield step
            continue
        try:
            write_atomically(each.path, each.text, each.bom)
        except OutputError as error:
            yield Step("failed", step.text, str(error))
        else:
            yield Step("done", step.text)


def outcome(folder: str, plan: str, done: Sequence[Step], dry: bool = False) -> Outcome:
    return Outcome("kubernetes", folder, plan, tuple(done), all(step.mark != "failed" for step in done), dry)
