"""A page of documentation for each ruleset: ``python -m promtrim.knowledge.render docs/exporters [--check]``.

The pages say what is known, where from, and what is dropped on one node and why. They are written from the data alone;
``--check`` writes nothing and fails where a page differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from promtrim.knowledge.account import (
    PER,
    Said,
    consequences,
    grouped,
    series,
    source_key,
    values,
    weight,
)
from promtrim.knowledge.model import Metric, Ruleset
from promtrim.topology.model import Topology

NOTE = "Written by `make exporters` from `rulesets/{name}.yml`; correct it there.\n"

PRESET = "single-node"


def pages(rulesets: Iterable[Ruleset], topology: Topology) -> dict[str, str]:
    """File name to text of every page, the list of all pages (``README.md``) included."""
    listed = list(rulesets)
    found = {f"{ruleset.ruleset}.md": page(ruleset, topology) for ruleset in listed}
    found["README.md"] = _contents(listed)
    return found


def page(ruleset: Ruleset, topology: Topology) -> str:
    """The page of one ruleset."""
    said = consequences(ruleset, topology)
    blocks = [f"# {ruleset.title}\n", NOTE.format(name=ruleset.ruleset), _facts(ruleset), _sources(ruleset)]
    here = [each for each in said if each.where == "here"]
    blocks.append("## On one node\n")
    if here:
        blocks.append(
            "What holds where there is one of everything (preset `single-node`). An alert that asks for anything else "
            "cannot fire there, or always does, and is dropped. *Judgement*: it could differ, but say nothing real.\n"
        )
        blocks.append(_said(here, ruleset))
    else:
        blocks.append("Nothing follows from there being one of everything.\n")
    for where, title in (("anywhere", "Everywhere"), ("elsewhere", "Under other conditions")):
        if rest := [each for each in said if each.where == where]:
            blocks.append(f"## {title}\n\n{_said(rest, ruleset)}")
    blocks.append(_metrics(ruleset))
    blocks.append(_renamed(ruleset))
    blocks.append(_definitions(ruleset))
    return "\n".join(block for block in blocks if block)


def _facts(ruleset: Ruleset) -> str:
    lines = [
        f"- Watches: {ruleset.technology} ({ruleset.kind})",
        f"- Targets: {PER[ruleset.target.per]}; `instance` "
        + ("survives a restart" if ruleset.target.survives else "changes with a restart"),
    ]
    if ruleset.prefixes:
        listed = "all of them are listed here" if ruleset.complete else "those that alerts use are listed here"
        lines.append(f"- Its metrics begin with {', '.join(_code(each) for each in ruleset.prefixes)}; {listed}")
    if ruleset.options:
        lines.append(f"- Options: {', '.join(_code(f'{k}: {str(v).lower()}') for k, v in ruleset.options.items())}")
    return "\n".join(lines) + "\n"


def _sources(ruleset: Ruleset) -> str:
    rows = [(f"[{key}]", each.url, each.note or "") for key, each in ruleset.sources.items()]
    return f"## Sources\n\n{_table(('name', 'where', 'what'), rows)}"


def _definitions(ruleset: Ruleset) -> str:
    """What Markdown needs to make links of the sources' names."""
    return "\n".join(f"[{key}]: {each.url}" for key, each in ruleset.sources.items()) + "\n"


def _said(said: Sequence[Said], ruleset: Ruleset) -> str:
    rows = [
        (
            ", ".join(_code(each.metric + each.labels) for each in alike),
            alike[0].what + (" (*judgement*)" if alike[0].judgement else ""),
            _code(alike[0].condition) if alike[0].condition else "",
            alike[0].because,
            _link(alike[0].source, ruleset),
        )
        for alike in grouped(said)
    ]
    return _table(("series", "what holds", "if", "why", "source"), rows)


