"""What ``import promtrim`` offers: each command is one call of a function here.

    from promtrim import api
    plan = api.make_plan(["alert_rules.yml"], topology="single-node", level="critical")
    for document in plan.documents:
        print(api.reduce_document(plan, document).text)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from promtrim.assemble import Request, plan_for, ways_for
from promtrim.plan.coverage import cells_of
from promtrim.plan.model import Decided, Level, Plan
from promtrim.rulefile.edits import Edit
from promtrim.rulefile.model import Document
from promtrim.topology.model import Topology

if TYPE_CHECKING:
    from datetime import datetime

    from promtrim.alertmanager.model import Account
    from promtrim.alertmanager.sent import Sent
    from promtrim.dashboards.building.grafana import Dashboard
    from promtrim.dashboards.existing.check import Undelivered
    from promtrim.dashboards.existing.work import TrimmedDashboards
    from promtrim.http import Server
    from promtrim.output.summary import Cut
    from promtrim.path.detected import Detected
    from promtrim.path.model import Ways
    from promtrim.path.outside import Check
    from promtrim.path.suggest import Suggestion
    from promtrim.push.prometheus.reload import Reload
    from promtrim.push.steps import Outcome, Step
    from promtrim.review.model import Review
    from promtrim.review.result import Result
    from promtrim.stack.sources import Sources

__all__ = [
    "Reduced", "Story", "Suggested", "arriving", "build_dashboard", "check", "check_dashboards",
    "check_topology", "cut_of", "detect", "diff", "explain", "follow", "load_topology", "make_plan",
    "preview_dashboard", "push_alertmanager", "push_grafana", "push_kubernetes", "push_mimir",
    "push_prometheus", "reduce_document", "report_page", "suggest", "trim_alertmanager", "trim_dashboards",
    "undo_alertmanager", "undo_grafana", "undo_mimir", "undo_prometheus", "with_suggestions",
]  # fmt: skip


class Reduced(msgspec.Struct, frozen=True):
    """A document after the cut."""

    file: str
    text: str
    bom: bool
    changed: bool
    notes: tuple[str, ...] = ()
    """What a person should know of the cut: an anchor that moved."""
    edits: tuple[Edit, ...] = ()
    """What was cut out of the document's text, in its order; none where it was written anew."""


class Story(msgspec.Struct, frozen=True):
    """What there is to tell of one alert."""

    decided: Decided
    would_fire: str
    covered_by: tuple[str, ...]
    """Kept alerts that watch the same cells."""


class Suggested(msgspec.Struct, frozen=True):
    """What would fill the essential cells that nothing watches."""

    rules: tuple[Suggestion, ...]
    checks: tuple[Check, ...]
    """Checks from outside for what users touch, from the health checks of manifests and compose files."""


def make_plan(
    paths: Sequence[str],
    *,
    topology: str | Topology | None = None,
    level: Level | None = None,
    config: str | None = None,
    root: str | None = None,
    strict: bool = False,
    keep_blind_spots: bool = False,
    drop_unused: bool = False,
    used_by: Sequence[str] = (),
    max_bytes: int = 64 << 20,
    stdin: str | None = None,
    evidence: bool = True,
    sources: Sources | str | None = None,
    lenient: bool = False,
) -> Plan:
    """Read rule files, judge every rule in a topology, and decide what to keep.

    Args:
        paths: rule files, resources, values files, prometheus.yml, directories, globs, or ``-``.
        topology: a preset's name, a topology file, or a value; None takes the configuration's, else ``single-node``.
        level: None takes the configuration's, else ``critical``.
        config: a ``promtrim.yml``; None looks for one upwards from the first file.
        root: where paths of a prometheus.yml that exist only in its container are looked for.
        strict: an expression that cannot be read is an error.
        keep_blind_spots: keep critical alerts that cannot fire.
        drop_unused: drop recording rules that nothing needs.
        used_by: dashboards whose recording rules stay.
        max_bytes: largest file that is read.
        stdin: the text of ``-``.
        evidence: work out the steps of the evidence for every rule; they cost more than the verdicts.
        sources: what to read a topology from (a folder is looked through); a topology file corrects it.
        lenient: a file below a folder that cannot be read is a problem of the plan, not an error.

    Raises:
        InputError, ErrorGroup: an input that cannot be read or is not what it should be.
    """
    request = Request(
        tuple(paths), topology, level, config, root, strict, keep_blind_spots, drop_unused, tuple(used_by), max_bytes,
        stdin, evidence, sources, lenient=lenient,
    )  # fmt: skip
    return plan_for(request)


