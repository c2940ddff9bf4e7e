"""What a change does to the person on call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from promtrim import api
from promtrim.errors import CallError, InputError, PromtrimError
from promtrim.output.reviews import rendered
from promtrim.stack.sources import Sources
from tests.review.conftest import Between, Repository, rules

UP = 'Gone: up{job="shop"} == 0 | labels: {severity: critical}'
NEVER = 'Never: up{job="shop"} == 2 | labels: {severity: critical}'
BUSY = "Busy: node_load1 > 90"


def ids(review: api.Review) -> list[str]:  # type: ignore[name-defined]
    return [finding.id for finding in review.result.findings if finding.level != "note"]


def test_findings_that_were_there_are_not_brought_about(between: Between) -> None:
    review = between(rules(NEVER), rules(BUSY, NEVER.replace("Never", "Impossible")))
    assert ids(review) == []
    assert [finding.id for finding in review.result.known if finding.level != "note"] == ["cannot-fire"]
    review = between(rules(NEVER), rules(NEVER, NEVER.replace("Never", "Again").replace("critical", "page")))
    assert ids(review) == ["cannot-fire"]


def test_an_alert_that_says_what_another_file_says(between: Between) -> None:
    review = between({"app.yml": rules(UP)}, {"app.yml": rules(UP), "b.yml": rules(UP.replace("Gone", "ShopDown"))})
    (change,) = review.changes
    assert [finding.id for finding in change.findings if finding.level != "note"] == ["duplicate"]
    assert "same as Gone in" in change.findings[0].message
    assert change.findings[0].message.endswith("app.yml:4")


def test_coverage_is_lost_with_the_last_alert(between: Between) -> None:
    other = 'AlsoGone: absent(up{job="shop"}) | labels: {severity: critical}'
    assert ids(between(rules(UP, other, BUSY), rules(other, BUSY))) == []
    review = between(rules(UP, BUSY), rules(BUSY))
    assert ids(review) == ["coverage-lost"]
    assert [(cell.component, cell.failure_mode) for cell in review.lost] == [("shop", "down")]
    (change,) = review.changes
    assert change.still == ()


def test_of_a_removed_alert_it_is_told_who_still_watches(between: Between) -> None:
    review = between(rules(UP, UP.replace("Gone", "Down").replace("== 0", "< 1")), rules(UP))
    (change,) = review.changes
    assert change.still == ("Gone",)


def test_a_check_from_outside_watches_on(between: Between, tmp_path: Path) -> None:
    topology = tmp_path / "topology.yml"
    topology.write_text("preset: single-node\nexternal-checks: [{component: shop, modes: [down]}]\n")
    assert ids(between(rules(UP, BUSY), rules(BUSY), topology=str(topology))) == []


def test_an_alert_that_aims_elsewhere_is_no_loss_unless_the_first_is_known_to_be_there(
    between: Between, tmp_path: Path
) -> None:
    after = rules(UP.replace('"shop"', '"store"'))
    assert ids(between(rules(UP), after)) == []
    topology = tmp_path / "topology.yml"
    topology.write_text("preset: single-node\nworkloads: {shop: {jobs: [shop]}, store: {jobs: [store]}}\n")
    assert ids(between(rules(UP), after, topology=str(topology))) == ["coverage-lost"]


def test_a_recording_rule_that_somebody_still_uses(between: Between) -> None:
    record, user = "shop:errors:rate5m: rate(errors_total[5m])", "Errors: shop:errors:rate5m > 1"
    review = between(rules(record, user), rules(user))
    assert ids(review) == ["record-lost"]
    assert "Errors still uses it" in review.result.findings[0].message
    assert ids(between(rules(record, user), rules("a:b: sum(x)"))) == []
    renamed = between(rules(record, user), rules(record.replace("shop:", "store:"), user))
    assert renamed.result.findings[0].advice == "it is called store:errors:rate5m now"


def test_dashboards_that_lose_their_data(between: Between, tmp_path: Path) -> None:
    def panel(number: int, title: str, expr: str) -> dict[str, object]:
        target = {"expr": expr, "refId": "A", "datasource": {"type": "prometheus"}}
        place = {"x": 0, "y": 8 * number, "w": 24, "h": 8}
        return {"id": number, "type": "timeseries", "title": title, "targets": [target], "gridPos": place}

    source = {"type": "prometheus", "uid": "p"}
    variable = {"name": "job", "type": "query", "query": "label_values(other:record, job)", "datasource": source}
    panels = [panel(1, "Errors", 'sum(shop:errors:rate5m{x="$job"})'), panel(2, "Lights", 'ALERTS{alertname="Gone"}')]
    board = {"title": "Shop", "schemaVersion": 39, "panels": panels, "templating": {"list": [variable]}}
    path = tmp_path / "boards" / "shop.json"
    path.parent.mkdir()
    path.write_text(json.dumps(board))
    before = rules("shop:errors:rate5m: rate(e[5m])", "other:record: sum(x)", "unseen:record: sum(y)", UP, BUSY)
    review = between(before, rules(BUSY), dashboards=[str(path.parent)], fail_on=["dashboard-lost"])
    told = [(finding.place.line > 0, finding.message.split(":", 1)[0]) for finding in review.result.fails]
    assert {each[1] for each in told} == {
        "the dashboard Shop shows shop", "the dashboard Shop shows other", "the dashboard Shop shows ALERTS of Gone (panel Lights)",
    }  # fmt: skip
    assert all(there for there, _ in told)
    assert ids(between(before, before, dashboards=[str(path)])) == []
    assert ids(between(rules(BUSY), rules(BUSY), dashboards=[str(path)])) == []


ALERTMANAGER = """
route: {receiver: nobody, routes: [{receiver: pager, matchers: ['severity="critical"']}]}
receivers: [{name: nobody}, {name: pager, webhook_configs: [{url: http://pager.example.org/}]}]
"""


def test_routes_that_lose_and_gain_alerts(between: Between, tmp_path: Path) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(ALERTMANAGER)
    sources = Sources(alertmanager_config=[str(config)])
    review = between(
        rules(UP, "Full: disk_free < 1 | labels: {severity: critical}", BUSY + " | labels: {severity: info}"),
        rules(UP.replace("critical", "warning"), BUSY + " | labels: {severity: critical}"),
        sources=sources, fail_on=["route-lost"],
    )  # fmt: skip
    (route,) = review.routes
    assert (route.receiver, route.gains, route.loses) == ("pager", ("Busy",), ("Gone", "Full"))
    assert [(finding.rule, finding.id) for finding in review.result.fails] == [("Gone", "route-lost")]


def test_a_topology_that_changes_flips_verdicts(repository: Repository) -> None:
    lag = "Lag: mongodb_mongod_replset_member_replication_lag > 10"
    hpa = "Maxed: kube_horizontalpodautoscaler_status_current_replicas == kube_horizontalpodautoscaler_spec_max_replicas"
    base = repository.commit(rules=rules(lag, hpa), promtrim="topology: single-node\n")
    store = "{technology: mongodb, members: 3, mode: replicated}"
    repository.write("promtrim.yml", f"topology: {{preset: single-node, datastores: {{mongodb: {store}}}}}\n")
    review = api.diff(base)
    assert [(flip.after.judged.rule.name, flip.useful) for flip in review.flips] == [("Lag", True)]
    assert {setting.name for setting in review.settings} >= {"datastores.mongodb.members", "datastores.mongodb.mode"}
    head = repository.commit()
    back = api.diff(head, base)
    assert [flip.useful for flip in back.flips] == [False]
    assert [finding.rule for finding in back.result.fails] == ["Lag"]


def test_promtrim_yml_counts(repository: Repository) -> None:
    base = repository.commit(rules=rules(UP, BUSY), promtrim="level: critical\n")
    repository.write("promtrim.yml", "level: relevant\nfail-on: [remark]\ndrop: [{alert: Gone, reason: somebody else's}]\n")
    review = api.diff(base)
    assert {flip.after.judged.rule.name: flip.after.keep for flip in review.flips} == {"Gone": False, "Busy": True}
    assert {setting.name for setting in review.settings} == {"level", "promtrim.yml", "fail-on"}
    assert review.result.fail_on == {"remark"}


def test_inline_overrides_count(between: Between) -> None:
    text = rules(NEVER).replace("- alert", "# promtrim: keep: the exporter comes on Monday\n      - alert")
    assert ids(between("groups: []\n", text)) == []


def test_a_baseline_accepts(between: Between, tmp_path: Path) -> None:
    from promtrim.review.baseline import write_baseline

    baseline = tmp_path / "baseline.json"
    write_baseline(str(baseline), between(rules(BUSY), rules(BUSY, NEVER)).result.findings)
    assert ids(between(rules(BUSY), rules(BUSY, NEVER), baseline=str(baseline))) == []


def test_the_old_side_may_be_broken(repository: Repository) -> None:
    broken = "groups: [{name: g, rules: [{alert: x, expr: }]}\n"
    base = repository.commit(rules=rules(UP), broken=broken)
    (repository.folder / "broken.yml").unlink()
    review = api.diff(base)
    assert review.changes == ()
    repository.write("broken.yml", broken)
    repository.write("rules.yml", rules(UP, NEVER))
    assert ids(api.diff(base)) == ["cannot-fire"]
    head = repository.commit(broken=rules(BUSY))
    repository.write("broken.yml", broken)
    with pytest.raises(PromtrimError, match=r"broken.yml:\d"):
        api.diff(head)


def test_a_named_file_may_be_broken_on_the_old_side(repository: Repository) -> None:
    base = repository.commit(rules=rules(UP), broken="groups: [{name: g, rules: [{alert: }]}\n")
    repository.write("broken.yml", rules(BUSY))
    review = api.diff(base, paths=["rules.yml", "broken.yml"])
    assert [change.kind for change in review.changes] == ["added"]
    assert "could not be read" in review.problems[0].text


def test_the_first_rules_of_a_repository(repository: Repository) -> None:
    base = repository.commit()
    repository.write("rules.yml", rules(UP))
    assert [change.kind for change in api.diff(base).changes] == ["added"]
    with pytest.raises(InputError, match="neither side"):
        api.diff(base, base)


def test_what_git_ignores_is_left_out_unless_named(repository: Repository) -> None:
    base = repository.commit(rules=rules(UP))
    repository.write(".gitignore", "build/\n")
    repository.write("build/rendered.yml", rules(BUSY))
    repository.write("fresh.yml", rules(NEVER))
    assert [change.after.judged.rule.name for change in api.diff(base).changes if change.after] == ["Never"]
    named = api.diff(base, paths=["rules.yml", "build"])
    assert [change.after.judged.rule.name for change in named.changes if change.after] == ["Busy"]


def test_sides(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = repository.commit(ops__rules=rules(UP), other=rules(BUSY))
    repository.write("ops/rules.yml", rules(UP, NEVER))
    repository.write("other.yml", rules(BUSY, BUSY.replace("Busy", "Other").replace("90", "95")))
    assert [c.after.judged.rule.name for c in api.diff(base, "ops/rules.yml").changes if c.after] == ["Never"]
    monkeypatch.chdir(repository.folder / "ops")
    assert [c.after.judged.rule.name for c in api.diff(base, ".").changes if c.after] == ["Never"]
    assert [c.after.judged.rule.file for c in api.diff(base, paths=["rules.yml"]).changes if c.after] == ["ops/rules.yml"]
    with pytest.raises(CallError, match="lies outside the repository"):
        api.diff(base, str(tmp_path))
    with pytest.raises(CallError, match="give HEAD as well"):
        api.diff("./rules.yml")
    with pytest.raises(CallError, match="no revision, file or folder"):
        api.diff("v9")
    with pytest.raises(CallError, match="is a range"):
        api.diff("main..v9")


def test_merge_base(repository: Repository) -> None:
    repository.commit(rules=rules(UP))
    repository.git("checkout", "-q", "-b", "change")
    repository.commit(mine=rules(NEVER))
    repository.git("checkout", "-q", "main")
    repository.commit(theirs=rules(BUSY))
    repository.git("checkout", "-q", "change")
    assert len(api.diff("main").changes) == 2
    assert [change.kind for change in api.diff("main", merge_base=True).changes] == ["added"]


def test_files_and_folders_outside_a_repository(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yml", tmp_path / "other.yml"
    one.write_text(rules(UP))
    other.write_text(rules(UP, NEVER))
    review = api.diff(str(one), str(other))
    assert [change.kind for change in review.changes] == ["added"]
    assert review.moves == ()


@pytest.mark.parametrize("form", ["text", "markdown", "json", "sarif", "gitlab", "junit"])
def test_every_format_of_a_large_review(between: Between, form: str) -> None:
    many = [f"A{number}: metric_{number} > {number}" for number in range(300)]
    assert rendered(between(rules(*many), rules(*(each.replace("> ", "> 1") for each in many))), form)


def test_a_stack_whose_configuration_moves(repository: Repository, fixtures: Path) -> None:
    """Lines and versions in what is said of a stack make no other problem of it."""
    for path in sorted((fixtures / "stack" / "bakery").rglob("*.yml")):
        repository.write(path.relative_to(fixtures / "stack" / "bakery").as_posix(), path.read_text())
    base = repository.commit()
    sources = Sources(compose=[["docker-compose.yml"]], prometheus_config=["prometheus/prometheus.yml"])
    for name in ("docker-compose.yml", "prometheus/prometheus.yml"):
        text = (repository.folder / name).read_text()
        repository.write(name, "# moved\n\n" + text.replace("postgres:16", "postgres:17"))
    review = api.diff(base, sources=sources)
    assert ids(review) == []
    assert {finding.id for finding in review.result.known} == {"stack", "blind-spot", "cannot-fire"}
    assert review.settings == review.flips == ()
    config = (repository.folder / "prometheus/prometheus.yml").read_text()
    repository.write("prometheus/prometheus.yml", config.replace("job_name: shop\n", "job_name: store\n"))
    review = api.diff(base, sources=sources)
    assert ("blind-spot", "ShopGone") in {(finding.id, finding.rule) for finding in review.result.fails}
    assert [flip.after.judged.rule.name for flip in review.flips] == ["ShopGone"]


def test_each_side_has_its_own_version_of_what_is_named(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    lag = rules("Lag: mongodb_mongod_replset_member_replication_lag > 10")
    store = "datastores: {mongodb: {technology: mongodb, members: 3, mode: replicated}}\n"
    base = repository.commit(rules=lag, ops__topology="preset: single-node\n")
    repository.write("ops/topology.yml", "preset: single-node\n" + store)
    assert [flip.useful for flip in api.diff(base, topology="ops/topology.yml").flips] == [True]
    monkeypatch.chdir(repository.folder / "ops")
    assert [flip.useful for flip in api.diff(base, topology="topology.yml").flips] == [True]
    assert api.diff(base, topology="single-node").flips == ()
    repository.write("ops/new.yml", "preset: single-node\n" + store)
    # What the old side does not have yet is what it was without it.
    assert [flip.useful for flip in api.diff(base, topology="new.yml").flips] == [True]
    with pytest.raises(PromtrimError, match="is on neither side"):
        api.diff(base, topology="none.yml")
