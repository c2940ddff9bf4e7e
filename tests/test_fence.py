"""The fence: whatever names a file, it is not read from beyond."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest

from promtrim.errors import InputError
from promtrim.fence import within
from promtrim.yamltext import read_source


def test_only_what_lies_inside_is_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.yml").write_text("a: 1\n")
    (tmp_path / "out.yml").write_text("secret: 1\n")
    (tmp_path / "inn").mkdir()
    (tmp_path / "inn" / "b.yml").write_text("secret: 1\n")
    (tmp_path / "in" / "link.yml").symlink_to(tmp_path / "out.yml")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "inn")
    inside = str(tmp_path / "in")
    with within([inside]):
        assert read_source(f"{inside}/a.yml").text == "a: 1\n"
        for beyond in ("../out.yml", "link.yml", "folder/b.yml", "../inn/b.yml"):
            with pytest.raises(InputError, match="outside the repository"):
                read_source(f"{inside}/{beyond}")
        with pytest.raises(PermissionError):
            os.listdir(tmp_path)
        with pytest.raises(PermissionError):
            list(os.scandir(f"{inside}/folder"))
        assert glob.glob(f"{inside}/folder/*") == []
        assert glob.glob(f"{tmp_path}/*.yml") == []
    assert read_source(str(tmp_path / "out.yml")).text == "secret: 1\n"


def test_modules_can_be_imported_behind_it(tmp_path: Path) -> None:
    with within([str(tmp_path)]):
        import wsgiref.headers

        from promtrim.knowledge.index import shipped

        assert shipped().presets
    assert wsgiref.headers


def test_an_inner_fence_does_not_widen_for_what_comes_after(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with within([str(tmp_path / "a")]):
        with within([str(tmp_path / "b")]):
            os.listdir(tmp_path / "b")
        with pytest.raises(PermissionError):
            os.listdir(tmp_path / "b")


def test_the_root_is_a_folder_too() -> None:
    with within(["/"]):
        os.listdir("/")
