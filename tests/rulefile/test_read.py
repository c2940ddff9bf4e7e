"""Files, folders, globs, standard input; what a rule holds once read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from promtrim.errors import ErrorGroup
from promtrim.rulefile.places import location_in_expr
from promtrim.rulefile.reading import read, read_text

RULE = "groups:\n- name: {0}\n  rules:\n  - alert: {0}\n    expr: up == 0\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(paths: list[str | Path], **options: object) -> list[str]:
    return [rule.name for document in read(paths, **options) for rule in document.rules]  # type: ignore[arg-type]


def test_every_field_of_a_rule(odd: Path) -> None:
    document = read([odd / "fields.yml"])[0]
    alert, record = document.rules
    assert (alert.alert, alert.record, alert.group) == ("Everything", None, "everything")
    assert (alert.line, alert.column) == (11, 9)
    assert (alert.for_, alert.keep_firing_for, alert.interval) == (3600.0, 90.0, 90.0)
    assert alert.labels == {"team": "tickets", "severity": "critical"}
    assert alert.annotations == {"summary": "everything is set"}
    assert (alert.group_limit, alert.source_tenants, alert.loaded) == (10, ("desk", "doors"), True)
    assert (record.alert, record.record) == (None, "desk:errors")
    assert record.labels == {"team": "tickets", "severity": "info", "kind": "sum"}
    assert document.problems == ()


def test_scalars_of_every_style(odd: Path) -> None:
    rules = {rule.name: rule for rule in read([odd / "styles.yml"])[0].rules}
    assert rules["Double Quoted"].expr == (
        'sum(rate(queue_in_total{queue="a\\\\b"}[5m])) - sum(rate(queue_out_total[5m])) > 100'
    )
    assert rules["Plain"].expr == "queue_length / queue_capacity\n> 0.9"
    assert rules["Literal"].expr == "  queue_oldest_seconds\n    > 60\n"
    assert rules["Literal"].labels == {"note": "kept\n\nbreaks\n\n"}
    assert rules["Folded"].expr == "queue_a\n  + queue_b\n> 5\nunless on () queue_paused\n"
    assert rules["Strip"].labels == {
        "empty": "", "tilde": "", "number": "1", "truth": "yes", "date": "2024-01-01", "quoted key": "x", "asked": "for"
    }  # fmt: skip


def test_anchors_aliases_and_merge_keys(odd: Path) -> None:
    rules = read([odd / "anchors.yml"])[0].rules
    assert [rule.name for rule in rules] == [
        "PaymentsDown", "PaymentsSlow", "PaymentsSlowAtNight", "RefundStuck", "RefundStuck", "RefundLost"
    ]  # fmt: skip
    assert rules[1].for_ == 300
    assert rules[1].labels == {"severity": "critical", "team": "tickets", "page": "yes"}
    assert rules[2].labels == {"severity": "warning", "team": "tickets", "page": "yes", "night": "true"}
    assert rules[2].annotations["summary"] == "Slow at night"
    assert rules[2].expr == "payments_seconds\n  > 3\n"
    assert (rules[3].line, rules[4].line) == (36, 37)


@pytest.mark.parametrize("name", ["empty.yml", "only-comments.yml", "empty-groups.yml", "null-groups.yml"])
def test_files_without_rules_are_rule_files(odd: Path, name: str) -> None:
    document = read([odd / name])[0]
    assert (document.container, document.rules, document.problems) == ("rule-file", (), ())


def test_line_ends_and_marks_stay_as_found(odd: Path) -> None:
    assert read([odd / "crlf.yml"])[0].text.count("\r\n") == 19
    marked = read([odd / "bom.yml"])[0]
    assert marked.bom
    assert marked.text.startswith("groups:")
    assert (marked.rules[1].line, marked.rules[1].column) == (8, 5)


def test_a_second_document_of_a_plain_file_is_never_loaded(odd: Path) -> None:
    document = read([odd / "two-documents.yml"])[0]
    assert [(rule.name, rule.loaded) for rule in document.rules] == [
        ("Loaded", True), ("LoadedToo", True), ("Lost", False), ("LostToo", False)
    ]  # fmt: skip
    (problem,) = document.problems
    assert (problem.code, problem.line) == ("second-document", 12)


def test_places_inside_expressions(odd: Path) -> None:
    document = read([odd / "styles.yml"])[0]
    rules = {rule.name: rule for rule in document.rules}
    lines = document.text.split("\n")
    for name, needle in [("Double Quoted", "> 100"), ("Plain", "0.9"), ("Single", "== 0"), ("Literal", "60"),
                         ("Folded", "unless"), ("Strip", "> 0")]:  # fmt: skip
        rule = rules[name]
        place = location_in_expr(document, rule, rule.expr.index(needle))
        assert lines[place.line - 1][place.column - 1 :].startswith(needle), name


def test_places_inside_expressions_inside_a_config_map(odd: Path) -> None:
    document = read([odd / "config-map-kubectl.yml"])[0]
    rule = document.rules[1]
    place = location_in_expr(document, rule, rule.expr.index("0.05"))
    assert document.text.split("\n")[place.line - 1][place.column - 1 :].startswith("0.05")


def test_an_aliased_expression_is_where_its_anchor_is(odd: Path) -> None:
    document = read([odd / "anchors.yml"])[0]
    assert location_in_expr(document, document.rules[2], 0).line == 21


def test_ids_count_over_all_files(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.yml", RULE.format(name)) for name in "abc"]
    assert [rule.id for document in read(paths) for rule in document.rules] == [0, 1, 2]
    assert [rule.id for rule in read_text(RULE.format("x"), "x.yml", first_id=7).rules] == [7]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yml", RULE.format("a"))
    link = tmp_path / "b.yml"
    link.symlink_to(path)
    assert names([path, str(tmp_path / "*.yml"), link]) == ["a"]


def test_folders_are_searched_for_rule_files_only(tmp_path: Path) -> None:
    write(tmp_path / "deep" / "down" / "a.yaml", RULE.format("a"))
    write(tmp_path / "b.rules", RULE.format("b"))
    write(tmp_path / "compose.yml", "services: {web: {image: nginx}}\n")
    write(tmp_path / "chart" / "templates" / "svc.yaml", "{{- if .Values.x }}\nkind: Service\n{{- end }}\n")
    write(tmp_path / "binary.yml", "\0\1")
    write(tmp_path / ".hidden" / "c.yml", RULE.format("c"))
    write(tmp_path / "notes.txt", RULE.format("d"))
    assert names([tmp_path]) == ["b", "a"]


def test_an_unrendered_rule_template_in_a_folder_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "t.yaml", "{{- if .Values.x }}\n" + RULE.format("a") + "{{- end }}\n")
    with pytest.raises(ErrorGroup, match="helm template"):
        read([tmp_path])


def test_globs(tmp_path: Path) -> None:
    for name in ("x/a", "x/y/b", "c"):
        write(tmp_path / f"{name}.yml", RULE.format(name[-1]))
    assert names([str(tmp_path / "**" / "*.yml")]) == ["c", "a", "b"]
    strange = write(tmp_path / "[odd].yml", RULE.format("odd"))
    assert names([strange]) == ["odd"]


def test_standard_input() -> None:
    assert names(["-"], stdin=RULE.format("a").encode()) == ["a"]
    assert names(["-", "-"], stdin=RULE.format("ü")) == ["ü"]
    assert read(["-"], stdin=b"groups: []")[0].file == "-"


def test_every_mistake_of_every_file_at_once(tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.yml", "groups:\n- rules:\n  - expr: a\n  - alert: A\n")
    worse = write(tmp_path / "worse.yml", "a: b: c\n")
    with pytest.raises(ErrorGroup) as caught:
        read([bad, worse, tmp_path / "none.yml", str(tmp_path / "*.none")])
    assert [(os.path.basename(error.file), error.line) for error in caught.value.errors] == [
        ("bad.yml", 2), ("bad.yml", 3), ("bad.yml", 4), ("worse.yml", 1), ("none.yml", 0), ("*.none", 0)
    ]  # fmt: skip


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ErrorGroup, match="holds no rule files"):
        read([tmp_path])


def test_large_files_need_leave(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yml", RULE.format("a"))
    with pytest.raises(ErrorGroup, match="--max-size"):
        read([path], max_bytes=10)


@pytest.mark.parametrize("text", ["kind: Service\napiVersion: v1\n", "hello\n", "route: {receiver: a}\nreceivers: []\n"])
def test_a_named_file_that_holds_something_else_is_an_error(tmp_path: Path, text: str) -> None:
    path = write(tmp_path / "svc.yml", text)
    with pytest.raises(ErrorGroup, match="holds no rule groups: name a file that does"):
        read([path])
    with pytest.raises(ErrorGroup, match="-:1:1: holds no rule groups"):
        read(["-"], stdin=text)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "groups: []\n"])
def test_an_empty_one_is_none(tmp_path: Path, text: str) -> None:
    assert read([write(tmp_path / "empty.yml", text)])[0].rules == ()


def test_in_folders_and_patterns_it_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "svc.yml", "kind: Service\napiVersion: v1\n")
    write(tmp_path / "rules.yml", "groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n")
    for path in (str(tmp_path), str(tmp_path / "*.yml")):
        assert [len(document.rules) for document in read([path])] == [1]
    with pytest.raises(ErrorGroup, match="none of the files that match holds rules"):
        read([str(tmp_path / "s*.yml")])


def test_an_empty_path_is_named() -> None:
    with pytest.raises(ErrorGroup, match="'': an empty path"):
        read([""])


class TestLenient:
    def test_what_is_broken_below_a_folder_is_a_problem(self, tmp_path: Path) -> None:
        write(tmp_path / "broken.yml", "groups:\n- name: g\n  rules: [{alert: A, expr: up == 0}\n")
        write(tmp_path / "rules.yml", "groups: [{name: g, rules: [{alert: B, expr: up == 0}]}]\n")
        with pytest.raises(ErrorGroup, match="broken YAML"):
            read([str(tmp_path)])
        broken, rules = read([str(tmp_path)], lenient=True)
        assert (broken.container, broken.rules) == ("none", ())
        assert [(each.code, "its rules are left out" in each.text, each.line > 0) for each in broken.problems] == [
            ("unreadable", True, True)
        ]
        assert [rule.alert for rule in rules.rules] == ["B"]

    def test_what_is_named_is_an_error_all_the_same(self, tmp_path: Path) -> None:
        with pytest.raises(ErrorGroup):
            read([write(tmp_path / "broken.yml", "groups: [\n")], lenient=True)