def follow(
    paths: Sequence[str],
    *,
    sources: Sources | str | None = None,
    topology: str | Topology | None = None,
    level: Level | None = None,
    config: str | None = None,
    root: str | None = None,
    max_bytes: int = 64 << 20,
    stdin: str | None = None,
) -> tuple[Plan, Ways]:
    """Follow each alert from its target to a person: what is scraped, loaded, evaluated and delivered.

    Args:
        sources: what runs and how it is configured; None takes what lies in the folder among ``paths``, or the
            ``prometheus.yml`` that leads to the rules.

    Raises:
        InputError, ErrorGroup: an input that cannot be read or is not what it should be.
        CallError: there are no sources.
    """
    request = Request(
        tuple(paths), topology, level, config, root, max_bytes=max_bytes, stdin=stdin, evidence=False, sources=sources,
        lenient=True,
    )
    return ways_for(request)


def check(
    paths: Sequence[str],
    *,
    topology: str | Topology | None = None,
    config: str | None = None,
    root: str | None = None,
    sources: Sources | str | None = None,
    fail_on: Sequence[str] = (),
    baseline: str | None = None,
    max_bytes: int = 64 << 20,
    stdin: str | None = None,
) -> Result:
    """What is wrong with rules as they stand. In a repository nothing outside it is read, save what is named here.

    Args:
        fail_on: ids of findings, or ``none``; empty takes the configuration's, else the default.
        baseline: a file with findings that were accepted.

    Raises:
        InputError, ErrorGroup: an input that cannot be read or is not what it should be.
        CallError: there is no such finding to fail on.
    """
    from promtrim.assemble import plan_and_config
    from promtrim.review.baseline import read_baseline
    from promtrim.review.failing import fail_on as kinds_of
    from promtrim.review.fenced import fence
    from promtrim.review.present import findings_of
    from promtrim.review.result import result_of

    kinds_of(fail_on, None)
    accepted = read_baseline(baseline) if baseline is not None else None
    request = Request(
        tuple(paths), topology, "relevant", config, root, max_bytes=max_bytes, stdin=stdin, evidence=False,
        sources=sources, defects=True,
    )  # fmt: skip
    with fence(request):
        plan, settings = plan_and_config(request)
    return result_of(findings_of(plan), plan, kinds_of(fail_on, settings.fail_on), accepted)


def detect(
    folder: str | None = None, sources: Sources | None = None, *, topology: str | Topology | None = None
) -> Detected:
    """Read a topology off what is there.

    Args:
        folder: looked through for sources.
        sources: files and servers that are named; they count instead of those of their kind in the folder.
        topology: what a person wrote, or a preset; it corrects what is read.

    Raises:
        InputError, ErrorGroup: something that was named cannot be read.
        RemoteError: a server does not answer.
    """
    from promtrim.knowledge.index import shipped
    from promtrim.path.detected import detected
    from promtrim.topology.load import load

    index = shipped()
    stated = load(topology, index.presets) if isinstance(topology, str) else topology
    return detected(folder, sources, stated, index.heads)


def load_topology(path_or_preset: str) -> Detected:
    """The topology of a file or a preset, with file and line of each value.

    Raises:
        InputError, ErrorGroup: there is none, or it is not what it should be.
    """
    from promtrim.knowledge.index import shipped
    from promtrim.path.detected import Detected
    from promtrim.topology.load import load

    return Detected(load(path_or_preset, shipped().presets), read=(path_or_preset,))


def check_topology(file: str) -> Topology:
    """A topology file whose shape is right, and in which what is named exists.

    Raises:
        InputError, ErrorGroup: all mistakes of the kind that was found first, with line and column.
    """
    from promtrim.config import load_config
    from promtrim.knowledge.index import shipped, with_rulesets
    from promtrim.knowledge.stated import load_strictly

    index = shipped()
    own = load_config(None, file, index.presets).rulesets
    return load_strictly(file, index.presets, (with_rulesets(index, own) if own else index).heads)


