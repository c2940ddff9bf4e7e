"""What a check may read: the repository, what was named, and a person's own settings above it; no link leads further."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim import api
from promtrim.errors import PromtrimError

RULES = "groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    (folder / "rules.yml").write_text(RULES)
    return folder


def test_settings_above_a_path_that_is_a_link_into_a_repository(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "promtrim.yml").write_text("level: none\n")
    (repository / "below").mkdir()
    (repository / "below" / "rules.yml").write_text(RULES)
    (tmp_path / "link").symlink_to(repository / "below")
    with pytest.raises(PromtrimError, match="level"):
        api.check([str(tmp_path / "link" / "rules.yml")])


def test_settings_that_are_a_link_out_of_the_repository(repository: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yml"
    outside.write_text("secret: 1\n")
    (repository / "promtrim.yml").symlink_to(outside)
    with pytest.raises(PromtrimError, match="outside the repository"):
        api.check([str(repository / "rules.yml")])
