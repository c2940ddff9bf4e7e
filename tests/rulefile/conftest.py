"""What the tests of rule files share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from promtrim.errors import ErrorGroup, PromtrimError
from promtrim.rulefile.cutting import cut
from promtrim.rulefile.model import Document
from promtrim.rulefile.reading import read, read_text

Cut = Callable[..., str]


@pytest.fixture
def odd(fixtures: Path) -> Path:
    """Odd but legal YAML."""
    return fixtures / "odd"


@pytest.fixture
def cut_names() -> Cut:
    """Cut the rules with these names out of a text, or leave only those in ``keep``."""

    def run(text: str, *names: str, keep: tuple[str, ...] | None = None) -> str:
        document = read_text(text, "f.yml")
        drop = {rule.id for rule in document.rules if (rule.name in names if keep is None else rule.name not in keep)}
        return cut(document, drop).text

    return run


@pytest.fixture
def mistakes() -> Callable[[str], list[str]]:
    """What is wrong with a text, one line each."""

    def run(text: str) -> list[str]:
        with pytest.raises(ErrorGroup) as caught:
            read_text(text, "f.yml")
        return [str(error) for error in caught.value.errors]

    return run


@pytest.fixture(scope="session")
def shared_documents(shared: Path) -> list[Document]:
    """Every public rule file that reads."""
    found: list[Document] = []
    for path in sorted([*shared.glob("**/*.yml"), *shared.glob("**/*.yaml")]):
        try:
            found += [each for each in read([path]) if each.rules and each.followed_from is None]
        except PromtrimError:
            continue  # broken as found: test_laws looks at those
    return found
