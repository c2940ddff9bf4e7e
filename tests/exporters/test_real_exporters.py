"""Every fact that applies to a healthy, lone server holds of what its real exporter answers.

Then the server is stopped: what is said to be possible at all must hold of that answer, too.

One test per exporter. What Debian, PyPI or npm do not provide here is skipped; CONTRIBUTING.md lists the packages.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from against import Report, compare
from exposition import NOTHING, Scrape, fetch, parse
from libraries import LIBRARIES
from processes import Stage
from servers import REAL
from sources import Source

from promtrim.knowledge.index import shipped


@pytest.fixture
def stage() -> Iterator[Stage]:
    # Not tmp_path: servers run as accounts of their own, and pytest keeps the folders above it to its user.
    folder = Path(tempfile.mkdtemp(prefix="promtrim-"))
    folder.chmod(0o755)
    made = Stage(folder)
    yield made
    made.stop()
    shutil.rmtree(folder, ignore_errors=True)


def scraped(source: Source, *, dead: bool = False) -> Scrape:
    try:
        scrape = parse(fetch(source.url))
    except OSError:  # of a dead server, an exporter may answer nothing: then ``up`` is 0
        if not dead:
            raise
        return NOTHING
    return scrape if source.typed else Scrape(scrape.samples, {})


@pytest.mark.parametrize("name", [*REAL, *LIBRARIES])
def test_facts_hold(name: str, stage: Stage) -> None:
    sources = {**REAL, **LIBRARIES}[name](stage)
    main = sources[0].rulesets[0]
    # The second answer shows what the first one made: counters that moved, collectors that were called.
    reports = compared(sources) + compared(sources)
    assert any(report.checked for ruleset, report in reports if ruleset == main), "nothing that the ruleset knows"
    for server in {id(server): server for source in sources for server in source.servers}.values():
        stage.end(server)
    reports += compared([source for source in sources if source.servers], dead=True)
    wrong = {f"{ruleset}: {text}" for ruleset, report in reports for text in report.wrong}
    for ruleset, report in reports:
        if shipped().heads[ruleset].complete and report.unlisted:
            wrong.add(f"{ruleset}: said to be complete, but lacks {', '.join(sorted(report.unlisted))}")
    if wrong:
        pytest.fail("\n".join(sorted(wrong)), pytrace=False)


def compared(sources: list[Source], *, dead: bool = False) -> list[tuple[str, Report]]:
    """What each ruleset that speaks of the sources says wrongly of what they answer now."""
    reports = []
    for ruleset in {ruleset for source in sources for ruleset in source.rulesets}:
        spoken_of = [source for source in sources if ruleset in source.rulesets]
        for options in {source.options for source in spoken_of}:
            scrapes = [scraped(source, dead=dead) for source in spoken_of if source.options == options]
            reports.append((ruleset, compare(scrapes, ruleset, options, dead=dead)))
    return reports