def _metrics(ruleset: Ruleset) -> str:
    current = {name: metric for name, metric in ruleset.metrics.items() if not metric.renamed_to}
    rows = [
        (
            _code(name),
            " ".join(filter(None, (metric.type, metric.unit))),
            values(metric),
            series(metric),
            weight(metric),
            _link(source_key(metric.source, ruleset), ruleset),
        )
        for name, metric in current.items()
    ]
    text = f"## Metrics\n\n{_table(('metric', 'type', 'values', 'series', 'an alert on it', 'source'), rows)}"
    judged = [row for name, metric in current.items() for row in _judged(name, metric)]
    if judged:
        text += (
            f"\n\\* How bad, and of what kind, depends:\n\n{_table(('metric', 'where', 'an alert on it', 'why'), judged)}"
        )
    return text


def _judged(name: str, metric: Metric) -> list[tuple[str, str, str, str]]:
    rows = []
    for each in metric.judge:
        words = [f'{label}=~"{value}"' for label, value in each.labels.items()]
        words += [each.shape] if each.shape else []
        words += [f"above {each.above}"] if each.above is not None else []
        words += [f"below {each.below}"] if each.below is not None else []
        outcome = " ".join(word for word in (each.tier or metric.tier, each.mode or metric.mode) if word)
        rows.append((_code(name), _code(", ".join(words)) if words else "otherwise", outcome, each.because or ""))
    return rows


def _renamed(ruleset: Ruleset) -> str:
    rows = [
        (_code(name), _code(metric.renamed_to), metric.until or "")
        for name, metric in ruleset.metrics.items()
        if metric.renamed_to
    ]
    return f"## Renamed\n\n{_table(('old name', 'name now', 'since'), rows)}" if rows else ""


def _contents(rulesets: Sequence[Ruleset]) -> str:
    rows = [
        (f"[{_text(each.title)}]({each.ruleset}.md)", each.technology, str(len(each.metrics)))
        for each in sorted(rulesets, key=lambda each: each.title.lower())
    ]
    head = (
        "# Exporters that promtrim knows\n\nWritten by `make exporters` from `rulesets/`. "
        "How a ruleset is written: [rulesets](../rulesets.md).\n"
    )
    return f"{head}\n{_table(('exporter', 'watches', 'metrics'), rows, raw=(0,))}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], raw: tuple[int, ...] = ()) -> str:
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    cells = ([cell if n in raw else _cell(cell) for n, cell in enumerate(row)] for row in rows)
    lines += [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _text(text: str) -> str:
    return text.replace("[", "\\[").replace("]", "\\]").replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`"


def _link(key: str, ruleset: Ruleset) -> str:
    return f"[{key}]" if key in ruleset.sources else key


def write(folder: Path, check: bool = False) -> list[str]:
    """Write the pages of the source tree's rulesets, and remove those of rulesets that are gone.

    Args:
        check: write nothing.

    Returns:
        Names of the pages that differed.
    """
    from promtrim.knowledge.compile import compile_folder
    from promtrim.knowledge.index import SOURCES
    from promtrim.knowledge.written import shipped_written
    from promtrim.topology.load import load

    rulesets = [written.ruleset for written in shipped_written()]
    wanted = pages(rulesets, load(PRESET, compile_folder(Path(SOURCES)).presets))
    there = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")} if folder.is_dir() else {}
    differing = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    if not check:
        folder.mkdir(parents=True, exist_ok=True)
        for name in differing:
            if name in wanted:
                (folder / name).write_text(wanted[name], "utf-8")
            else:
                (folder / name).unlink()
    return differing


def main(argv: list[str]) -> int:
    check = "--check" in argv
    folders = [each for each in argv if each != "--check"]
    if len(folders) != 1:
        print("usage: python -m promtrim.knowledge.render FOLDER [--check]", file=sys.stderr)
        return 2
    differing = write(Path(folders[0]), check)
    for name in differing:
        print(f"{folders[0]}/{name}: {'differs from the rulesets, run make exporters' if check else 'written'}")
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