def diff(
    base: str,
    head: str | None = None,
    *,
    paths: Sequence[str] = (),
    merge_base: bool = False,
    topology: str | Topology | None = None,
    level: Level | None = None,
    config: str | None = None,
    root: str | None = None,
    strict: bool = False,
    sources: Sources | None = None,
    dashboards: Sequence[str] = (),
    fail_on: Sequence[str] = (),
    baseline: str | None = None,
    max_bytes: int = 64 << 20,
) -> Review:
    """What a change of rules, topology or configuration does. Each side is a file, a folder or a git revision.

    Args:
        base: the side before.
        head: the side after; None: the working tree.
        paths: where rules are looked for in a repository; empty: everywhere.
        merge_base: compare with the commit that the change branched off from ``base``.
        strict: an expression that cannot be read is an error.
        sources: what to read the topology from, on each side its own version.
        dashboards: files and folders of dashboards that may lose their data.
        fail_on: ids of findings, or ``none``; empty takes the new side's configuration, else the default.
        baseline: a file with findings that were accepted.

    Raises:
        InputError, ErrorGroup: the new side cannot be read or is not what it should be.
        CallError: a side is neither a path nor a revision, or there is no such finding to fail on.
    """
    from promtrim.assemble import facts_of, plan_and_config
    from promtrim.review.baseline import read_baseline
    from promtrim.review.compare import compare
    from promtrim.review.failing import fail_on as kinds_of
    from promtrim.review.reading import Inputs, read_both
    from promtrim.review.sides import sides_of

    kinds_of(fail_on, None)
    accepted = read_baseline(baseline) if baseline is not None else None
    first, second, limits = sides_of(base, head, merge_base)
    request = Request(
        tuple(paths) or limits, topology, level, config, root, strict, max_bytes=max_bytes, evidence=False,
        sources=sources, defects=True,
    )  # fmt: skip
    inputs = Inputs(
        request, plan_and_config, lambda plan, settings: facts_of(plan, settings)[0], tuple(dashboards)
    )
    before, after = read_both(first, second, inputs)
    return compare(before, after, kinds_of(fail_on, after.config.fail_on), accepted)


def suggest(plan: Plan, sources: Sources | str | None = None) -> Suggested:
    """Ready rules from the baselines, on metrics that are certainly there, and checks from outside.

    Args:
        sources: what the plan's topology was read from; without them there are no checks from outside.

    Raises:
        InputError: a source cannot be read.
    """
    from promtrim.knowledge.index import shipped
    from promtrim.path.ground import survey
    from promtrim.path.outside import checks
    from promtrim.path.running import names_now
    from promtrim.path.suggest import baselines
    from promtrim.path.suggest import suggest as rules_for

    index = shipped()
    ground = survey(sources, index.heads) if sources is not None else None
    rules = rules_for(plan, baselines(index.baselines), names_now(ground) if ground is not None else None)
    return Suggested(rules, checks(ground, plan.topology) if ground is not None else ())


def with_suggestions(reduced: Reduced, rules: Sequence[Suggestion]) -> Reduced:
    """A reduced rule file with a group of suggested rules at its end.

    Raises:
        InputError: the file has no place for another group; nothing is lost.
    """
    from promtrim.errors import InputError
    from promtrim.output.suggest import appended
    from promtrim.rulefile.reading import read

    if not rules:
        return reduced
    text = appended(reduced.text, rules)
    try:
        count = 0 if text is None else sum(len(document.rules) for document in read(["-"], stdin=text))
        before = sum(len(document.rules) for document in read(["-"], stdin=reduced.text))
    except InputError:
        count, before = 0, 0
    if text is None or count != before + len(rules):
        raise InputError("its layout has no place for a suggested group, take it from classify --suggest", reduced.file)
    return msgspec.structs.replace(reduced, text=text, changed=True)


