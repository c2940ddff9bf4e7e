from promtrim.output.markdown import code, escaped, markdown
from promtrim.output.summary import Cut
from promtrim.plan.model import Plan


def test_plain_words_stay_readable() -> None:
    assert escaped("kube-state-metrics: rules/a.yml:12 (2 of 3), 5 % = 0.05") == (
        "kube-state-metrics: rules/a.yml:12 (2 of 3), 5 % = 0.05"
    )


def test_nothing_gets_through() -> None:
    assert escaped("<img src=x onerror=alert(1)>").startswith("&lt;img")
    assert escaped("[a](javascript:x)") == "\\[a\\](javascript:x)"
    assert "@team" not in escaped("@team")
    assert "http://" not in escaped("see http://evil.example")
    assert "www." not in escaped("see www.evil.example")
    assert escaped("# title").startswith("\\#")
    assert escaped("- item").startswith("\\-")
    assert escaped("1. item") == "1\\. item"
    assert escaped("a | b") == "a \\| b"
    assert escaped("**a** _b_ `c` ~~d~~ $e$") == "\\*\\*a\\*\\* \\_b\\_ \\`c\\` \\~\\~d\\~\\~ \\$e\\$"
    assert escaped("a\n\n# b") == "a \\#&#8203; b"


def test_code_fences_outlast_what_they_hold() -> None:
    assert code("up == 0") == "`up == 0`"
    assert code("a ``b`` c") == "``` a ``b`` c ```"
    assert code("a or b | c") == "`a or b \\| c`"


def test_account(plan: Plan, cuts: list[Cut]) -> None:
    text = markdown(plan, cuts)
    assert text.startswith("**Kept 2 of 7 rules**, 381 → 98 lines (level critical, topology small)\n")
    assert text.index("### Nobody would tell you") < text.index("### Kept") < text.index("### Dropped")
    assert "| **BackendGone** (rules.yml:3) | critical | backend down | the backend is what users touch |" in text
    assert "<img" not in text
    assert "@team" not in text
    assert "write `a - ignoring (state) b > 1`" in text
    assert "\x1b" not in text
