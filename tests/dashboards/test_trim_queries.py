"""Variables put aside for the parser: which queries are then proven to return nothing, and which must never be.

On preset single-node there is no HorizontalPodAutoscaler, so ``HPA`` below stands for a metric that is certainly absent.
"""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promtrim.dashboards.existing.queries import put_aside, tree_of
from promtrim.dashboards.existing.trim import Nothing, Unread
from promtrim.dashboards.existing.variables import VARIABLE, names, used
from tests.dashboards.asking import asker

HPA = "kube_horizontalpodautoscaler_status_current_replicas"


@pytest.mark.parametrize(
    "query",
    [
        "HPA",
        'HPA{namespace="$namespace", cluster=~"${cluster:regex}", job="[[job]]"}',
        "sum by ($group) (HPA)",
        "sum by (a, ${group:csv}) (rate(HPA[$__rate_interval]))",
        "HPA * on ($labels) group_left ($more) up",
        "up and on ($label) HPA",
        "HPA unless on ($label) up",
        "HPA > $threshold",
        "$factor * HPA",
        "HPA / $__range_s",
        "topk($k, HPA)",
        "topk([[k]], sum by (pod) (increase(HPA[$__range])))",
        "histogram_quantile($q, sum by (le) (HPA))",
        "quantile_over_time($q, HPA[$__interval])",
        "max_over_time(HPA[$__range:$__interval])",
        "max_over_time(HPA[${n}m])",
        "HPA offset $offset",
        "HPA offset -${offset}",
        "HPA{$filters}",
        'HPA{job="a"$filters}',
        'HPA{job="a", $filters}',
        'HPA{$filters, job="a"}',
        'HPA{$label=~"$value"}',
        'label_replace(HPA, "$to", "$1", "from", "(.*)")',
        "avg(HPA) # of $namespace, not more than \"",
        '{__name__="HPA", job="$job"}',
        "increase(HPA[$__interval] offset 5m)",
        "clamp_max(HPA, $most)",
        "count_values(\"$label\", HPA)",
        "absent(vector(1)) or HPA",
        '$metric{job="a"} * HPA',
        "up unless up",
        'up{job="$a"} unless up{job="$a"}',
    ],
)
def test_proven_empty_whatever_the_variables_are(query: str) -> None:
    assert isinstance(asker("single-node")(query.replace("HPA", HPA), False), Nothing)


@pytest.mark.parametrize(
    "query",
    [
        "up",
        "$metric",
        "$HPA",
        "${prefix}_current_replicas",
        "kube_horizontalpodautoscaler_$what",
        '{__name__=~"$metric"}',
        "HPA or $other",
        "$other or HPA",
        "up unless HPA",
        "absent(HPA)",
        'absent(HPA{job="$job"})',
        'up{job="$a"} unless up{job="$b"}',
        'up{job="$a"} unless up{job!="$a"}',
        "$a unless $b",
        "$a - $b",
        "up > $threshold",
        "$threshold < $other",
        "up unless on ($label) up",
        'absent(up{job="$job"}) * on (job) group_left up{job="a"}',
        'sum by ($label) (up) * on (cluster) group_left () kube_node_info{cluster="a"}',
        'sum without ($label) (up{job="a"}) * on (job) up{job="b"}',
        'up{job="a"} * on (job) group_left ($label) up{job="$job"}',
        'label_replace(up{job="a"}, "$to", "b", "", "") * on (job) up{job="b"}',
        'label_replace(up{job="a"}, "[[to]]", "b", "", "") * on (job) up{job="b"}',
        'up{job="a", job=~"$job"}',
        "absent_over_time(vector(1)[$range:1m])",
        "absent_over_time(vector(1)[1m:$step])",
        "rate(up[$range]) unless rate(up[$other])",
        "up offset $a unless up offset $b",
        "max_over_time(up[1h]) < max_over_time(up[$range])",
        "topk($k, up)",
        "vector($x) > 3",
        "scalar($x) + vector(1)",
    ],
)
def test_never_proven_empty(query: str) -> None:
    assert asker("single-node")(query.replace("HPA", HPA), False) is None


@pytest.mark.parametrize("query", ["$function(up)", "sum(", "rate(up[$a $b])", "up{job=$job}", "grafana_variable_0_ + $x"])
def test_unreadable_queries_stay(query: str) -> None:
    assert isinstance(asker("single-node")(query, False), Unread)
    assert asker("single-node")(query, True) is None