def reduce_document(plan: Plan, document: Document, style: Literal["preserve", "compact"] = "preserve") -> Reduced:
    """Carry out a plan on one of its documents.

    Raises:
        InputError: the document cannot be cut exactly; nothing is lost.
    """
    ids = {rule.id for rule in document.rules}
    drop = {d.judged.rule.id for d in plan.rules if not d.keep and d.judged.rule.id in ids}
    if style == "compact":
        from promtrim.rulefile.compacting import compact

        text = compact(document, ids - drop)
        return Reduced(document.file, text, document.bom, text != document.text)
    if not drop:
        return Reduced(document.file, document.text, document.bom, False)
    from promtrim.rulefile.cutting import cut

    result = cut(document, drop)
    changed = result.text != document.text
    return Reduced(document.file, result.text, document.bom, changed, tuple(result.notes), result.edits)


def cut_of(document: Document, reduced: Reduced, written_to: str | None = None) -> Cut:
    """What a reduction did to one document, in numbers: what accounts and reports tell.

    Args:
        written_to: the file that the reduced text went to, where it went to one.
    """
    from promtrim.output.summary import Cut, count_lines

    return Cut(
        file=reduced.file,
        lines_before=count_lines(document.text),
        lines_after=count_lines(reduced.text),
        changed=reduced.changed,
        notes=reduced.notes,
        written_to=written_to,
    )


def report_page(plan: Plan, title: str = "") -> str:
    """A plan as one self-contained HTML page; make the plan with its evidence.

    Raises:
        InputError: a document cannot be cut exactly.
    """
    from promtrim.output.page import page

    reduced = [reduce_document(plan, document) for document in plan.documents]
    cuts = [cut_of(document, each) for document, each in zip(plan.documents, reduced, strict=True)]
    return page(plan, cuts, [each.edits for each in reduced], title)


def explain(plan: Plan, alert: str) -> tuple[Story, ...]:
    """The stories of all rules with this name.

    Raises:
        InputError: no rule has this name.
    """
    from promtrim.plan.story import nearest, would_fire

    found = [decided for decided in plan.rules if decided.judged.rule.name == alert]
    if not found:
        raise nearest(plan, alert)
    return tuple(Story(decided, would_fire(decided), _covered_by(plan, decided)) for decided in found)


def _covered_by(plan: Plan, decided: Decided) -> tuple[str, ...]:
    cells = set(cells_of(decided))
    others = (
        other.judged.rule.name
        for other in plan.rules
        if other.keep and other.judged.rule.alert and other.judged.rule.id != decided.judged.rule.id
        and cells & set(cells_of(other))
    )  # fmt: skip
    by = (decided.reason.by.alert,) if decided.reason.by else ()
    return tuple(dict.fromkeys((*by, *others)))


def arriving(
    plan: Plan,
    *,
    prometheus_config: Sequence[str] = (),
    external: Mapping[str, str] | None = None,
    absent: Sequence[str] = (),
    keep: bool | None = True,
    config: str | None = None,
) -> list[Sent]:
    """A plan's alerts with what is known of their labels when the Alertmanager gets them.

    Args:
        prometheus_config: configurations of the Prometheus that sends them; none: the one that led to the rules.
        external: its external labels, where a person says them.
        absent: labels of which a person says that no alert has them, unless its rule or expression says so.
        keep: alerts that are kept, that are dropped, or all (None).
        config: a ``promtrim.yml`` with further rulesets.

    Raises:
        InputError: a configuration cannot be read.
    """
    from promtrim.alertmanager.labels import Sender
    from promtrim.alertmanager.sent import sender_of, sent_by
    from promtrim.alertmanager.series import series_labels
    from promtrim.assemble import facts_of

    configs = list(prometheus_config) or [each.followed_from for each in plan.documents if each.followed_from]
    sender = Sender(dict(external)) if external is not None and not configs else sender_of(configs)
    if external is not None and configs:
        sender = msgspec.structs.replace(sender, external={**sender.external, **external}, known=True)
    sender = msgspec.structs.replace(sender, absent=frozenset(absent))
    metrics, records = facts_of(plan, config)
    series = series_labels([each.judged.rule for each in plan.rules if each.judged.rule.alert], metrics, records, absent)
    return sent_by(plan, sender, series, keep)


