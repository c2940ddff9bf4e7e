"""What CI services read of findings: valid by their schemas, right in its places, and beyond what names can forge."""

from __future__ import annotations

import html.parser
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from promtrim import api
from promtrim.output.forms import rendered
from promtrim.output.github import MOST
from promtrim.output.review_markdown import LIMIT
from promtrim.output.reviews import rendered as reviewed
from promtrim.output.runners import harmless
from promtrim.review.findings import KINDS, Finding, Place
from promtrim.review.result import Read, Result

EVIL = (
    "::error::forged", "a\n::error::forged", "a\r::error::forged", "x%0A::error::forged", "##[error]forged",
    "##vso[task.complete]", "a|b", "| a | b |", "a\\|b", "`a`", "``", "`|`", "@org/team", "cc @team", "#12", "org/repo#12",
    "<img src=x onerror=alert(1)>", "</summary></details><h1>x", "<script>alert(1)</script>", "<!-- x -->", "--> x",
    "[x](https://evil.example)", "![x](https://evil.example/x.png)", "https://evil.example/a", "www.evil.example",
    "mail@evil.example", "[x]: https://evil.example", "[^1]", "&lt;b&gt;", "&#64;team", "# heading", "> quote", "- item",
    "1. item", "```\nx", "~~~", "    code", "---", "a\x1b[31mred", "a\u202eb", "\u2028::error::x", "a\x00b", "$`x`$", "$x$",
    "` <img src=x onerror=alert(1)> `", "a` @org/team `b", "`` [x](https://evil.example) ``", "\ud83d", "*a*", "_a_", "]]>", "'\"", "${{ github.token }}",
)  # fmt: skip


def finding(name: str, number: int = 1, level: str = "error", **named: Any) -> Finding:
    file = name if "\x00" not in name and "\ud83d" not in name else "no path can be called so"
    place = Place(f"rules/{file}.yml", number, 3, 9)
    return Finding("cannot-fire", level, place, name, f"it says {name}", f"do {name}", **named)  # type: ignore[arg-type]


def result(*findings: Finding) -> Result:
    rules = tuple(Read(each.rule, each.place.file, each.place.line) for each in findings)
    return Result(findings, findings, frozenset(("cannot-fire",)), rules)


@pytest.fixture(scope="module")
def evil() -> Result:
    return result(*(finding(name, number + 1) for number, name in enumerate(EVIL)))


@pytest.fixture(scope="module")
def sarif_schema() -> jsonschema.Draft4Validator:
    path = Path(__file__).parents[1] / "data" / "sarif" / "sarif-schema-2.1.0.json"
    return jsonschema.Draft4Validator(json.loads(path.read_text()))


def test_sarif_follows_its_schema(evil: Result, sarif_schema: jsonschema.Draft4Validator, tmp_path: Path) -> None:
    every = result(*(Finding(kind.id, kind.level, Place(), "", kind.text) for kind in KINDS.values()))
    for each in (evil, every, result()):
        sarif_schema.validate(json.loads(rendered(each, "sarif", str(tmp_path))))


