"""``promtrim.yml``: where it is found, what it says, how it is refused."""

import json
import typing

import msgspec
import pytest

from promtrim.config.load import _Document, _Entry, find, load_config, parse_config, parse_matchers, topology_of
from promtrim.config.model import Config, Finding, Matcher
from promtrim.errors import ErrorGroup, InputError
from promtrim.plan.model import Level
from promtrim.shape import schema_text

FULL = """\
topology: single-node
level: essential
keep:
  - alert: Checkout*
    reason: the shop owner asked for it
drop:
  - labels: {team: data}
    reason: the data team has its own pager
  - alert: Disk*
    labels: severity="info", host=~"lab-.*"
    reason: >
      lab machines are
      nobody's concern at night
rulesets: [rulesets/till.yml]
fail-on: [cannot-fire, blind-spot]
"""


def test_all_of_it():
    config = parse_config(FULL, "ops/promtrim.yml")
    assert config.topology == "single-node"
    assert config.level == "essential"
    assert config.rulesets == ("ops/rulesets/till.yml",)
    assert config.fail_on == ("cannot-fire", "blind-spot")
    keep, team, lab = config.overrides
    assert (keep.action, keep.alert, keep.line) == ("keep", "Checkout*", 4)
    assert (team.action, team.alert, team.labels, team.line) == ("drop", None, (Matcher("team", "=", "data"),), 7)
    assert lab.reason == "lab machines are nobody's concern at night"
    assert (lab.file, lab.line) == ("ops/promtrim.yml", 9)
    assert str(lab) == 'Disk* {severity="info", host=~"lab-.*"}'


def test_an_empty_file_says_nothing():
    assert parse_config("", "promtrim.yml") == Config(file="promtrim.yml")
    assert parse_config("keep:\ndrop: []\nlevel:\n", "p.yml").overrides == ()


class TestOverride:
    @pytest.mark.parametrize(
        ("entry", "alert", "labels", "fits"),
        [
            ("alert: Disk*", "DiskFull", {}, True),
            ("alert: Disk*", "diskFull", {}, False),
            ("alert: Disk*", "RaidDisk", {}, False),
            ("alert: 'Disk[FS]*'", "DiskSlow", {}, True),
            ("alert: Disk*", None, {}, False),
            ("labels: {team: web}", "A", {"team": "web"}, True),
            ("labels: {team: web}", "A", {}, False),
            ("labels: {team: ''}", "A", {}, True),
            ("labels: 'team!=\"web\"'", "A", {}, True),
            ("labels: 'team=~\"we\"'", "A", {"team": "web"}, False),
            ("labels: 'team=~\"we.\"'", "A", {"team": "web"}, True),
            ("labels: 'team!~\"we.|shop\"'", "A", {"team": "shop"}, False),
            ("{alert: A, labels: {team: web}}", "A", {"team": "web"}, True),
            ("{alert: A, labels: {team: web}}", "A", {"team": "shop"}, False),
            ("{alert: A, labels: {team: web}}", "B", {"team": "web"}, False),
        ],
    )
    def test_fits(self, entry, alert, labels, fits):
        body = entry[1:-1] if entry.startswith("{") else entry
        (override,) = parse_config(f"drop:\n  - {{{body}, reason: x}}\n", "p.yml").overrides
        assert override.matches(alert, labels) is fits


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("", ()),
        ("{}", ()),
        ('{a="b"}', (Matcher("a", "=", "b"),)),
        (" a = 'b' , c!~\"d|e\", ", (Matcher("a", "=", "b"), Matcher("c", "!~", "d|e"))),
        (r'a="say \"hi\", {you}"', (Matcher("a", "=", 'say "hi", {you}'),)),
        (r'a=~"x\\.y"', (Matcher("a", "=~", r"x\.y"),)),
    ],
)
def test_selectors(selector, expected):
    assert parse_matchers(selector) == expected


@pytest.mark.parametrize("selector", ["a", "a=b", 'a=="b"', 'a="b" c="d"', '{a="b"', 'a=~"["', '1a="b"'])
def test_bad_selectors(selector):
    with pytest.raises(ValueError, match=r"cannot read|no regular expression"):
        parse_matchers(selector)


