"""Rulesets as text for a terminal: the list of all, one in full, the account of coverage."""

from __future__ import annotations

from collections.abc import Sequence

from promtrim.knowledge.account import PER, Said, consequences, grouped, series, source_key, values, weight
from promtrim.knowledge.coverage import Coverage
from promtrim.knowledge.model import Metric, Ruleset
from promtrim.output.terminal import Paint, one_line, wrapped
from promtrim.topology.model import Topology


def listed(rulesets: Sequence[Ruleset], paint: Paint) -> str:
    """One line per ruleset. Cells stand two or more spaces apart."""
    rows = [("RULESET", "WATCHES", "KIND", "METRICS", "TITLE")]
    rows += [(r.ruleset, r.technology, r.kind, str(len(r.metrics)), r.title) for r in rulesets]
    return _columns(rows, paint)


def shown(ruleset: Ruleset, topology: Topology, paint: Paint, width: int) -> str:
    """Everything that a ruleset knows, and what follows from it in a topology."""
    lines = [paint.bold(f"{ruleset.ruleset}: {one_line(ruleset.title)}")]
    restart = "survives a restart" if ruleset.target.survives else "changes with a restart"
    lines += wrapped(f"watches {ruleset.technology} ({ruleset.kind}), {PER[ruleset.target.per]}; instance {restart}",
                     width, "  ")  # fmt: skip
    if ruleset.prefixes:
        lines += wrapped(f"metrics begin with {', '.join(ruleset.prefixes)}", width, "  ")
    lines += ["", paint.bold("Sources")]
    for key, source in ruleset.sources.items():
        note = f" ({source.note})" if source.note else ""
        lines.append(one_line(f"  {key}: {source.url}{note}"))
    said = consequences(ruleset, topology)
    name = topology.name or topology.preset or "this topology"
    for where, title in (("here", f"What holds on {name}"), ("anywhere", "What holds everywhere")):
        if some := [each for each in said if each.where == where]:
            lines += ["", paint.bold(title), *_said(some, paint, width)]
    lines += ["", paint.bold("Metrics")]
    for metric_name, metric in ruleset.metrics.items():
        lines += wrapped(f"{metric_name}: {_metric(metric, ruleset)}", width, "      ", "  ")
    return "\n".join(lines) + "\n"


def _said(said: Sequence[Said], paint: Paint, width: int) -> list[str]:
    lines: list[str] = []
    for alike in grouped(said):
        first = alike[0]
        names = ", ".join(each.metric + each.labels for each in alike)
        lines += wrapped(names, width, "    ", "  ")
        condition = f"; if {first.condition}" if first.condition else ""
        what = f"{first.what} (judgement)" if first.judgement else first.what
        lines += wrapped(f"{what}: {first.because} [{first.source}{condition}]", width, "      ", "    -> ")
    return lines


def _metric(metric: Metric, ruleset: Ruleset) -> str:
    if metric.renamed_to:
        return f"now {metric.renamed_to}" + (f", since {metric.until}" if metric.until else "")
    words = [" ".join(filter(None, (metric.type, metric.unit))), values(metric), series(metric)]
    told = weight(metric)
    words += [f"an alert on it: {told}" if told else "", f"[{source_key(metric.source, ruleset)}]"]
    return "; ".join(word for word in words if word)


def covered(account: Coverage, paint: Paint) -> str:
    """Shares by exporter, then each metric without a fact and the first rule that uses it."""
    rows = [("EXPORTER", "KNOWN", "UNKNOWN", "SHARE")]
    rows += [
        (each.exporter, str(len(each.known)), str(len(each.unknown)), f"{each.share:.0%}") for each in account.exporters
    ]
    # A metric that two exporters export is one metric.
    rows.append(("all", str(account.known), str(len(account.unknown)), f"{account.share:.0%}"))
    text = _columns(rows, paint)
    if account.unknown:
        text += "\n" + paint.bold("Metrics without a fact") + "\n"
        text += "".join(one_line(f"  {use.metric}  {use.file}:{use.line}") + "\n" for use in account.unknown)
    if account.unreadable:
        text += f"\n{account.unreadable} expressions could not be read.\n"
    return text


def _columns(rows: Sequence[Sequence[str]], paint: Paint) -> str:
    clean = [[one_line(cell) or "-" for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in clean) for column in range(len(clean[0]))]
    widths[-1] = 0
    lines = ["  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in clean]
    return "\n".join([paint.bold(lines[0]), *lines[1:]]) + "\n"
