"""The index as bytes: what goes in comes out, shelf by shelf; one that cannot be read is made anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim.knowledge import index as room
from promtrim.knowledge.compile import compile_folder
from promtrim.knowledge.stored import Shelves, decode, encode, on_shelf


def test_what_goes_in_comes_out(project: Path) -> None:
    made = compile_folder(project / "rulesets")
    back = decode(encode(made))
    assert dict(back.exact) == dict(made.exact)
    assert dict(back.patterns) == dict(made.patterns)
    assert (back.heads, back.records, back.words) == (made.heads, made.records, made.words)
    assert (back.presets, back.baselines) == (made.presets, made.baselines)
    assert len(back.exact) == len(made.exact)


def test_a_name_opens_its_own_shelf_only(project: Path) -> None:
    names = decode(encode(compile_folder(project / "rulesets"))).exact
    assert isinstance(names, Shelves)
    assert names.get("redis_up")
    assert names.get("no_such_name") is None
    assert set(names._open) == {"redis", "no"}
    assert set(on_shelf(names, "redis")) == {name for name in names if name.partition("_")[0] == "redis"}


def test_an_index_of_another_version_is_made_anew(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "rulesets.idx"
    old.write_bytes(b"\x81\xa5heads\x01")
    monkeypatch.setattr(room, "COMPILED", str(old))
    room.shipped.cache_clear()
    try:
        assert room.shipped().heads
        assert decode(old.read_bytes()).heads, "and kept"
    finally:
        room.shipped.cache_clear()