class TestTopology:
    def test_a_preset(self):
        assert topology_of(parse_config("topology: ha-cluster", "p.yml")).nodes == "3.."

    def test_a_file_beside_the_configuration(self, tmp_path):
        (tmp_path / "shop.yml").write_text("nodes: 2\n")
        (tmp_path / "promtrim.yml").write_text("topology: shop.yml\n")
        assert topology_of(load_config(str(tmp_path / "promtrim.yml"))).nodes == 2

    def test_written_out(self):
        config = parse_config("level: critical\ntopology:\n  preset: single-node\n  nodes: 4\n", "p.yml")
        topology = topology_of(config)
        assert (topology.nodes, topology.zones) == (4, 1)
        assert topology.sources["nodes"] == "p.yml:4"

    def test_none(self):
        assert topology_of(Config()) is None

    def test_a_file_that_is_not_there(self):
        with pytest.raises(InputError, match=r"no file 'nowhere.yml' and no such preset") as caught:
            topology_of(parse_config("level: critical\ntopology: nowhere.yml\n", "p.yml"))
        assert (caught.value.file, caught.value.line) == ("p.yml", 2)

    def test_a_mistake_inside_has_its_place(self):
        with pytest.raises(InputError, match="did you mean 'nodes'") as caught:
            parse_config("topology:\n  nodse: 1\n", "p.yml")
        assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("levels: critical", 1, 1, "did you mean 'level'"),
        ("level: low", 1, 1, "use one of: relevant, critical, essential"),
        ("keep:\n  - alert: A", 2, 5, "lacks reason"),
        ("keep:\n  - {alert: A, reason: ' '}", 2, 16, "say why"),
        ("drop:\n  - reason: x", 2, 5, "names nothing"),
        ("drop:\n  - {alert: '', reason: x}", 2, 6, "names nothing"),
        ("drop:\n  - A", 2, 5, "a mapping with alert: or labels:"),
        ("drop:\n  - {name: A, reason: x}", 2, 6, "unknown key 'name'"),
        ("drop:\n  - {labels: {n: 1}, reason: x}", 2, 15, "quote numbers"),
        ("drop:\n  - {labels: 'a=~\"[\"', reason: x}", 2, 6, "no regular expression"),
        ("drop: {alert: A}", 1, 1, "a list"),
        ("fail-on: [cannotfire]", 1, 11, "use one of: cannot-fire"),
        ("topology: [a]", 1, 1, "a preset's name, a path or a mapping"),
        ("- a", 1, 1, "a mapping"),
        ("keep: [", 1, 0, "broken YAML"),
    ],
)
def test_refuses_with_line_column_and_what_to_do(text, line, column, said):
    with pytest.raises(InputError, match=said) as caught:
        parse_config(text, "p.yml")
    assert (caught.value.file, caught.value.line) == ("p.yml", line)
    assert column in (0, caught.value.column)


def test_every_mistake_is_told_at_once():
    with pytest.raises(ErrorGroup) as caught:
        parse_config("level: low\nkeep: [{alert: A}]\nfoo: 1\n", "p.yml")
    assert [each.line for each in caught.value.errors] == [1, 2, 3]


class TestFind:
    def test_in_the_folder_of_the_file_or_above(self, tmp_path, monkeypatch):
        deep = tmp_path / "ops" / "rules"
        deep.mkdir(parents=True)
        (tmp_path / "promtrim.yml").write_text("level: critical\n")
        (deep / "a.yml").write_text("groups: []\n")
        monkeypatch.chdir(tmp_path)
        assert find("ops/rules/a.yml") == "promtrim.yml"
        assert find(str(deep)) == "promtrim.yml"
        (deep / "promtrim.yml").write_text("")
        assert find("ops/rules/a.yml") == "ops/rules/promtrim.yml"

    def test_not_above_the_repository(self, tmp_path):
        repository = tmp_path / "repository"
        (repository / ".git").mkdir(parents=True)
        (tmp_path / "promtrim.yml").write_text("level: critical\n")
        assert find(str(repository)) is None

    def test_elsewhere_it_has_its_full_path(self, tmp_path, monkeypatch):
        (tmp_path / "here").mkdir()
        (tmp_path / "there").mkdir()
        (tmp_path / "there" / "promtrim.yml").write_text("")
        monkeypatch.chdir(tmp_path / "here")
        assert find(str(tmp_path / "there" / "a.yml")) == str(tmp_path / "there" / "promtrim.yml")


def test_the_nearest_one_is_read(tmp_path, monkeypatch):
    (tmp_path / "promtrim.yml").write_text("level: relevant\n")
    (tmp_path / "rules").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_config(None, "rules/a.yml") == Config(file="promtrim.yml", level="relevant")
    (tmp_path / ".git").mkdir()
    (tmp_path / "promtrim.yml").unlink()
    assert load_config(None, "-") == Config()


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_config(str(tmp_path / "promtrim.yml"))
    (tmp_path / "promtrim.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="UTF-8"):
        load_config(str(tmp_path / "promtrim.yml"))


def test_schema_and_types_have_the_same_keys_and_words():
    schema = json.loads(schema_text("config"))
    names = lambda struct: {field.encode_name for field in msgspec.structs.fields(struct)}  # noqa: E731
    assert set(schema["properties"]) == names(_Document)
    assert set(schema["$defs"]["overrides"]["items"]["properties"]) == names(_Entry)
    assert schema["properties"]["level"]["enum"] == [*typing.get_args(Level), None]
    assert schema["properties"]["fail-on"]["items"]["enum"] == list(typing.get_args(Finding))


@pytest.mark.parametrize("value", [None, True, 3, "x", "critical", "duplicate", [], ["x"], ["duplicate"], {}, [{}],
                                   [{"reason": "x", "alert": "A"}], [{"reason": 1}], [None],
                                   [{"reason": "x", "labels": {"a": "b"}}]])  # fmt: skip
@pytest.mark.parametrize("key", ["topology", "level", "keep", "drop", "rulesets", "fail-on", "other"])
def test_schema_and_types_give_the_same_answer(key, value):
    from jsonschema import Draft202012Validator

    by_schema = Draft202012Validator(json.loads(schema_text("config"))).is_valid({key: value})
    try:
        msgspec.convert({key: value}, _Document)
        by_type = True
    except msgspec.ValidationError:
        by_type = False
    assert by_schema == by_type


def test_an_expression_that_could_take_for_ever_is_refused(tmp_path):
    path = tmp_path / "promtrim.yml"
    path.write_text('drop:\n  - labels: \'team=~"(a+)+b"\'\n    reason: x\n')
    with pytest.raises(InputError, match="write it simpler") as caught:
        load_config(str(path), ".", {})
    assert caught.value.line == 2