@pytest.mark.parametrize(
    "query",
    ['{namespace="$namespace"} |= "error"', 'sum(rate({app="$app"} | json [5m]))', "SELECT 1", "avg:system.load{*}"],
)
def test_other_languages_stay_where_the_data_source_does_not_tell(query: str) -> None:
    assert asker("single-node")(query, True) is None


@pytest.mark.parametrize("pair", ['x{job="$a"} - x{job="$a"}', "rate(x[$a]) - rate(x[$a])", "x offset $a - x offset $a"])
def test_one_variable_is_one_thing(pair: str) -> None:
    tree = tree_of(pair)
    assert tree.lhs == tree.rhs  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "pair",
    ['x{job="$a"} - x{job="$b"}', 'x{job="$a"} - x{job!="$a"}', "rate(x[$a]) - rate(x[$b])", "x offset $a - x offset $b",
     'x{$a} - x{$b}', "$a unless $b"],
)  # fmt: skip
def test_two_variables_are_two_things(pair: str) -> None:
    tree = tree_of(pair)
    assert tree.lhs != tree.rhs  # type: ignore[union-attr]


def test_text_without_variables_is_parsed_as_it_is() -> None:
    query = 'label_replace(up{job=~"a$|b"}, "x", "y", "z", "^w$")'
    assert put_aside(query).text == query


# What each template's variables can be: all combinations are asked, as Grafana would send them.
TEMPLATES = {
    'HPA{job=~"$x"} > $n': {"$x": ["", "a", "a|b", ".*"], "$n": ["0", "-1", "up"]},
    'up{job="$x"} unless up{job="$y"}': {"$x": ["a", "b"], "$y": ["a", "b", ""]},
    "sum by ($x) (HPA) or $n": {"$x": ["job", "job, pod", ""], "$n": ["up", "vector(1)", "HPA"]},
    "topk($n, up * on ($x) group_left () HPA)": {"$n": ["1", "5"], "$x": ["job", "job, pod", ""]},
    'absent(HPA{job="$x"}) * on (job) group_left () up{job="$y"}': {"$x": ["a", "b"], "$y": ["a", "b"]},
    "max_over_time((up or HPA)[$x:$y])": {"$x": ["1s", "5m", "30d"], "$y": ["1s", "1h", ""]},
    "absent_over_time(vector(1)[$x:1m])": {"$x": ["1s", "59s", "5m", "30d"]},
    'up{$x} unless up{job="a"}': {"$x": ['job="a"', 'job="a",x="y"', 'job="b"', ""]},
    "$x - $y > 0": {"$x": ["up", "HPA", "3"], "$y": ["up", "HPA"]},
    "${x}_total and HPA": {"${x}": ["up", "requests"]},
    "up and ${x}": {"${x}": ["up", "HPA"]},
    'label_replace(up{job="a"}, "$x", "b", "", "") and on (job) up{job="b"}': {"$x": ["job", "pod"]},
}


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_is_proven_of_a_template_holds_for_every_value(template: str) -> None:
    """Widened, never narrowed: a proof with variables must hold once they are replaced as Grafana replaces them."""
    ask = asker("single-node")
    choices = TEMPLATES[template]
    proven = isinstance(ask(template.replace("HPA", HPA), False), Nothing)
    possible = []
    for values in itertools.product(*choices.values()):
        text = template
        for variable, value in zip(choices, values, strict=True):
            text = text.replace(variable, value)
        possible.append(not isinstance(ask(text.replace("HPA", HPA), False), Nothing))
    if proven:
        assert not any(possible)
    assert proven or any(possible), "a template that never returns anything is not worth a line here"