def test_sarif_places_and_fingerprints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMTRIM_DOCS", "https://docs.example.org/promtrim/")
    one, other = (Finding("duplicate", "warning", Place(file, 3, 5, 9), "A", "same", about="x",
                          same=("B", Place("b.yml", 7))) for file in ("deep dir/a ü%.yml", "../x.yml"))  # fmt: skip
    (run,) = json.loads(rendered(result(one, other), "sarif", str(tmp_path)))["runs"]
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["helpUri"] == "https://docs.example.org/promtrim/findings.md#duplicate"
    first, second = run["results"]
    location = first["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": "deep%20dir/a%20%C3%BC%25.yml", "uriBaseId": "%SRCROOT%"}
    assert location["region"] == {"startLine": 3, "startColumn": 5, "endColumn": 9}
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("file:///")
    marks = [each["partialFingerprints"]["promtrimFinding/v1"] for each in (first, second)]
    assert marks[1] == f"{marks[0]}-2"
    assert first["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 7}


def test_sarif_has_no_links_and_no_mentions(evil: Result) -> None:
    text = rendered(evil, "sarif", None)
    messages = [each["message"]["text"] for run in json.loads(text)["runs"] for each in run["results"]]
    assert not [message for message in messages if "](" in message or re.search(r"@\w", message)]


def test_github_commands_hold_nothing_but_themselves(evil: Result) -> None:
    lines = rendered(evil, "github", None).splitlines()
    assert len(lines) == MOST
    shape = re.compile(r"::error (file=[^,:]+,line=\d+,col=3,endColumn=9,)?title=[^,:]*::[^\r\n]*")
    assert not [line for line in lines if not shape.fullmatch(line) or "##[" in line]
    for line in lines[:-1]:
        said = re.sub("%(25|0A|0D|3A|2C)", lambda match: chr(int(match[1], 16)), line)
        assert said.isprintable()
    assert f"{len(EVIL) - MOST + 1} more findings" in lines[-1]


def test_github_paths_are_below_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ops" / "rules").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "ops")
    assert "file=ops/rules/a.yml,line=1" in rendered(result(finding("a")), "github", str(tmp_path))


def test_gitlab_has_what_gitlab_asks_for(evil: Result) -> None:
    """https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""
    entry = {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "pattern": "^promtrim/[a-z-]+$"},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": "^\\./"}},
                    "lines": {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                },
            },
        },
    }
    nowhere = Finding("blind-spot", "error", Place(), "", "nobody is told")
    found = json.loads(rendered(result(*evil.findings, nowhere), "gitlab", None))
    jsonschema.Draft202012Validator({"type": "array", "items": entry}).validate(found)
    assert len({each["fingerprint"] for each in found}) == len(found)


def test_junit_is_xml_whatever_the_names(evil: Result) -> None:
    root = ElementTree.fromstring(rendered(evil, "junit", None))
    cases = root.findall(".//testcase")
    assert len(cases) == len(EVIL)
    assert all(case.find("failure") is not None for case in cases)
    assert {int(root.attrib["tests"]), int(root.attrib["failures"])} == {len(EVIL)}
    by_suite = [(int(suite.attrib["tests"]), len(suite.findall("testcase"))) for suite in root.findall("testsuite")]
    assert all(said == there for said, there in by_suite)


def test_junit_tells_rules_in_order_failures_and_the_rest() -> None:
    bad, mild = finding("bad", 4), Finding("duplicate", "warning", Place("rules/mild.yml", 2), "mild", "same as x")
    rules = (Read("bad", "rules/bad.yml", 4), Read("mild", "rules/mild.yml", 2), Read("fine", "rules/bad.yml", 9))
    spot = Finding("blind-spot", "error", Place(), "", "nobody is told")
    root = ElementTree.fromstring(
        rendered(Result((bad, mild, spot), (bad, spot), frozenset(), rules), "junit", None)
    )
    found = {case.attrib["name"]: [each.tag for each in case] for case in root.findall(".//testcase")}
    assert found == {"bad": ["failure"], "fine": [], "mild": ["system-out"], "Blind spot: nobody is told": ["failure"]}


def test_no_line_of_text_is_a_command(evil: Result) -> None:
    text = rendered(evil, "text", None)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line or "##vso[" in line]
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize(("text", "shown"), [
    ("::error::x", ": :error::x"), ("  ::x", "  : :x"), ("a::b", "a::b"), ("a ##[error]b", "a # #[error]b"),
    ("##vso[x]", "# #vso[x]"), ("## [x]", "## [x]"),
])  # fmt: skip
def test_harmless(text: str, shown: str) -> None:
    assert harmless(text) == shown


class Page(html.parser.HTMLParser):
    """What GitHub would show: elements, and text outside of code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.prose = ""
        self._code = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self._code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.prose += data


OURS = {
    "h3", "p", "strong", "em", "code", "pre", "ul", "li", "details", "summary", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def shown(markdown: str) -> Page:
    cmarkgfm = pytest.importorskip("cmarkgfm")
    options = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE | cmarkgfm.cmark.Options.CMARK_OPT_FOOTNOTES
    return Page(cmarkgfm.github_flavored_markdown_to_html(markdown, options=options))


def holds_nothing_foreign(page: Page) -> None:
    assert set(page.tags) <= OURS, set(page.tags) - OURS
    assert set(page.attributes) <= {"lang"}
    assert not re.search(r"@\w|#\d", page.prose), "a mention or a link to an issue"
    assert page.tags.count("details") == page.tags.count("summary")


def evil_rules(names: tuple[str, ...], expr: str = 'up{{job="x{0}"}} == 2') -> str:
    entries = [
        {"alert": name, "expr": expr.format(number), "labels": {"severity": name, "team": name},
         "annotations": {"summary": name, "runbook": f"{name}\n\n# {name}"}}
        for number, name in enumerate(names)
    ]  # fmt: skip
    groups = [{"name": f"{number} {name}", "rules": [entry]} for number, (name, entry) in enumerate(zip(names, entries, strict=True))]
    return json.dumps({"groups": groups})


NAMES = tuple(name for name in EVIL if name.isascii() and "\x00" not in name)


def test_a_comment_shows_names_and_does_nothing_else(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    (before / "gone|`x`.yml").write_text(evil_rules(NAMES, 'up{{job="gone{0}"}} == 0'))
    (before / "same.yml").write_text(evil_rules(("kept", *NAMES), "some_metric > {0}"))
    (after / "@team <b>.yml").write_text(evil_rules(NAMES))
    (after / "same.yml").write_text(evil_rules(("kept", *(f"{name} " for name in NAMES)), "(other_metric)\n # ``` @team\n > {0}1"))
    review = api.diff(str(before), str(after))
    text = reviewed(review, "markdown", "<b>@team | x")
    assert text.startswith("<!-- promtrim:diff:b-team-x -->\n")
    page = shown(text)
    holds_nothing_foreign(page)
    rows = page.tags.count("tr")
    assert page.tags.count("td") + page.tags.count("th") == 4 * rows
    assert "kept" in text
    plain = reviewed(review, "text")
    assert harmless(plain) == plain
    assert all(line.isprintable() for line in plain.split("\n"))
    json.loads(reviewed(review, "json"))


def test_findings_as_markdown_show_names_and_nothing_else(evil: Result) -> None:
    holds_nothing_foreign(shown(rendered(evil, "markdown", None)))


def test_a_long_comment_is_cut_and_says_so(tmp_path: Path) -> None:
    for name, count in (("before", 600), ("after", 1200)):
        (tmp_path / f"{name}.yml").write_text(evil_rules(tuple(f"Alert{number}ÄÖÜ" for number in range(count)), f"{name}_x > {{0}}"))
    review = api.diff(str(tmp_path / "before.yml"), str(tmp_path / "after.yml"))
    text = reviewed(review, "markdown")
    assert len(text) < len(text.encode()) <= LIMIT < 65_536
    assert "more details are not shown here" in text
    page = shown(text)
    holds_nothing_foreign(page)
    said = int(re.findall(r"\*\*(\d+) more details", text)[0])
    pieces = sum(int(number) for number in re.findall(r"(?:<summary>|\*\*|^)[A-Z][\w ,:]+ \((\d+)\)", text, re.MULTILINE))
    shown_pieces = page.tags.count("li") + page.tags.count("tr") - page.tags.count("thead")
    assert 0 < said < pieces
    assert shown_pieces > 100
