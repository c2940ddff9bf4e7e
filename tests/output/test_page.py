"""The page about a plan: what stands in it, and that it behaves in a real browser."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from promtrim import api
from promtrim.output.page.beside import CONTEXT, beside
from promtrim.rulefile.edits import Edit, apply_edits, merge_edits
from tests.browser import chromium, complaints, open_file

HOSTILE = """\
groups:
  - name: "</script><script>alert(1)</script>"
    rules:
      - alert: '"><img src=x onerror=alert(2)>'
        expr: 'up{job="<script>alert(3)</script>"} == 0'
        labels: {severity: critical, "a": "{{ 7 * 7 }} <b onclick=alert(4)>"}
      - alert: "turned \\u202e round"
        expr: up{job="a' onfocus=alert(5) autofocus x='"} == 0
"""


def page_of(*paths: Path, level: str = "relevant") -> str:
    return api.report_page(api.make_plan([str(path) for path in paths], level=level))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def window() -> Iterator[webdriver.Chrome]:
    with chromium() as window:
        yield window


@pytest.fixture(scope="module")
def example(fixtures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the example stack."""
    plan = api.make_plan([str(fixtures / "alert_rules.yml")], topology=str(fixtures / "topology.yml"), level="critical")
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(api.report_page(plan))
    return file


def seen(window: webdriver.Chrome) -> list[str]:
    """The names of the rules that the filters leave."""
    return [
        rule.find_element(By.CSS_SELECTOR, ".name").text
        for rule in window.find_elements(By.CSS_SELECTOR, ".rule")
        if rule.is_displayed()
    ]


# What stands in it


def test_every_rule_with_its_decision_and_reason(fixtures: Path) -> None:
    plan = api.make_plan([str(fixtures / "alert_rules.yml")], level="critical")
    text = api.report_page(plan)
    assert text.count('<details class="rule ') == len(plan.rules)
    for decided in plan.rules:
        assert html.escape(decided.reason.text, quote=False).replace("'", "&#39;").replace('"', "&#34;") in text
        assert f'<span class="name">{decided.judged.rule.name}</span>' in text


def test_it_asks_nothing_of_a_network(fixtures: Path) -> None:
    text = page_of(fixtures / "alert_rules.yml")
    head = text[: text.index("<body>")]
    assert "default-src 'none'" in html.unescape(head)
    assert "<link" not in text
    assert "src=" not in text


def test_same_rules_same_bytes(fixtures: Path) -> None:
    assert page_of(fixtures / "alert_rules.yml") == page_of(fixtures / "alert_rules.yml")


# Side by side

TEXTS = st.lists(st.sampled_from(["a\n", "bb\n", "\n", "d\x85e\n"]), max_size=30).map("".join)


@given(TEXTS, st.data())
def test_both_sides_are_the_text_before_and_after(text: str, data: st.DataObject) -> None:
    places = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(places, places, st.sampled_from(["", "[]", "new\n"])), max_size=4))
    edits: list[Edit] = []
    for first, second, put in sorted((min(a, b), max(a, b), put) for a, b, put in spans):
        if not edits or first > edits[-1].end:
            edits.append(Edit(first, second, put))
    edits = [edit for edit in merge_edits(edits) if edit.start < edit.end or edit.text]
    before = text.replace("\r\n", "\n").split("\n")
    after = apply_edits(text, edits).replace("\r\n", "\n").split("\n")
    sides = beside(text, edits)
    old = new = 0
    for hunk in sides.hunks:
        old, new = old + hunk.skipped, new + hunk.skipped
        for line in hunk.lines:
            if line.old:
                assert (line.old, line.before.rstrip("\r\n")) == (old + 1, before[old])
                old += 1
            if line.new:
                assert (line.new, line.after.rstrip("\r\n")) == (new + 1, after[new])
                new += 1
    assert before[old : old + sides.rest] == after[new : new + sides.rest]
    assert old + sides.rest == len(text.replace("\r\n", "\n").splitlines()) or "\x85" in text


def test_only_what_changed_is_shown_with_a_few_lines_around() -> None:
    text = "".join(f"line {number}\n" for number in range(100))
    start = text.index("line 50\n")
    (hunk,) = beside(text, [Edit(start, start + len("line 50\n"))]).hunks
    assert hunk.skipped == 50 - CONTEXT
    assert [(line.old, line.new) for line in hunk.lines] == [
        (48, 48), (49, 49), (50, 50), (51, 0), (52, 51), (53, 52), (54, 53),
    ]  # fmt: skip


# In a browser


def test_it_opens_without_a_complaint(window: webdriver.Chrome, example: Path) -> None:
    open_file(window, example)
    assert "kept" in window.find_element(By.TAG_NAME, "h1").text
    assert complaints(window) == []


