from promtrim.output.summary import Cut, count_lines
from promtrim.output.terminal import Paint
from promtrim.output.text import account
from promtrim.plan.model import Plan
from promtrim.rulefile.model import Problem


def test_account_reads_worst_first(plan: Plan, cuts: list[Cut]) -> None:
    assert account(plan, cuts, width=100).splitlines() == [
        "7 rules: kept 2, dropped 5; 381 -> 98 lines",
        "level critical, topology small; promtrim explain FILE ALERT tells more",
        "",
        "Nobody would tell you (1):",
        "  nobody is told when it stops",
        "    -> scrape it",
        "",
        "Dropped, can fire nowhere: a mistake to mend (1):",
        "  LagHere: the two sides carry different state labels",
        "",
        "Dropped, cannot fire: nothing delivers what they ask for (1):",
        "  NothingThere: nothing scrapes it",
        "",
        "Dropped, no reason to wake anybody, though their severity is critical (3):",
        "  Milder, Milder2: the milder half of a pair",
        "  \\x1b[31mred\\x07 \\u202eevil|<img src=x> @team [a](http://b) `code` second: hygiene",
        "",
        "Kept (2):",
        "  BackendGone, job:up:sum",
        "",
        "To look at:",
        "  rules.yml:3:9: BackendGone: it may page nobody",
        "  rules.yml: an anchor moved to line 7",
        "  rules.yml:14:11: LagHere: the sides can never match; write: a - ignoring (state) b > 1",
    ]


def test_one_sentence_for_all_that_it_is_about(plan: Plan, cuts: list[Cut]) -> None:
    problems = tuple(Problem("severity", "it may page nobody", "rules.yml", line, 9, f"A{line}") for line in range(3))
    text = account(Plan(plan.topology, "critical", (), (), (), (), problems), cuts)
    assert "  A0, A1, A2: it may page nobody\n" in text


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
        problems=tuple(Problem("c", "it may page nobody", "r.yml", 1, 1, f"A{number}") for number in range(500)),
    )
    text = account(many, cuts)
    assert text.count("\n") < 100
    assert "and 470 more: it may page nobody" in text


def test_lines_are_counted_with_or_without_a_last_line_end() -> None:
    assert [count_lines(text) for text in ("", "a", "a\n", "a\nb", "a\r\nb\r\n")] == [0, 1, 1, 2, 2]


def test_what_its_author_calls_critical_is_dropped_under_a_heading_of_its_own() -> None:
    from promtrim.api import make_plan
    from promtrim.output.summary import dropped_by_reason

    alerts = [("Paged", "context_switches", "page"), ("Noted", "intr", "warning"), ("Critical", "forks", "critical")]
    rules = "groups:\n- name: g\n  rules:\n" + "".join(
        f"  - {{alert: {name}, expr: 'rate(node_{what}_total[5m]) > 1', labels: {{severity: {severity}}}}}\n"
        for name, what, severity in alerts
    )
    plan = make_plan(["-"], stdin=rules)
    told = {words: [each.judged.rule.name for each in found] for words, found in dropped_by_reason(plan)}
    assert told.pop("no reason to wake anybody") == ["Noted"]
    assert "though their severity is critical" in next(iter(told))


def test_blind_spots_of_one_reason_are_one_sentence() -> None:
    from promtrim.plan.coverage import told_together
    from promtrim.plan.model import BlindSpot

    def spot(component: str, mode: str = "down", because: str = "no job") -> BlindSpot:
        what = {"down": "is down", "disk": "runs out of space"}[mode]
        subject = {"node": "the node", "volume": "a volume"}.get(component, component)
        text = f"nobody is told when {subject} {what}: {because}"
        return BlindSpot(component, mode, ("A",), text, "scrape it")  # type: ignore[arg-type]

    spots = [spot("api"), spot("volume", "disk"), spot("node"), spot("web", because="no rule"), spot("db")]
    assert told_together(spots) == [
        ("nobody is told when api, the node or db is down: no job", "scrape it"),
        ("nobody is told when a volume runs out of space: no job", "scrape it"),
        ("nobody is told when web is down: no rule", "scrape it"),
    ]
    many = told_together([spot(f"s{number}") for number in range(9)])
    assert many[0][0] == "nobody is told when s0, s1, s2, s3, s4, s5 or one of 3 more is down: no job"
    odd = BlindSpot("monitoring", "monitoring", (), "no alert reaches anybody: nothing there", "mend it")
    assert told_together([odd, odd]) == [("no alert reaches anybody: nothing there", "mend it")]
