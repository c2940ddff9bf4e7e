"""Laws that hold for every file and every plan, tried on our odd fixtures and on public rule files."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from promtrim.errors import InputError, PromtrimError
from promtrim.rulefile.compacting import compact
from promtrim.rulefile.cutting import cut
from promtrim.rulefile.model import Document
from promtrim.rulefile.reading import read, read_text
from promtrim.rulefile.verify import fields
from tests.rulefile import oracle

ODD = sorted((Path(__file__).parents[2] / "fixtures" / "odd").glob("*.yml"))
PLAIN = [path for path in ODD if path.name not in ("logql.yml",)]
MOVES = ("anchors.yml",)
"""Files whose aliases become nodes: there lines change, and their laws are in test_cut."""


def load(path: Path) -> Document:
    return read([path])[0]


def check(document: Document, drop: set[int]) -> str:
    """Every law that one cut obeys; its text."""
    first = document.rules[0].id if document.rules else 0
    result = cut(document, drop)
    after = read_text(result.text, document.file)
    kept = [rule for rule in document.rules if rule.id not in drop]
    assert [fields(rule) for rule in after.rules] == [fields(rule) for rule in kept]
    numbers = {each - first for each in drop}
    assert oracle.group_lists(oracle.documents(result.text)) == oracle.after_cut(document.text, numbers)
    assert oracle.without_groups(oracle.documents(result.text)) == oracle.without_groups(oracle.documents(document.text))
    assert cut(after, set()).text == result.text
    return result.text


def without_brackets(text: str) -> str:
    """The one thing that a cut may write: ``[]`` for an emptied list."""
    return re.sub(r"(?m)^(\s*groups:) \[\]", r"\1", text)


def some_of(document: Document, chance: random.Random) -> set[int]:
    share = chance.choice((0.1, 0.5, 0.9, 1.0))
    return {rule.id for rule in document.rules if chance.random() < share}


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
@settings(max_examples=25)
@given(data=st.data())
def test_a_cut_leaves_exactly_the_plan(path: Path, data: st.DataObject) -> None:
    document = load(path)
    ids = [rule.id for rule in document.rules]
    drop = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    text = check(document, drop)
    if path.name in MOVES or document.container == "config-map" or "flow" in path.name or "json" in path.name:
        return
    assert oracle.lines_survive_in_order(without_brackets(document.text), without_brackets(text))


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
@settings(max_examples=25)
@given(data=st.data())
def test_cutting_twice_is_cutting_once(path: Path, data: st.DataObject) -> None:
    document = load(path)
    ids = [rule.id for rule in document.rules]
    drop = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    now = data.draw(st.sets(st.sampled_from(sorted(drop)))) if drop else set()
    first = read_text(cut(document, now).text, document.file)
    kept = [each for each in ids if each not in now]
    later = {number for number, each in enumerate(kept) if each in drop}
    twice = cut(first, later).text
    assert [fields(rule) for rule in read_text(twice, "f").rules] == [
        fields(rule) for rule in document.rules if rule.id not in drop
    ]
    if path.name not in MOVES and "flow" not in path.name:
        assert twice.split() == cut(document, drop).text.split()


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.name)
@settings(max_examples=15)
@given(data=st.data())
def test_compact_changes_no_field(path: Path, data: st.DataObject) -> None:
    document = load(path)
    ids = [rule.id for rule in document.rules]
    keep = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    text = compact(document, keep)
    again = read_text(text, document.file)
    before = [rule for rule in document.rules if rule.id in keep]
    assert [fields(rule)[3:] for rule in again.rules] == [fields(rule)[3:] for rule in before]
    assert compact(again, {rule.id for rule in again.rules}) == text


@pytest.mark.parametrize("style", [None, '"', "'", "|", ">"])
@pytest.mark.parametrize("native", [True, False], ids=["libyaml", "python"])
@settings(max_examples=20)
@given(data=st.data())
def test_text_in_a_config_map_is_cut_like_the_file(style: str | None, native: bool, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([each for each in PLAIN if each.name not in (*MOVES, "bom.yml", "crlf.yml")]))
    plain = load(path)
    if plain.container != "rule-file" or not plain.rules:
        return
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper) if native else yaml.SafeDumper
    resource = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"x.yml": plain.text, "y": "z"}}
    width = data.draw(st.integers(40, 200))
    text = yaml.dump(resource, Dumper=dumper, default_style=style, width=width, allow_unicode=True)
    if yaml.safe_load(text) != resource:
        return  # PyYAML's own writer of folded scalars loses line breaks
    wrapped = read_text(text, "m")
    drop = data.draw(st.sets(st.sampled_from([rule.id for rule in plain.rules])))
    try:
        result = yaml.safe_load(cut(wrapped, drop).text)
    except InputError:
        # Refused, as it should be: lines that stand together after the cut would fold, and a scalar that keeps its line
        # breaks (|+) loses them where it comes to stand at the end of a text that keeps none.
        assert style == ">" or "|+" in plain.text
        return
    assert result["data"]["x.yml"].split() == cut(plain, drop).text.split()
    assert {**result, "data": result["data"]["y"]} == {**resource, "data": "z"}


def mutations(text: str, chance: random.Random) -> Iterator[str]:
    """The text with something wrong in it."""
    lines = text.splitlines(keepends=True)
    while True:
        at = chance.randrange(len(text) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            yield text[:at] + chance.choice("{}[]'\"|>&*#:-,?!%@`\t\n\r\\\0\x85\u2028\ufeff ") + text[at:]
        elif kind == 1:
            yield text[:at] + text[at + chance.randrange(40) :]
        elif kind == 2:
            yield text[:at]
        elif kind == 3 and lines:
            spot = chance.randrange(len(lines))
            yield "".join([*lines[:spot], chance.choice(lines), *lines[spot:]])
        elif kind == 4 and lines:
            spot = chance.randrange(len(lines))
            yield "".join([*lines[:spot], " " * chance.randrange(1, 9), *lines[spot:]])
        else:
            other = chance.randrange(len(text) + 1)
            yield text[:at] + text[min(at, other) : max(at, other)][:200] + text[at:]


def survives(text: str, chance: random.Random) -> None:
    """Reading and cutting either work or say what is wrong."""
    with suppress(PromtrimError):
        document = read_text(text, "f.yml")
        cut(document, some_of(document, chance))
        compact(document, some_of(document, chance))


@pytest.mark.parametrize("path", ODD, ids=lambda path: path.name)
def test_no_mutation_crashes(path: Path) -> None:
    chance = random.Random(path.name)
    text = path.read_text()
    source = mutations(text, chance)
    for _ in range(120):
        survives(next(source), chance)


def accepted(promtool: str, folder: Path, texts: dict[str, str]) -> set[str]:
    """Names of the rule texts that promtool takes."""
    for name, text in texts.items():
        (folder / name).write_text(text)
    said = subprocess.run(
        [promtool, "check", "rules", "--lint=none", *texts], cwd=folder, capture_output=True, text=True, check=False
    )
    good: set[str] = set()
    current = ""
    for line in (said.stdout + said.stderr).splitlines():
        if line.startswith("Checking "):
            current = line.removeprefix("Checking ")
        elif line.strip().startswith("SUCCESS"):
            good.add(current)
    return good if "Checking" in said.stdout else set()


def as_rule_files(prefix: str, text: str) -> dict[str, str]:
    """The lists of groups of a text as files that promtool reads; a plain file stays itself."""
    loaded = oracle.documents(text)
    if len(loaded) == 1 and isinstance(loaded[0], dict) and "groups" in loaded[0] and "kind" not in loaded[0]:
        return {f"{prefix}.yml": text}
    return {
        f"{prefix}-{number}.yml": yaml.safe_dump({"groups": groups})
        for number, groups in enumerate(oracle.group_lists(loaded))
    }


def promtool_still_accepts(promtool: str, folder: Path, documents: list[Document], chance: random.Random) -> int:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for number, document in enumerate(documents):
        before |= as_rule_files(str(number), document.text)
        after |= as_rule_files(str(number), check(document, some_of(document, chance)))
    (folder / "before").mkdir()
    (folder / "after").mkdir()
    good = accepted(promtool, folder / "before", before)
    assert good - accepted(promtool, folder / "after", after) == set()
    return len(good)


def test_promtool_accepts_what_it_accepted_before(promtool: str, tmp_path: Path) -> None:
    documents = [load(path) for path in PLAIN]
    assert promtool_still_accepts(promtool, tmp_path, documents, random.Random(1)) >= 15


class TestPublicRuleFiles:
    """On whatever rule files lie in $PROMTRIM_CORPUS or ../shared."""

    def test_cuts(self, shared_documents: list[Document], promtool: str, tmp_path: Path) -> None:
        good = promtool_still_accepts(promtool, tmp_path, shared_documents, random.Random(2))
        assert good > len(shared_documents) / 2

    def test_kept_lines_survive(self, shared_documents: list[Document]) -> None:
        chance = random.Random(3)
        for document in shared_documents:
            text = without_brackets(cut(document, some_of(document, chance)).text)
            assert oracle.lines_survive_in_order(document.text, text), document.file

    def test_compact(self, shared_documents: list[Document]) -> None:
        chance = random.Random(4)
        for document in shared_documents:
            keep = some_of(document, chance)
            again = read_text(compact(document, keep), document.file)
            assert len(again.rules) == len(keep)

    def test_no_mutation_crashes(self, shared_documents: list[Document]) -> None:
        chance = random.Random(5)
        for document in shared_documents:
            if len(document.text) < 20_000:
                source = mutations(document.text, chance)
                for _ in range(4):
                    survives(next(source), chance)
