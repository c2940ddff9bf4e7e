"""From what a server told to values of the topology; and the queries that rulesets have for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from promtrim.detect.detect import detect
from promtrim.detect.draft import Draft
from promtrim.detect.live import Counted, Identified, Live, LiveTarget
from promtrim.detect.live.counting import _counted
from promtrim.detect.live.identify import telling_names
from promtrim.detect.live.put import beside, put_live, reopen
from promtrim.detect.live.targets import with_live
from promtrim.detect.recognise import Recogniser
from promtrim.detect.resolve import Surroundings
from promtrim.detect.targets import find_targets
from promtrim.knowledge.index import shipped
from promtrim.knowledge.model import LiveQuery
from promtrim.promql.parse import parse
from promtrim.promql.walk import metric_names
from promtrim.stack.prometheus_config import parse_prometheus_config

NOTHING = Live(
    url="http://p", version=None, config=None, targets=None, rules=None, alertmanagers=None, names=None, jobs=None,
    receives=None, exporters=(), rulesets=frozenset(), counted=(), problems=(),
)  # fmt: skip


def live(**told: Any) -> Live:
    return msgspec.structs.replace(NOTHING, **told)


def target(job: str, address: str, up: bool | None = True, **labels: str) -> LiveTarget:
    return LiveTarget(job, labels.get("instance", address), job, address, "/metrics", up, "", {"job": job, **labels})


def put(told: Live, draft: Draft | None = None) -> Draft:
    draft = draft or Draft()
    put_live(draft, told, shipped().heads)
    return draft


@pytest.mark.parametrize("query", [query for head in shipped().heads.values() for query in head.live], ids=lambda q: q.sets)
def test_every_shipped_query_sets_a_value_that_a_topology_has(query: LiveQuery) -> None:
    names = list(metric_names(parse(query.query)))
    assert names, "its first metric decides whether it is asked"
    assert shipped().exact.get(names[0]) or names[0] == "kube_horizontalpodautoscaler_info"
    assert ("*" in query.sets.split(".")) is (query.name is not None)
    labels = {"namespace": "shop", query.name or "": "till"}
    (first, *_) = list(_counted(query, [(labels, 2.0)], "s"))
    draft = Draft()
    draft.put(first.path, first.value, first.source)
    draft.build()


def counted(query: LiveQuery, *rows: tuple[dict[str, str], float]) -> dict[str, Any]:
    return {".".join(each.path): each.value for each in _counted(query, list(rows), "s")}


def test_numbers_that_are_none_say_nothing() -> None:
    query = LiveQuery(sets="nodes", query="count(x)")
    for number in (float("nan"), float("inf"), -1.0, 1.5, 1e9):
        assert counted(query, ({}, number)) == {}
    assert counted(query, ({}, 3.0)) == {"nodes": 3}
    assert counted(query, ({}, 3.0), ({}, 5.0)) == {"nodes": "3..5"}
    assert counted(LiveQuery(sets="nodes", query="x", least=True), ({}, 3.0)) == {"nodes": "3.."}


def test_one_name_in_two_namespaces_is_two_workloads() -> None:
    query = LiveQuery(sets="workloads.*.replicas", query="x", name="deployment", also={"namespace": "{namespace}"})
    rows = [({"deployment": "till", "namespace": space}, 2.0) for space in ("shop", "lab")]
    assert counted(query, *rows, ({"namespace": "x"}, 1.0)) == {
        "workloads.shop/till.replicas": 2, "workloads.shop/till.namespace": "shop",
        "workloads.lab/till.replicas": 2, "workloads.lab/till.namespace": "lab",
    }  # fmt: skip


def test_at_least_one_says_nothing_and_at_least_more_opens_what_contradicts_it() -> None:
    def members(value: str, before: int | None) -> Any:
        draft = Draft()
        draft.put(("datastores", "cache", "technology"), "redis", "compose.yml:3")
        draft.put(("datastores", "cache", "members"), before, "compose.yml:4")
        told = live(counted=(Counted(("datastores", "redis", "members"), value, "q"),))
        return put(told, draft).values.get(("datastores", "cache", "members"))

    assert members("1..", None) is None
    assert members("3..", None) == "3.."
    assert members("3..", 3) == 3
    assert members("3..", 5) == 5
    assert members("3..", 1) == "1.."


def test_a_replica_count_of_what_is_known_as_a_datastore_is_its_members() -> None:
    draft = Draft()
    draft.put(("datastores", "ledger", "technology"), "postgresql", "k8s.yml:3")
    told = (Counted(("workloads", "ledger", "replicas"), 1, "q"), Counted(("workloads", "ledger", "kind"), "statefulset", "q"))
    values = put(live(counted=told), draft).values
    assert values[("datastores", "ledger", "members")] == 1
    assert not any(path[0] == "workloads" for path in values)


def test_an_exporter_brings_its_datastore() -> None:
    told = live(exporters=(Identified("redis_exporter", "cache", "r:9121", "redis_up"),))
    draft = put(told)
    assert draft.values == {
        ("exporters", "redis_exporter"): True,
        ("datastores", "redis", "technology"): "redis",
        ("datastores", "redis", "exporter"): True,
    }
    assert draft.sources[("exporters", "redis_exporter")] == 'http://p (redis_up{job="cache", instance="r:9121"})'


def test_names_tell_an_exporter_only_where_no_other_has_them() -> None:
    told = telling_names({"redis_up", "up", "go_goroutines", "process_cpu_seconds_total", "nobody_knows_it"}, shipped())
    assert told == {"redis_exporter": ["redis_up"]}


CONFIG = parse_prometheus_config(
    """scrape_configs:
