from promtrim.output.table import HEADER, table
from promtrim.plan.model import Plan


def test_one_line_per_rule_in_order(plan: Plan) -> None:
    lines = table(plan).splitlines()
    assert lines[0].split() == list(HEADER)
    assert len(lines) == 1 + len(plan.rules)
    assert lines[2].split() == [
        *["drop", "cannot-fire", "cannot-fire", "logic", "critical", "down", "backend", "LagHere"],
        "rules.yml:13",
    ]
    assert lines[7].split()[-2:] == ["job:up:sum", "rules.yml:53"]


def test_columns_line_up(plan: Plan) -> None:
    lines = table(plan).splitlines()
    start = lines[0].index("VERDICT")
    assert all(line[start - 1] == " " and line[start] != " " for line in lines)


def test_names_cannot_break_the_table(plan: Plan) -> None:
    assert table(plan).replace("\n", "").isprintable()
