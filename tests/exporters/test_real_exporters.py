"""Every fact that applies to a healthy, lone server holds of what its real exporter answers.

One test per exporter. What Debian, PyPI or npm do not provide here is skipped; CONTRIBUTING.md lists the packages.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from against import compare
from exposition import Scrape, fetch, parse
from libraries import LIBRARIES
from processes import Stage
from servers import REAL, Source

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


def scraped(source: Source) -> Scrape:
    scrape = parse(fetch(source.url))
    return scrape if source.typed else Scrape(scrape.samples, {})


@pytest.mark.parametrize("name", [*REAL, *LIBRARIES])
def test_facts_hold(name: str, stage: Stage) -> None:
    sources = {**REAL, **LIBRARIES}[name](stage)
    main = sources[0].rulesets[0]
    wrong: list[str] = []
    checked: set[str] = set()
    for ruleset in {ruleset for source in sources for ruleset in source.rulesets}:
        spoken_of = [source for source in sources if ruleset in source.rulesets]
        for options in {source.options for source in spoken_of}:
            # The second answer shows what the first one made: counters that moved, collectors that were called.
            for _ in range(2):
                scrapes = [scraped(source) for source in spoken_of if source.options == options]
                report = compare(scrapes, ruleset, options)
                wrong += [f"{ruleset}: {text}" for text in report.wrong]
                checked |= report.checked if ruleset == main else set()
                if shipped().heads[ruleset].complete and report.unlisted:
                    wrong.append(f"{ruleset}: said to be complete, but lacks {', '.join(sorted(report.unlisted))}")
    assert checked, "the exporter answered nothing that its ruleset knows"
    if wrong:
        pytest.fail("\n".join(sorted(set(wrong))), pytrace=False)
