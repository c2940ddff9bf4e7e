import msgspec

from promtrim.output.story import story, told
from promtrim.plan.model import Plan


def test_story_of_a_kept_alert(plan: Plan) -> None:
    text = story(plan.rules[0], "the backend stops answering for a minute", ("ApiErrors",))
    assert text.splitlines() == [
        "BackendGone",
        "rules.yml:3:9, group g",
        "",
        "Kept: the backend is what users touch",
        "It can fire here.",
        "It watches backend for down; tier critical.",
        "",
        "Step by step, the smallest reason first:",
        "    1. up",
        "       (line 4, column 11)",
        "       -> one series",
        "          because the job finds one target (topology.yml:3)",
        "  2. up == 0",
        "     (line 4, column 11)",
        "     -> nothing, or one series",
        "        because a target can be down",
        "",
        "What would make it fire:",
        "  the backend stops answering for a minute",
        "",
        "Who else tells you:",
        "  ApiErrors",
    ]


def test_story_of_a_mistake(plan: Plan) -> None:
    text = story(plan.rules[1], "", ())
    assert "Dropped: the two sides carry different state labels" in text
    assert "It cannot fire here. Both sides carry another state." in text
    assert "it can fire nowhere" in text.replace("\n", " ")
    assert "Write: a - ignoring (state) b > 1" in text


def test_hostile_names(plan: Plan) -> None:
    assert story(plan.rules[4], "", ()).replace("\n", "").isprintable()


def test_as_json(plan: Plan) -> None:
    value = msgspec.to_builtins(told(plan.rules[0], "x", ["y"]))
    assert value["alert"] == "BackendGone"
    assert value["would_fire"] == "x"
    assert value["covered_by"] == ["y"] or value["covered_by"] == ("y",)
    assert [step["depth"] for step in value["evidence"]] == [1, 0]
