"""Rule groups in the ruler of Mimir, Cortex or Grafana Cloud, one namespace: only the groups that differ change.

https://grafana.com/docs/mimir/latest/references/http-api/#ruler,
https://cortexmetrics.io/docs/api/#ruler
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from promtrim.errors import CallError, InputError, PromtrimError, RemoteError
from promtrim.http import Client
from promtrim.plan.model import Plan
from promtrim.promql.parse import ExpressionError, parse
from promtrim.push.steps import Step
from promtrim.rulefile.model import Document, Rule
from promtrim.rulefile.reading import read_text
from promtrim.yamltext import Sequence as YamlSequence
from promtrim.yamltext import compose, get, to_plain

MIMIR = "/prometheus/config/v1/rules"
CORTEX = "/api/v1/rules"


class Groups:
    """The groups of one namespace; a :class:`~promtrim.push.resources.Store`."""

    kind = "rule group"

    def __init__(self, client: Client, namespace: str, path: str = MIMIR) -> None:
        self._client = client
        self._namespace = namespace
        self._base = f"{path.rstrip('/')}/{quote(namespace, safe='')}"
        self._list = path.rstrip("/")

    def names(self) -> list[str]:
        """The groups that are there."""
        return [str(each.get("name")) for each in self._groups()]

    def read(self, name: str) -> Any:
        return next((each for each in self._groups() if each.get("name") == name), None)

    def write(self, name: str, value: Any, before: Any) -> None:
        text = msgspec.json.encode(value).decode() + "\n"  # JSON is YAML
        self._client.send("POST", self._base, text=text, content_type="application/yaml", repeatable=True)

    def remove(self, name: str) -> None:
        self._client.send("DELETE", f"{self._base}/{quote(name, safe='')}", accept=(404,))

    def same(self, one: Any, other: Any) -> bool:
        if one is None or other is None:
            return one is other
        return bool(one == other) or bool(_meaning(one) == _meaning(other))

    def _groups(self) -> list[dict[str, Any]]:
        answer = self._client.send("GET", self._list, accept=(404,))
        if answer.status == 404:
            if "no rule" in str(answer.body):
                return []
            raise RemoteError("it has no ruler here, look at --api-path", self._client.server.url, 404)
        if answer.body is None or isinstance(answer.body, dict):
            listed = (answer.body or {}).get(self._namespace)
        else:
            try:
                roots = compose(str(answer.body), self._client.server.url)
            except InputError as error:
                raise RemoteError(f"its list of rules is no YAML ({error.message})", self._client.server.url) from None
            plain = to_plain(roots[0]) if roots and roots[0] is not None else {}
            if not isinstance(plain, dict):
                raise RemoteError("its list of rules is no mapping of namespaces", self._client.server.url)
            listed = plain.get(self._namespace)
        return [each for each in listed or () if isinstance(each, dict)]


def _meaning(group: Mapping[str, Any]) -> Any:
    """What a group says, whatever its layout: defaults left out, durations as seconds, expressions as trees."""
    try:
        rules = _rules(group)
    except PromtrimError:
        return group
    own = ("rules", "interval")
    header = {key: value for key, value in group.items() if key not in own and value not in (None, [], 0, "")}
    interval = rules[0].interval if rules else None
    return header, interval or None, [_rule(each) for each in rules]


def _rule(rule: Rule) -> tuple[object, ...]:
    try:
        expression: object = parse(rule.expr)
    except (ExpressionError, RecursionError):
        expression = " ".join(rule.expr.split())
    return (
        rule.alert, rule.record, expression, {k: v for k, v in rule.labels.items() if v},
        {k: v for k, v in rule.annotations.items() if v}, rule.for_, rule.keep_firing_for,
    )  # fmt: skip


def _rules(group: Mapping[str, Any]) -> tuple[Rule, ...]:
    return read_text(msgspec.json.encode({"groups": [group]}).decode(), "group").rules


def wanted(texts: Sequence[tuple[Document, str]]) -> dict[str, Any]:
    """The groups of a plan's reduced files by name; None where one has no rules: rulers refuse such.

    Raises:
        CallError: a document is no rule file, or two groups share a name.
    """
    found: dict[str, Any] = {}
    for document, text in texts:
        before = {str(each.get("name")): each for each in _written(document.text, document)}
        after = {str(each.get("name")): each for each in _written(text, document) if each.get("rules")}
        for name in before:
            if name in found:
                raise CallError(f"two groups are named {name!r}, and a namespace holds one: rename one, or push them apart")
            found[name] = after.get(name)
    return found


def _written(text: str, document: Document) -> Iterator[dict[str, Any]]:
    """Groups as plain data, from a rule file or a PrometheusRule."""
    for root in compose(text, document.file):
        for path in (("groups",), ("spec", "groups")):
            listed = get(root, *path) if root is not None else None
            if isinstance(listed, YamlSequence):
                for each in listed.content:
                    group = to_plain(each)
                    if isinstance(group, dict):
                        yield group


def unknown(name: str, there: Any, plan: Plan) -> str:
    """Why a group that is there must not be replaced: it holds rules that the plan does not know."""
    known = {
        (rule.alert, rule.record, " ".join(rule.expr.split())) for each in plan.rules for rule in (each.judged.rule,)
    }
    trees = {_rule(each.judged.rule)[:3] for each in plan.rules} if len(plan.rules) < 5000 else set()
    try:
        rules = _rules(there)
    except PromtrimError:
        return "it cannot be read; --overwrite replaces it"
    for rule in rules:
        if (rule.alert, rule.record, " ".join(rule.expr.split())) not in known and _rule(rule)[:3] not in trees:
            return f"it holds {rule.name}, which the rule files do not have; --overwrite replaces it"
    return ""


def left(groups: Groups, those: Mapping[str, Any]) -> list[Step]:
    """Groups of the namespace that the plan does not speak of; they are left alone."""
    return [
        Step("note", f"rule group {name} is left alone", "the rule files do not have it")
        for name in groups.names() if name not in those
    ]  # fmt: skip
