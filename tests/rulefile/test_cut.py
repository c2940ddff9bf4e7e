"""What goes with a cut rule, and what stays: the rules of cutting, one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim.errors import InputError
from promtrim.rulefile.cutting import cut
from promtrim.rulefile.reading import read, read_text

Cut = Callable[..., str]
HEAD = "groups:\n- name: g\n  rules:\n"


def rule(name: str) -> str:
    return f"  - alert: {name}\n    expr: up\n"


def test_nothing_to_cut_changes_nothing() -> None:
    document = read_text(HEAD + rule("A"), "f.yml")
    assert cut(document, set()).text == document.text
    assert cut(document, {99}).text == document.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # a comment that touches a rule is its own
        (rule("A") + "  # of B\n  # still of B\n" + rule("B") + "  # of C\n" + rule("C"),
         rule("A") + "  # of C\n" + rule("C")),
        # blank lines below a cut rule go with it, those above stay
        (rule("A") + "\n" + rule("B") + "\n\n" + rule("C"), rule("A") + "\n" + rule("C")),
        # a section comment stays while one of its rules stays
        ("  # === S ===\n\n" + rule("B") + rule("C"), "  # === S ===\n\n" + rule("C")),
        # and goes with the last of them
        (rule("A") + "\n  # === S ===\n\n" + rule("B") + "\n  # === T ===\n\n" + rule("C"),
         rule("A") + "\n  # === T ===\n\n" + rule("C")),
        # both at once
        ("  # === S ===\n\n  # of B\n" + rule("B") + "\n  # of C\n" + rule("C"),
         "  # === S ===\n\n  # of C\n" + rule("C")),
        # words to tools stay; promtrim's word about the rule goes with it
        ("  # of B\n  # pint disable promql/series\n" + rule("B") + rule("C"),
         "  # pint disable promql/series\n" + rule("C")),
        ("  # yamllint disable rule:colons\n\n" + rule("B") + rule("C"),
         "  # yamllint disable rule:colons\n\n" + rule("C")),
        ("  # promtrim: drop: noise\n" + rule("B") + rule("C"), rule("C")),
        # comments and blank lines inside a rule, and on its last line, go with it
        ("  - alert: B\n\n    # inside\n    expr: up # trailing\n" + rule("C"), rule("C")),
        # a block scalar's own blank lines and hashes are no comments
        ("  - alert: B\n    expr: |\n      up\n      # words\n\n      == 0\n\n  # of C\n" + rule("C"),
         "  # of C\n" + rule("C")),
        # a comment that touches no rule stays
        (rule("A") + rule("B") + "  # - alert: Old\n", rule("A") + "  # - alert: Old\n"),
        # no blank line dangles at the end of the file
        (rule("A") + "\n" + rule("B"), rule("A")),
        # blank lines that are a kept text's own stay
        ("  - alert: A\n    expr: |+\n      up\n\n" + rule("B") + rule("C"),
         "  - alert: A\n    expr: |+\n      up\n\n" + rule("C")),
        ("  - alert: A\n    expr: |+\n      up\n\n" + rule("B"), "  - alert: A\n    expr: |+\n      up\n\n"),
        # the dash on a line of its own
        ("  -\n    alert: B\n    expr: up\n  - # words\n    alert: C\n    expr: up\n",
         "  - # words\n    alert: C\n    expr: up\n"),
        # white space at line ends stays
        ("  - alert: A   \n    expr: up  \n" + rule("B"), "  - alert: A   \n    expr: up  \n"),
    ],
)  # fmt: skip
def test_what_goes_with_rule_b(cut_names: Cut, before: str, after: str) -> None:
    assert cut_names(HEAD + before, "B") == HEAD + after


def test_an_emptied_group_goes_with_its_comments(cut_names: Cut) -> None:
    text = (
        "# header\ngroups:\n\n# about one\n- name: one\n  rules:\n  # in one\n" + rule("A")
        + "  # - alert: Old, trails in one\n\n# === all below ===\n\n- name: two\n  rules:\n" + rule("B")
    )  # fmt: skip
    assert cut_names(text, "A") == "# header\ngroups:\n\n# === all below ===\n\n- name: two\n  rules:\n" + rule("B")


def test_a_group_that_was_empty_before_stays(cut_names: Cut, odd: Path) -> None:
    text = (odd / "same-names.yml").read_text()
    assert cut_names(text, "One") == "groups:\n- name: hollow\n  rules: []\n- name: hollower\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (HEAD + rule("A"), "groups: []\n"),
        ("# header\n\ngroups: # all\n  - name: g\n    rules: [{alert: A, expr: up}]\n# end\n",
         "# header\n\ngroups: [] # all\n# end\n"),
        ("groups: &g\n- name: g\n  rules: [{alert: A, expr: up}]\n", "groups: &g []\n"),
        ("groups:\n# pint file/disable promql/series\n- {name: g, rules: [{alert: A, expr: up}]}\n",
         "groups: []\n# pint file/disable promql/series\n"),
        ('{"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up"}]}]}', '{"groups": []}'),
    ],
)  # fmt: skip
def test_an_emptied_list_becomes_an_empty_one(cut_names: Cut, before: str, after: str) -> None:
    assert cut_names(before, "A") == after


@pytest.mark.parametrize(
    ("keep", "rules"),
    [
        ("A", "[{alert: A, expr: a}]"),
        ("B", "[{alert: B, expr: b}]"),
        ("C", "[{alert: C, expr: c}]"),
        ("AC", "[{alert: A, expr: a}, {alert: C, expr: c}]"),
        ("BC", "[{alert: B, expr: b}, {alert: C, expr: c}]"),
    ],
)
def test_flow_lists_lose_items_and_their_commas(cut_names: Cut, keep: str, rules: str) -> None:
    text = "groups: [{name: g, rules: [{alert: A, expr: a}, {alert: B, expr: b}, {alert: C, expr: c}]}]\n"
    assert cut_names(text, keep=tuple(keep)) == f"groups: [{{name: g, rules: {rules}}}]\n"


def test_flow_lists_over_several_lines(cut_names: Cut, odd: Path) -> None:
    text = (odd / "flow.yml").read_text()
    assert cut_names(text, "A", "B", "C", "D", "F") == (
        "groups: [\n  {name: two, interval: 1m, rules: [\n    {alert: E,\n"
        "     expr: 'e{x=\"y, z\"} > 1'}\n\n  ]},\n"
        '  {name: three, rules: [{record: "g:h", expr: sum(h)}]},\n]\n'
    )


def test_json(cut_names: Cut, odd: Path) -> None:
    text = (odd / "rules.json.yml").read_text()
    assert cut_names(text, "KioskHot", "PrinterEmpty") == (
        '{\n  "groups": [\n    {\n      "name": "kiosk",\n      "rules": [\n        {\n'
        '          "alert": "KioskDown",\n          "expr": "up{job=\\"kiosk\\"} == 0",\n          "for": "3m"\n'
        "        }\n      ]\n    }\n  ]\n}\n"
    )


def test_line_ends_stay_as_they_were(cut_names: Cut) -> None:
    text = (HEAD + rule("A") + "\n" + rule("B") + "\n" + rule("C")).replace("\n", "\r\n")
    assert cut_names(text, "B") == (HEAD + rule("A") + "\n" + rule("C")).replace("\n", "\r\n")


def test_no_final_newline(cut_names: Cut, odd: Path) -> None:
    text = (odd / "no-newline.yml").read_text()
    assert cut_names(text, "Last") == "groups:\n- name: end\n  rules:\n  - alert: Kept\n    expr: a\n"
    assert cut_names(text, "Kept") == text.replace("  - alert: Kept\n    expr: a\n", "")


def test_a_comment_that_would_become_text_is_cut_as_well() -> None:
    text = HEAD + "  - alert: A\n    expr: |\n     up\n" + rule("B") + "     # of C, far in\n" + rule("C")
    result = cut(read_text(text, "f.yml"), {1})
    assert result.text == HEAD + "  - alert: A\n    expr: |\n     up\n" + rule("C")
    assert len(result.notes) == 1
    assert "a comment is cut as well" in result.notes[0]


class TestAnchors:
    def test_the_first_surviving_alias_becomes_the_node(self, odd: Path) -> None:
        document = read([odd / "anchors.yml"])[0]
        result = cut(document, {0})
        assert "        for: &long 5m\n" in result.text
        assert '        labels: &own {<<: *pager, page: "yes"}\n' in result.text
        assert (
            "        annotations: &text\n          summary: Payments are down\n"
            "          runbook: |\n            1. look\n            2. think\n"
        ) in result.text
        assert [note.split(": ")[1].split(" stood")[0] for note in result.notes] == [
            "what *long", "what *own", "what *text"
        ]  # fmt: skip

    def test_a_block_scalar_moves_with_its_lines(self, odd: Path) -> None:
        result = cut(read([odd / "anchors.yml"])[0], {1})
        assert "        expr: &slow |\n          payments_seconds\n            > 3\n" in result.text

    def test_a_rule_that_is_an_alias(self, odd: Path) -> None:
        text = cut(read([odd / "anchors.yml"])[0], {3}).text
        assert "      - &refund {alert: RefundStuck, expr: refunds_open > 10, labels: {kind: &kind refund}}\n" in text
        assert "*refund" not in text

    def test_a_name_that_is_given_twice_keeps_its_meanings(self, cut_names: Cut) -> None:
        text = HEAD + (
            "  - {alert: A, expr: &e up}\n  - {alert: B, expr: &e down}\n"
            "  - {alert: C, expr: *e}\n  - {alert: D, expr: *e}\n"
        )
        assert cut_names(text, "B") == HEAD + (
            "  - {alert: A, expr: &e up}\n  - {alert: C, expr: &e down}\n  - {alert: D, expr: *e}\n"
        )

    def test_texts_that_need_quotes(self, cut_names: Cut) -> None:
        text = HEAD + '  - alert: A\n    expr: &e up{a="b, c"} # d\n  - {alert: B, expr: *e}\n'
        assert cut_names(text, "A") == HEAD + "  - {alert: B, expr: &e 'up{a=\"b, c\"}'}\n"

    def test_a_list_that_two_groups_share(self, cut_names: Cut) -> None:
        text = "groups:\n- name: g\n  rules: &r\n  - {alert: A, expr: a}\n  - {alert: B, expr: b}\n- {name: h, rules: *r}\n"
        assert cut_names(text, "A") == text.replace("  - {alert: A, expr: a}\n", "")

    def test_a_shared_list_that_would_have_to_differ_is_refused(self) -> None:
        text = "groups:\n- name: g\n  rules: &r\n  - {alert: A, expr: a}\n  - {alert: B, expr: b}\n- {name: h, rules: *r}\n"
        with pytest.raises(InputError, match="an alias shares this list") as caught:
            cut(read_text(text, "f.yml"), {0})
        assert (caught.value.file, caught.value.line) == ("f.yml", 3)


class TestContainers:
    def test_what_stands_around_stays(self, odd: Path) -> None:
        for name in ("prometheus-rule.yml", "stack-values.yml", "chart-values.yml"):
            document = read([odd / name])[0]
            text = cut(document, {0}).text
            lines = document.text.splitlines(keepends=True)
            start = document.rules[0].line - 1
            above = start - 1 if lines[start - 1].lstrip().startswith("#") else start
            assert text == "".join(lines[:above] + lines[start + 2 :])

    def test_lists_that_lose_all(self, odd: Path) -> None:
        document = read([odd / "stack-values.yml"])[0]
        assert cut(document, {0, 1, 2, 3}).text == (
            "# values of kube-prometheus-stack\ndefaultRules: {create: false}\nadditionalPrometheusRulesMap:\n"
            "  desk:\n    groups: []\n  gate:\n    groups: []\nadditionalPrometheusRules:\n  - name: old\n    groups: []\n"
            "grafana: {enabled: true}\n"
        )

    def test_texts_in_config_maps(self, odd: Path) -> None:
        document = read([odd / "config-map.yml"])[0]
        text = cut(document, {0, 2, 4}).text
        assert "    # header of the text\n    groups:\n      - name: literal\n        rules:\n          # two\n" in text
        assert (
            "  folded.rules.yml: >\n    groups:\n      - name: folded\n        rules:\n          - alert: FoldedTwo\n"
            in text
        )
        assert "  single.rules.yml: 'groups: [{name: single, rules: [{alert: SingleTwo, expr: two > 2}]}]'\n" in text
        assert text.endswith("  after: stays\n")

    def test_a_text_that_loses_all(self, odd: Path) -> None:
        document = read([odd / "config-map-kubectl.yml"])[0]
        assert '  alert_rules.yml: "groups: []\\n"\n' in cut(document, {0, 1, 2}).text

    def test_a_quoted_text_is_cut_inside_its_folds(self, odd: Path) -> None:
        document = read([odd / "config-map-kubectl.yml"])[0]
        text = cut(document, {0, 2}).text
        assert "[5m]))\n    \\n          / \\n" in text
        assert "DeskDown" not in text

    def test_anchors_inside_a_text(self) -> None:
        text = (
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  r.yml: |\n    groups:\n    - name: g\n      rules:\n"
            '      - alert: A\n        expr: &e\n          up{a="b"}\n      - {alert: B, expr: *e}\n'
        )
        result = cut(read_text(text, "f.yml"), {0})
        assert result.text.endswith("      rules:\n      - {alert: B, expr: &e 'up{a=\"b\"}'}\n")

    def test_logql_stays_whole(self, odd: Path) -> None:
        document = read([odd / "logql.yml"])[0]
        assert cut(document, {0, 1, 2}).text == document.text
