"""One self-contained HTML page about a plan: it works from a disk, without a network, and on paper.

What stands in rule files comes from strangers. Everything passes the template's escaping, and the page forbids, by a
content security policy, all scripts and styles but its own. No decision is made here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from promtrim._version import __version__
from promtrim.output.page.beside import beside
from promtrim.output.page.matrix import matrix
from promtrim.output.page.rows import row
from promtrim.output.summary import Cut, place, summarise, told
from promtrim.ownpage import policy
from promtrim.plaintext import visible
from promtrim.plan.model import Plan
from promtrim.rulefile.edits import Edit

if TYPE_CHECKING:
    from jinja2 import Template

_HERE = os.path.dirname(__file__)


def page(plan: Plan, cuts: Sequence[Cut], edits: Sequence[Sequence[Edit]], title: str = "") -> str:
    """The page.

    Args:
        cuts: what carrying out the plan does to each of its documents.
        edits: the same as edits of each document's text.
        title: heads the page; empty for one that tells the numbers.
    """
    style, script = _asset("page.css"), _asset("page.js")
    summary = summarise(plan, cuts)
    rows = [row(number, decided) for number, decided in enumerate(plan.rules)]
    files = [
        (document.file, cut, beside(document.text, edit))
        for document, cut, edit in zip(plan.documents, cuts, edits, strict=True)
    ]
    return _template().render(
        title=title or f"{summary.kept} of {summary.rules} rules kept",
        version=__version__,
        style=style,
        script=script,
        policy=policy([style], [script]),
        plan=plan,
        topology=plan.topology.name or plan.topology.preset or "without a name",
        summary=summary,
        rows=rows,
        reasons=list(dict.fromkeys(each.heading for each in rows)),
        tiers=[tier for tier in ("critical", "useful", "low") if any(each.judged.tier == tier for each in rows)],
        components=sorted({name for each in rows for name in each.judged.components}),
        matrix=matrix(plan),
        problems=[(place(p.file, p.line, p.column), told(p)) for p in plan.problems],
        notes=[(cut.file, note) for cut in cuts for note in cut.notes],
        files=files,
    )


def shown(text: object) -> str:
    """Text whose control and format characters are seen rather than obeyed (a reversed line would tell lies)."""
    return visible(str(text).replace("\r\n", "\n"), besides="\n\t")


def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: shown(value) if type(value) is str else value,
    )
    return environment.get_template("page.html")


def _asset(name: str) -> str:
    with open(os.path.join(_HERE, name), encoding="utf-8") as file:
        return file.read()