def test_search_and_filters(window: webdriver.Chrome, example: Path) -> None:
    open_file(window, example)
    everything = seen(window)
    kept = window.find_elements(By.CSS_SELECTOR, ".rule.kept .name")
    window.find_element(By.CSS_SELECTOR, "[name=decision] option:nth-child(2)").click()
    assert seen(window) == [name.text for name in kept] != everything
    search = window.find_element(By.ID, "search")
    search.send_keys("no such rule")
    assert seen(window) == []
    assert window.find_element(By.ID, "none").is_displayed()
    window.find_element(By.ID, "all").click()
    assert seen(window) == everything
    window.find_element(By.TAG_NAME, "body").send_keys("/")
    window.switch_to.active_element.send_keys(everything[3])
    assert everything[3] in seen(window)
    assert len(seen(window)) < len(everything)
    assert window.find_element(By.ID, "count").text.endswith(f"of {len(everything)} rules")
    window.refresh()
    assert everything[3] in seen(window), "a reload keeps the filters"
    assert len(seen(window)) < len(everything)
    window.find_element(By.ID, "search").send_keys(Keys.ESCAPE)
    assert seen(window) == everything
    assert complaints(window) == []


def test_keys_walk_and_evidence_unfolds(window: webdriver.Chrome, example: Path) -> None:
    open_file(window, example)
    body = window.find_element(By.TAG_NAME, "body")
    body.send_keys("j")
    window.switch_to.active_element.send_keys("j")
    names = seen(window)
    assert names[1] in window.switch_to.active_element.text
    window.switch_to.active_element.send_keys(Keys.ENTER)
    rule = window.find_elements(By.CSS_SELECTOR, ".rule")[1]
    assert rule.get_attribute("open")
    steps = window.find_elements(By.CSS_SELECTOR, ".rule[open] .steps details")
    for step in steps:
        if not step.get_attribute("open"):
            step.find_element(By.TAG_NAME, "summary").click()
    assert all(step.find_element(By.CSS_SELECTOR, ".at").is_displayed() for step in steps)


def test_nothing_is_wider_than_a_phone(example: Path) -> None:
    with chromium(width=500, height=900) as window:
        open_file(window, example)
        for rule in window.find_elements(By.CSS_SELECTOR, "details"):
            window.execute_script("arguments[0].open = true", rule)
        wide, room = window.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= room


def test_light_and_dark(example: Path) -> None:
    shades = []
    for dark in (False, True):
        with chromium(dark=dark) as window:
            open_file(window, example)
            shades.append(window.execute_script("return getComputedStyle(document.body).backgroundColor"))
            window.find_element(By.ID, "theme").click()
            shades.append(window.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert shades[0] == shades[3] != shades[1] == shades[2]


def test_a_rule_file_cannot_bring_a_script(window: webdriver.Chrome, tmp_path: Path) -> None:
    file = tmp_path / '<img src=x onerror="alert(6)">.yml'
    file.write_text(HOSTILE)
    page = tmp_path / "page.html"
    page.write_text(api.report_page(api.make_plan([str(file)]), title="<script>alert(7)</script>"))
    open_file(window, page)
    for element in window.find_elements(By.TAG_NAME, "details"):
        window.execute_script("arguments[0].open = true", element)
    assert complaints(window) == []
    assert len(window.find_elements(By.TAG_NAME, "script")) == 1
    assert window.find_elements(By.CSS_SELECTOR, "img, b[onclick], [onfocus]") == []
    assert "{{ 7 * 7 }}" in window.page_source
    assert "turned \\u202e round" in [rule.strip() for rule in seen(window)]


def test_two_thousand_rules_filter_between_two_pictures(window: webdriver.Chrome, fixtures: Path, tmp_path: Path) -> None:
    rules = tmp_path / "many.yml"
    rules.write_text(
        "groups:\n- name: g\n  rules:\n"
        + "".join(f"  - {{alert: A{n}, expr: 'rate(errors_total{{job=\"j{n}\"}}[5m]) > {n}'}}\n" for n in range(2000))
    )
    page = tmp_path / "many.html"
    page.write_text(page_of(rules))
    open_file(window, page)
    assert len(window.find_elements(By.CSS_SELECTOR, ".rule")) == 2000
    taken = window.execute_script(
        "const search = document.getElementById('search'); const begin = performance.now();"
        "search.value = 'a1234'; search.dispatchEvent(new Event('input', {bubbles: true}));"
        "document.body.offsetHeight; return performance.now() - begin"
    )
    assert seen_count(window) == 1
    print(f"filtering 2,000 rules took {taken:.0f} ms")


def seen_count(window: webdriver.Chrome) -> int:
    return int(window.execute_script("return document.querySelectorAll('.rule:not([hidden])').length"))
