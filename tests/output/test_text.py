from promtrim.output.summary import Cut, count_lines
from promtrim.output.terminal import Paint
from promtrim.output.text import account
from promtrim.plan.model import Plan


def test_account_reads_worst_first(plan: Plan, cuts: list[Cut]) -> None:
    assert account(plan, cuts, width=100).splitlines()[:22] == [
        "6 rules: kept 2, dropped 4; 381 -> 98 lines",
        "level critical, topology small",
        "",
        "Nobody would tell you (1):",
        "  mongodb down: nobody is told when it stops",
        "    -> scrape it",
        "",
        "Dropped, can fire nowhere: a mistake to mend (1):",
        "  LagHere: the two sides carry different state labels",
        "",
        "Dropped, cannot fire: nothing delivers what they ask for (1):",
        "  NothingThere: nothing scrapes it",
        "",
        "Dropped, no reason to wake anybody (2):",
        "  Milder, \\x1b[31mred\\x07 \\u202eevil|<img src=x> @team [a](http://b) `code` second",
        "",
        "Kept (2):",
        "  BackendGone, job:up:sum",
        "",
        "To look at (3):",
        "  rules.yml:3:9: BackendGone: it may page nobody",
        "  rules.yml: an anchor moved to line 7",
    ]


def test_mended_expression_is_shown(plan: Plan, cuts: list[Cut]) -> None:
    assert "write: a - ignoring (state) b > 1" in account(plan, cuts, width=200)


def test_nothing_steers_the_terminal(plan: Plan, cuts: list[Cut]) -> None:
    text = account(plan, cuts)
    assert text.replace("\n", "").isprintable()
    assert "\x1b[1m" in account(plan, cuts, Paint(True))


def test_thousands_of_rules_stay_short(plan: Plan, cuts: list[Cut]) -> None:
    many = Plan(
        topology=plan.topology,
        level="critical",
        documents=(),
        rules=plan.rules * 2000,
        blind_spots=(),
        coverage=(),
        problems=plan.problems * 500,
    )
    text = account(many, cuts)
    assert text.count("\n") < 100
    assert "... and 1988 more" in text


def test_lines_are_counted_with_or_without_a_last_line_end() -> None:
    assert [count_lines(text) for text in ("", "a", "a\n", "a\nb", "a\r\nb\r\n")] == [0, 1, 1, 2, 2]
