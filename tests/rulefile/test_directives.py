"""Which rule a ``# promtrim:`` comment speaks of."""

from __future__ import annotations

import pytest

from promtrim.rulefile.reading import read_text

HEAD = "groups:\n- name: g\n  rules:\n"


def directives(text: str) -> dict[str, tuple[str | None, int]]:
    return {rule.name: (rule.directive, rule.directive_line) for rule in read_text(text, "f.yml").rules}


@pytest.mark.parametrize(
    "rules",
    [
        "  # promtrim: keep: because\n  - alert: A\n    expr: up\n",
        "  # words\n  # promtrim: keep: because\n  # more words\n  - alert: A\n    expr: up\n",
        "  - alert: A # promtrim: keep: because\n    expr: up\n",
        "  - alert: A\n    # promtrim: keep: because\n    expr: up\n",
        "  - alert: A\n    expr: up # promtrim: keep: because\n",
        "  - # promtrim: keep: because\n    alert: A\n    expr: up\n",
        "  - {alert: A, expr: up} #promtrim:keep:because\n",
    ],
)
def test_its_own(rules: str) -> None:
    text = HEAD + "  - {alert: Z, expr: up}\n" + rules + "  - {alert: B, expr: up}\n"
    line = next(number for number, line in enumerate(text.split("\n"), 1) if "promtrim" in line)
    assert directives(text) == {"Z": (None, 0), "A": ("keep: because", line), "B": (None, 0)}


def test_inside_a_config_map() -> None:
    text = (
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  r.yml: |\n    groups:\n    - name: g\n      rules:\n"
        "      # promtrim: drop: nobody knows it\n      - alert: A\n        expr: up\n"
    )
    assert directives(text) == {"A": ("drop: nobody knows it", 8)}


def test_words_in_a_text_are_no_directive() -> None:
    text = HEAD + "  - alert: A\n    expr: |\n      # promtrim: keep: this is PromQL's comment\n      up\n"
    assert directives(text) == {"A": (None, 0)}


def test_a_comment_that_stands_off_touches_no_rule() -> None:
    document = read_text(HEAD + "  # promtrim: keep: x\n\n  - alert: A\n    expr: up\n", "f.yml")
    assert document.rules[0].directive is None
    assert [each.code for each in document.problems] == ["unattached-directive"]