- {job_name: till, static_configs: [{targets: ['till:8080', 'desk:80']}]}
- {job_name: found, dns_sd_configs: [{names: [x]}]}
""",
    "http://p/config",
)


def overlaid(*targets: LiveTarget, own: bool = True, **told: Any) -> dict[str, list[tuple[str, str, tuple[str, ...]]]]:
    found = find_targets(CONFIG, Surroundings((), (), Recogniser(shipped().heads)))
    each = with_live(found, live(targets=targets, config=CONFIG, **told), own)
    return {jobs.job.name: [(t.address, t.answers, t.exporters) for t in jobs.targets] for jobs in each}


def test_what_is_up_answers_and_what_is_down_may_answer_again() -> None:
    told = {"exporters": (Identified("redis_exporter", "till", "till:8080", "redis_up"),)}
    found = overlaid(target("till", "till:8080"), target("till", "desk:80", up=False), target("found", "a:1"), **told)
    assert found == {
        "till": [("till:8080", "yes", ("redis_exporter",)), ("desk:80", "open", ())],
        "found": [("a:1", "yes", ())],
    }


def test_another_configuration_learns_only_of_what_is_up() -> None:
    found = overlaid(target("till", "till:8080"), target("till", "more:1"), target("found", "a:1"), own=False)
    assert found == {"till": [("till:8080", "yes", ()), ("desk:80", "open", ())], "found": []}


def test_a_static_job_with_unforeseen_targets_is_not_complete() -> None:
    found = find_targets(CONFIG, Surroundings((), (), Recogniser(shipped().heads)))
    assert found[0].complete
    (till, _) = with_live(found, live(targets=(target("till", "other:1"),), config=CONFIG), True)
    assert not till.complete
    assert len(till.targets) == 3


def test_not_scraped_is_taken_back_where_its_series_are_there() -> None:
    draft = Draft()
    draft.put(("exporters", "redis_exporter"), False, "no scrape job finds it in http://p/config")
    draft.put(("exporters", "kafka_exporter"), False, "no scrape job finds it in http://p/config")
    draft.put(("exporters", "mysqld_exporter"), False, "no scrape job finds it in prometheus.yml")
    reopen(draft, [live(config=CONFIG, rulesets=frozenset({"redis_exporter", "mysqld_exporter"}))])
    assert set(draft.values) == {("exporters", "kafka_exporter")}
    assert [problem.text for problem in draft.problems] == [
        "exporters.mysqld_exporter is false (no scrape job finds it in prometheus.yml), and http://p has series of its "
        "names: it is taken as open"
    ]


def test_series_from_elsewhere() -> None:
    assert beside([live(config=CONFIG, receives=False, jobs=frozenset({"till"}))], [CONFIG]) == ""
    assert "others push" in beside([live(config=CONFIG, receives=True)], [CONFIG])
    assert "does not tell" in beside([live(config=CONFIG)], [CONFIG])
    assert "other jobs (gate)" in beside([live(config=CONFIG, receives=False, jobs=frozenset({"gate"}))], [CONFIG])
    # A job label that relabelling makes is a target's own.
    relabelled = live(config=CONFIG, receives=False, jobs=frozenset({"gate"}), targets=(target("gate", "g:1"),))
    assert beside([relabelled], [CONFIG]) == ""


def test_what_the_manifests_say_of_discovery_stays_and_what_they_lack_is_open(fixtures: Path) -> None:
    folder = fixtures / "stack" / "library"
    config = parse_prometheus_config((folder / "prometheus.yml").read_text(), "http://p/config")

    def jobs(*targets: LiveTarget) -> dict[str, Any]:
        told = live(config=config, targets=targets, receives=False)
        found = detect(shipped().heads, kubernetes=[str(folder / "manifests")], live=[told])
        return {name: (job.targets, job.component) for name, job in (found.topology.jobs or {}).items()}

    alone = jobs()
    assert alone["catalogue"] == (1, "catalogue")
    assert alone["lending-desk"] == (0, None)
    assert jobs(target("catalogue", "10.0.0.7:8000"))["catalogue"] == (1, "catalogue")
    # The manifests have no pod for this job, and the server scrapes one all the same.
    desk = target("lending-desk", "10.0.0.8:9000")
    assert jobs(desk)["lending-desk"] == (None, None)
    file = {"kubernetes": [str(folder / "manifests")], "prometheus_config": [str(folder / "prometheus.yml")]}
    assert (detect(shipped().heads, **file).topology.jobs or {})["lending-desk"].targets == 0  # type: ignore[arg-type]
    told = live(targets=(desk,))
    assert (detect(shipped().heads, **file, live=[told]).topology.jobs or {})["lending-desk"].targets is None  # type: ignore[arg-type]
