"""A prometheus.yml leads to its rule files, also where its paths exist only in a container."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim.errors import ErrorGroup
from promtrim.rulefile.model import Document
from promtrim.rulefile.reading import read

RULE = "groups: [{{name: {0}, rules: [{{alert: {0}, expr: up}}]}}]\n"


def config(folder: Path, *patterns: str) -> Path:
    path = folder / "prometheus.yml"
    path.write_text("global: {}\nrule_files:\n" + "".join(f"  - {each!r}\n" for each in patterns))
    return path


def rules(folder: Path, name: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(RULE.format(path.name.split(".")[0]))


def names(documents: list[Document]) -> list[str]:
    return [rule.name for document in documents for rule in document.rules]


def test_relative_paths_and_patterns(tmp_path: Path) -> None:
    rules(tmp_path, "one.yml")
    rules(tmp_path, "more/two.yml")
    rules(tmp_path, "more/three.yml")
    path = config(tmp_path, "one.yml", "more/*.yml")
    head, *followed = read([path])
    assert (head.container, head.file) == ("none", str(path))
    assert names(followed) == ["one", "three", "two"]
    assert {each.followed_from for each in followed} == {str(path)}
    assert all(not each.problems for each in followed)


def test_below_root(tmp_path: Path) -> None:
    rules(tmp_path, "image/nowhere/prometheus/one.yml")
    documents = read([config(tmp_path, "/nowhere/prometheus/one.yml")], root=tmp_path / "image")
    assert names(documents) == ["one"]
    assert "below --root" in documents[1].problems[0].text


def test_the_same_name_beside_the_configuration(tmp_path: Path) -> None:
    rules(tmp_path, "one.yml")
    documents = read([config(tmp_path, "/nowhere/prometheus/one.yml")])
    assert names(documents) == ["one"]
    (problem,) = documents[1].problems
    assert problem.code == "rule-file-elsewhere"
    assert str(tmp_path / "one.yml") in problem.text


def test_the_same_folder_beside_the_configuration(tmp_path: Path) -> None:
    rules(tmp_path, "rules/one.yml")
    rules(tmp_path, "other/two.yml")
    assert names(read([config(tmp_path, "/nowhere/prometheus/rules/*.yml")])) == ["one"]


def test_a_pattern_beside_the_configuration_takes_rule_files_only(tmp_path: Path) -> None:
    rules(tmp_path, "one.yml")
    (tmp_path / "alertmanager.yml").write_text("route: {receiver: x}\n")
    assert names(read([config(tmp_path, "/nowhere/prometheus/*.yml")])) == ["one"]


def test_some_are_missing(tmp_path: Path) -> None:
    rules(tmp_path, "one.yml")
    head, _ = read([config(tmp_path, "one.yml", "/nowhere/two.yml")])
    (problem,) = head.problems
    assert (problem.code, problem.line, problem.column) == ("rule-file-missing", 4, 5)


def test_all_are_missing(tmp_path: Path) -> None:
    with pytest.raises(ErrorGroup) as caught:
        read([config(tmp_path, "/nowhere/one.yml")])
    assert "prometheus.yml:3:5: rule file /nowhere/one.yml is not here: give --root DIR" in str(caught.value)


def test_no_rule_files_at_all(tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yml"
    path.write_text("scrape_configs: []\n")
    assert [each.code for each in read([path])[0].problems] == ["no-rule-files"]


def test_rule_files_that_are_no_list(tmp_path: Path) -> None:
    path = tmp_path / "prometheus.yml"
    path.write_text("rule_files: one.yml\n")
    with pytest.raises(ErrorGroup, match="rule_files must be a list of paths"):
        read([path])