def trim_alertmanager(
    plan: Plan,
    path: str,
    *,
    prometheus_config: Sequence[str] = (),
    absent: Sequence[str] = (),
    only_sender: bool = False,
    alertmanager: Server | None = None,
    root: str | None = None,
    config: str | None = None,
) -> Account:
    """Trim an Alertmanager configuration to what a plan's kept alerts need.

    Args:
        path: a file with the configuration, also within a ConfigMap or Helm values.
        only_sender: whether nothing else sends to this Alertmanager.
        alertmanager: a running one: what live alerts of other senders use stays.
        root: folder that stands for the container's ``/``, where notification templates may lie.

    The other arguments are those of :func:`arriving`.

    Raises:
        InputError: the configuration cannot be read or cut exactly.
        RemoteError: the Alertmanager does not answer.
    """
    from promtrim.alertmanager.account import account_of
    from promtrim.alertmanager.document import read_held
    from promtrim.alertmanager.sent import of_others

    held = read_held(path)
    alerts = arriving(plan, prometheus_config=prometheus_config, absent=absent, keep=None, config=config)
    others = None
    if alertmanager is not None:
        from promtrim.http import Client

        with Client(alertmanager) as client:
            others = of_others(client.get("/api/v2/alerts"), alerts)
    kept = [each for each in alerts if each.decided is not None and each.decided.keep]
    return account_of(held, kept, plan.problems, others, only_sender=only_sender, root=root)


def build_dashboard(
    plan: Plan, *, title: str | None = None, uid: str | None = None, config: str | None = None
) -> Dashboard:
    """A Grafana dashboard for what a plan keeps, as an object of grafanalib; its ``to_json_data()`` is what Grafana loads.

    Args:
        title: None names the topology.
        uid: None makes one from the title: a dashboard of the same name takes the place of the last one.
        config: settings whose own rulesets count for units and labels; None looks for them beside the rules.

    Raises:
        CallError: Grafana would not take the title or the uid.
        InputError, ErrorGroup: settings that cannot be read.
    """
    from promtrim.assemble import facts_of
    from promtrim.dashboards.building.build import build

    return build(plan, *facts_of(plan, config), title, uid)


def trim_dashboards(
    paths: Sequence[str],
    *,
    rules: Sequence[str] = (),
    topology: str | Topology | None = None,
    config: str | None = None,
    root: str | None = None,
    max_bytes: int = 64 << 20,
    stdin: str | None = None,
    sources: Sources | str | None = None,
) -> TrimmedDashboards:
    """Grafana dashboards without what can show nothing in a topology; nothing is written.

    Args:
        paths: dashboards, as JSON or in ConfigMaps; folders that hold some; ``-``.
        rules: rule files whose recording rules are known.
        topology, config, root, sources: as for :func:`make_plan`; settings are looked for beside the first dashboard.
        stdin: the text of ``-``.

    Raises:
        InputError, ErrorGroup: an input that cannot be read, is no dashboard, or cannot be cut exactly.
    """
    from promtrim.assemble import facts_of
    from promtrim.dashboards.existing.files import read
    from promtrim.dashboards.existing.work import Asker, TrimmedDashboards, trim_files

    files = read(paths, max_bytes, stdin)
    near = next(iter(paths), None)
    request = Request(
        tuple(rules), topology, config=config, root=root, max_bytes=max_bytes, evidence=False, sources=sources, near=near
    )
    plan = plan_for(request)
    trimmed = trim_files(files, Asker(*facts_of(plan, config, near)))
    return TrimmedDashboards(plan.topology, tuple(trimmed), plan.problems)


def check_dashboards(
    paths: Sequence[str], plan: Plan, *, config: str | None = None, max_bytes: int = 64 << 20, stdin: str | None = None
) -> tuple[Undelivered, ...]:
    """Queries of dashboards that use series which the rules that a plan keeps do not deliver.

    Args:
        paths: as for :func:`trim_dashboards`.
        config: settings whose own rulesets say which series exporters deliver; None looks for them beside the rules.

    Raises:
        InputError, ErrorGroup: an input that cannot be read or is no dashboard.
    """
    from promtrim.assemble import facts_of
    from promtrim.dashboards.existing.check import undelivered
    from promtrim.dashboards.existing.files import read

    return undelivered(read(paths, max_bytes, stdin), plan, facts_of(plan, config)[0])


