"""A copy of a configuration in which variables have values of the right kind, so that amtool can check it.

Only for the check: nothing here is ever sent or kept. What fields take:
https://prometheus.io/docs/alerting/latest/configuration/.
"""

from __future__ import annotations

import re

from promtrim.rulefile.edits import Edit, apply_edits
from promtrim.yamltext import Mapping, Node, Scalar, compose, resolve
from promtrim.yamltext.nodes import pairs

_VARIABLE = re.compile(
    r"\$\{([A-Za-z_]\w*)(?::?[-=]([^{}]*)|:?[?+][^{}]*)?\}|\$\([A-Z][A-Z0-9_]*\)|\$[A-Z][A-Z0-9_]+\b"
    r"|%[A-Z][A-Z0-9_]{2,}%"
)
_TRUTHS = frozenset({
    "send_resolved", "smtp_require_tls", "require_tls", "insecure_skip_verify", "follow_redirects", "continue",
    "short_fields", "link_names", "html", "disable_notifications", "update_message", "proxy_from_environment",
})  # fmt: skip
_DURATIONS = frozenset({
    "resolve_timeout", "group_wait", "group_interval", "repeat_interval", "retry", "expire", "ttl", "timeout",
})  # fmt: skip
_NUMBERS = frozenset({"chat_id", "max_alerts", "message_thread_id"})


def with_dummies(text: str, file: str = "") -> str:
    """The configuration with each ``${VARIABLE}`` replaced: its default, else something its field takes.

    Raises:
        InputError: no YAML.
    """
    edits: list[Edit] = []
    seen: set[int] = set()

    def visit(node: Node, key: str) -> None:
        node = resolve(node)
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(node, Scalar):
            if "$" in node.value or "%" in node.value:
                edits.append(Edit(node.start, node.end, _filled(text[node.start : node.end], key)))
        elif isinstance(node, Mapping):
            for name, value in pairs(node):
                word = resolve(name)
                visit(value, word.value if isinstance(word, Scalar) else "")
        else:
            for each in node.content:
                visit(each, key)

    for root in compose(text, file):
        if root is not None:
            visit(root, "")
    return apply_edits(text, edits)


def _filled(written: str, key: str) -> str:
    def value(match: re.Match[str]) -> str:
        default = match[2]
        if default:
            return default
        before = written[: match.start()].strip("'\" ")
        after = written[match.end() :].strip("'\" ")
        return _dummy(key, before, after)

    return _VARIABLE.sub(value, written)


def _dummy(key: str, before: str, after: str) -> str:
    whole = not before and not after
    if key.endswith(("smarthost", "hello")):
        return "25" if before.endswith(":") else "dummy.invalid:25" if whole and key.endswith("smarthost") else "dummy"
    if not whole:
        return "80" if before.endswith(":") and not before.endswith("//:") and key.endswith("url") else "dummy"
    if key in _TRUTHS:
        return "true"
    if key in _DURATIONS:
        return "5m"
    if key in _NUMBERS:
        return "1"
    if key.endswith(("url", "callback")):
        return "https://dummy.invalid/"
    return "team" if key == "type" else "dummy"