_PIECES = st.sampled_from(
    ["$a", "${b}", "${c:regex}", "[[d]]", "$__rate_interval", "up", "(", ")", "{", "}", "[", "]", ":", ",", '"', "'", "by", "on",
     "sum", "rate", "offset", "-", "+", "=~", "=", "5m", "1", " ", "#", "\n", "\\", "`", "@", "\u00e9", "_", "job"]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_nothing_crashes_whatever_is_written(text: str) -> None:
    ask = asker("single-node")
    answer = ask(text, False)
    assert answer is None or isinstance(answer, (Nothing, Unread))
    stand_ins = put_aside(text)
    for variable in stand_ins.names.values():
        assert VARIABLE.search(variable)
        assert variable in text


def test_variable_syntax() -> None:
    text = "$a ${b} ${c:csv} [[d]] [[e:text]] ${f.g} ${h.i:raw} $1 a$ $$ ${} $__interval ${__field.labels.x} \\$j"
    assert names(text) == {"a", "b", "c", "d", "e", "f", "h", "1", "__interval", "__field", "j"}


def test_uses_by_bare_name() -> None:
    assert used({"repeat": "a", "title": "b", "x": [{"mode": "variable", "value": "c"}, {"value": "d"}]}) == {"a", "c"}
    assert used({"url": "/d/x?var-a=${b}", "$c": 1}) == {"b", "c"}


SLOTS = {
    "$a": ["", "x", "y", "x|y", ".*"],
    "${b:regex}": ["x", "y", "(x|y)", ".+"],
    "$r": ["1s", "30s", "5m", "30d"],
    "[[g]]": ["job", "pod", "job, pod", ""],
    "$n": ["0", "-1", "2", "up", "HPA", "sum(up)"],
    "${m}": ["up", "HPA", "node_load1"],
    "$f": ['job="x"', 'job="y", pod="z"', 'pod!="z"', ""],
}
"""Variables, and values that each can have in a dashboard."""


def _expressions() -> st.SearchStrategy[str]:
    matchers = st.sampled_from(
        ["", '{job="x"}', '{job="y"}', '{job="$a"}', '{job=~"$a"}', '{job!="$a"}', '{job!~"${b:regex}"}', '{job=~"${b:regex}", pod="z"}',
         "{$f}", '{pod="z", $f}']
    )  # fmt: skip
    vectors = st.builds(str.__add__, st.sampled_from(["up", "HPA", "${m}", "node_load1"]), matchers)
    ranges = st.builds(lambda v, r: f"{v}[{r}]", vectors, st.sampled_from(["5m", "$r"]))

    def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        groups = st.sampled_from(["", "by ([[g]])", "by (job)", "without ([[g]])", "by ()"])
        matching = st.sampled_from(["", "on (job)", "on ([[g]])", "ignoring (pod)", "ignoring ([[g]])"])
        many = st.sampled_from(["", "group_left ()", "group_left ([[g]])"])
        return st.one_of(
            st.builds(lambda f, r: f"{f}({r})", st.sampled_from(["rate", "absent_over_time", "max_over_time"]), ranges),
            st.builds(lambda e, r, s: f"max_over_time(({e})[{r}:{s}])", inner, st.sampled_from(["5m", "$r"]), st.sampled_from(["", "1m", "$r"])),
            st.builds(lambda e, r: f"absent_over_time(({e})[{r}:1m])", inner, st.sampled_from(["5m", "$r"])),
            st.builds(lambda f, g, e: f"{f} {g} ({e})", st.sampled_from(["sum", "count", "max"]), groups, inner),
            st.builds(lambda k, e: f"topk({k}, {e})", st.sampled_from(["1", "$n"]), inner),
            st.builds(lambda e: f"absent({e})", inner),
            st.builds(lambda a, op, on, b: f"({a}) {op} {on} ({b})", inner, st.sampled_from(["and", "unless", "or"]), matching, inner),
            st.builds(lambda a, op, b: f"({a}) {op} {b}", inner, st.sampled_from([">", "<", "+", "/", "== bool"]), st.sampled_from(["0", "-1", "$n"])),
            st.builds(lambda op, b: f"$n {op} ({b})", st.sampled_from([">", "*"]), inner),
            st.builds(lambda a, op, on, g, b: f"({a}) {op} {on} {g if on.startswith('on') else ''} ({b})", inner, st.sampled_from(["*", ">", "-"]),
                      matching, many, inner),
            st.builds(lambda e, t: f'label_replace({e}, "{t}", "x", "", "")', inner, st.sampled_from(["job", "[[g]]"])),
            st.builds(lambda e: f"vector(scalar({e}))", inner),
        )  # fmt: skip

    return st.recursive(vectors, deeper, max_leaves=5)


@given(_expressions(), st.data())
def test_a_proof_with_variables_holds_for_every_value_of_them(template: str, data: st.DataObject) -> None:
    """Random templates, random values: whatever is proven empty must be proven empty, or refused, once Grafana has filled in
    the values."""
    ask = asker("single-node")
    if not isinstance(ask(template.replace("HPA", HPA), False), Nothing):
        return
    text = template
    for slot, values in SLOTS.items():
        if slot in text:
            text = text.replace(slot, data.draw(st.sampled_from(values), label=slot))
    assert ask(text.replace("HPA", HPA), False) is not None, text