def preview_dashboard(
    file: str, server: Server, *, span: float | None = None, end: float | None = None, max_bytes: int = 16 << 20,
    stdin: str | None = None,
) -> str:  # fmt: skip
    """One self-contained HTML page that draws a dashboard with a snapshot of real data.

    Args:
        file: a dashboard's JSON, or a ConfigMap that holds one; ``-`` is ``stdin``.
        server: the Prometheus to ask.
        span: seconds that curves show; None is what the dashboard says.
        end: the page's last second since 1970; None is now.
        max_bytes: largest file that is read.

    Raises:
        InputError: the file cannot be read, or does not hold one dashboard.
        RemoteError: the server does not answer.
    """
    from promtrim.dashboards.preview.preview import preview

    return preview(file, server, span=span, end=end, max_bytes=max_bytes, stdin=stdin)


def push_alertmanager(
    plan: Plan,
    server: Server,
    *,
    ends: datetime,
    prometheus_config: Sequence[str] = (),
    match: Mapping[str, str] | None = None,
    scope: str = "default",
    drill: bool = False,
    drill_inhibiting: bool = False,
    config: str | None = None,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Silence dropped alerts in a running Alertmanager, and look who hears of the kept ones.

    Args:
        ends: when the silences shall end, with a time zone.
        match: external labels of the Prometheus that sends the alerts, where a person says them.
        scope: tells the silences of several rule sets in one Alertmanager apart.
        drill: send each kept alert once as a synthetic one, see where it goes.
        drill_inhibiting: drill those too that would inhibit others.
        go: is shown what would be done, and says whether to do it.
        tell: is told each step when it is done.

    The other arguments are those of :func:`arriving`.

    Raises:
        InputError, RemoteError: a configuration cannot be read; the Alertmanager does not answer.
    """
    from promtrim.http import Client
    from promtrim.push.alertmanager.push import Wishes, push
    from promtrim.push.alertmanager.sender import external_labels
    from promtrim.push.identity import plan_id

    alerts = arriving(plan, prometheus_config=prometheus_config, external=match, keep=None, config=config)
    kept = [each for each in alerts if each.decided is not None and each.decided.keep]
    dropped = [each for each in alerts if each.decided is not None and not each.decided.keep]
    external = external_labels(plan, prometheus_config, match)
    wishes = Wishes(ends, scope, external, drill, drill_inhibiting)
    with Client(server) as client:
        return push(client, kept, dropped, plan_id(plan), wishes, go, tell)


def undo_alertmanager(
    server: Server,
    *,
    scope: str = "default",
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Expire all silences that :func:`push_alertmanager` made in this scope.

    Raises:
        RemoteError: the Alertmanager does not answer.
    """
    from promtrim.http import Client
    from promtrim.push.alertmanager.push import undo

    with Client(server) as client:
        return undo(client, scope, go, tell)


def push_prometheus(
    plan: Plan,
    server: Server,
    folder: str,
    *,
    reload: Reload | None = None,
    overwrite: bool = False,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Write reduced rule files where a Prometheus reads them, reload it, and compare what it has loaded.

    Args:
        folder: the one on this machine from which it loads its rules.
        reload: how to reload; None: ``POST /-/reload``.
        overwrite: whether files may be replaced that hold rules which the plan does not know.
        go: is shown what would be done, and says whether to do it.
        tell: is told each step when it is done.

    Raises:
        CallError, InputError, OutputError, RemoteError: nothing was done.
    """
    from promtrim.http import Client
    from promtrim.push.identity import plan_id
    from promtrim.push.prometheus.files import exchanges
    from promtrim.push.prometheus.push import push
    from promtrim.push.prometheus.reload import Reload

    those = exchanges(plan, _texts(plan), folder, overwrite)
    with Client(server) as client:
        return push(client, those, folder, plan_id(plan), reload or Reload(), go, tell)


def _texts(plan: Plan) -> list[tuple[Document, str]]:
    """Each document with what a plan leaves of it."""
    return [(document, reduce_document(plan, document).text) for document in plan.documents]


def undo_prometheus(
    server: Server,
    folder: str,
    *,
    reload: Reload | None = None,
    overwrite: bool = False,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Put back the rule files that the last :func:`push_prometheus` to this folder replaced, and reload.

    Raises:
        CallError, InputError, OutputError, RemoteError: nothing was done.
    """
    from promtrim.http import Client
    from promtrim.push.prometheus.push import undo
    from promtrim.push.prometheus.reload import Reload

    with Client(server) as client:
        return undo(client, folder, reload or Reload(), overwrite, go, tell)


def push_kubernetes(
    plan: Plan,
    folder: str,
    *,
    namespace: str | None = None,
    labels: Mapping[str, str] | None = None,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Write reduced rules as PrometheusRule manifests into a folder.

    Args:
        namespace: of resources that wrap rule files.
        labels: of these resources.

    Raises:
        CallError, InputError: nothing was written.
    """
    from promtrim.push import kubernetes
    from promtrim.push.identity import plan_id

    those = kubernetes.manifests(_texts(plan), folder, namespace, labels or {})
    planned = list(kubernetes.steps(those))
    intended = kubernetes.outcome(folder, plan_id(plan), [step for _, step in planned], dry=True)
    if not go(intended):
        return intended
    done = []
    for step in kubernetes.carry_out(planned, folder):
        tell(step)
        done.append(step)
    return kubernetes.outcome(folder, plan_id(plan), done)


def push_mimir(
    plan: Plan,
    server: Server,
    namespace: str,
    *,
    tenant: str = "",
    path: str = "/prometheus/config/v1/rules",
    overwrite: bool = False,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Put reduced rule groups into a namespace of a ruler (Mimir, Cortex, Grafana Cloud).

    Args:
        server: with the tenant's header, where it needs one.
        tenant: tells what is remembered of several tenants apart.
        path: of the ruler's API.
        overwrite: whether groups may be replaced that hold rules which the plan does not know.

    Raises:
        CallError, InputError, OutputError, RemoteError: nothing was done.
    """
    from promtrim.http import Client
    from promtrim.push import mimir, resources
    from promtrim.push.identity import plan_id

    wanted = mimir.wanted(_texts(plan))
    goal = resources.target("mimir", server.url, tenant, namespace)
    with Client(server) as client:
        groups = mimir.Groups(client, namespace, path)
        notes = mimir.left(groups, wanted)

        def known(name: str, there: Any) -> str:
            return "" if overwrite else mimir.unknown(name, there, plan)

        return resources.push(goal, groups, wanted, plan_id(plan), go, tell, known, notes)


def undo_mimir(
    server: Server,
    namespace: str,
    *,
    tenant: str = "",
    path: str = "/prometheus/config/v1/rules",
    overwrite: bool = False,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Put back the rule groups that the last :func:`push_mimir` replaced.

    Raises:
        CallError, InputError, OutputError, RemoteError: nothing was done.
    """
    from promtrim.http import Client
    from promtrim.push import mimir, resources

    goal = resources.target("mimir", server.url, tenant, namespace)
    with Client(server) as client:
        return resources.undo(goal, mimir.Groups(client, namespace, path), overwrite, go, tell)


def push_grafana(
    dashboards: Sequence[str],
    server: Server,
    *,
    folder: str = "promtrim",
    folder_title: str | None = None,
    overwrite: bool = False,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Put dashboards into a Grafana, known by their uid.

    Args:
        dashboards: JSON files.
        folder: uid of the folder that they go to; "" leaves them without one.
        overwrite: whether dashboards may be replaced that somebody made or edited there.

    Raises:
        InputError, OutputError, RemoteError: nothing was done.
    """
    from promtrim.http import Client
    from promtrim.push import grafana, resources

    place = grafana.Folder(folder, folder_title or folder) if folder else None
    wanted = grafana.wanted(dashboards, place)
    plan = grafana.identity(wanted)
    goal = resources.target("grafana", server.url)
    with Client(server) as client:
        store = grafana.Dashboards(client, place, plan)
        return resources.push(goal, store, wanted, plan, go, tell, grafana.edited if not overwrite else grafana.provisioned)


def undo_grafana(
    server: Server,
    *,
    overwrite: bool = False,
    go: Callable[[Outcome], bool] = lambda outcome: True,
    tell: Callable[[Step], None] = lambda step: None,
) -> Outcome:
    """Put back the dashboards that the last :func:`push_grafana` replaced.

    Raises:
        CallError, InputError, OutputError, RemoteError: nothing was done.
    """
    from promtrim.http import Client
    from promtrim.push import grafana, resources

    goal = resources.target("grafana", server.url)
    with Client(server) as client:
        return resources.undo(goal, grafana.Dashboards(client, None, "undo"), overwrite, go, tell)
