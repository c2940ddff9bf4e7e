from pathlib import Path

import pytest

from promtrim.cli.destination import make_folders, targets
from promtrim.errors import CallError


def test_standard_output_takes_one_file() -> None:
    assert targets(["a.yml"], None, in_place=False) == [None]
    with pytest.raises(CallError, match="2 files do not fit on standard output, use --in-place or -o DIR"):
        targets(["a.yml", "b.yml"], None, in_place=False)


def test_in_place() -> None:
    assert targets(["a.yml", "b/c.yml"], None, in_place=True) == ["a.yml", "b/c.yml"]
    with pytest.raises(CallError, match="standard input cannot be changed in place"):
        targets(["-"], None, in_place=True)


def test_a_file_or_a_folder(tmp_path: Path) -> None:
    assert targets(["a.yml"], "out.yml", in_place=False) == ["out.yml"]
    assert targets(["b/a.yml"], "out/", in_place=False) == ["out/a.yml"]
    assert targets(["b/a.yml"], str(tmp_path), in_place=False) == [f"{tmp_path}/a.yml"]
    assert targets(["-"], str(tmp_path), in_place=False) == [f"{tmp_path}/stdin.yml"]


def test_two_files_never_get_one_name() -> None:
    assert targets(["x/one/a.yml", "x/two/a.yml", "x/b.yml"], "out", in_place=False) == [
        "out/one/a.yml",
        "out/two/a.yml",
        "out/b.yml",
    ]
    assert targets(["../r/a.yml", "../r/b.yml"], "out", in_place=False) == ["out/a.yml", "out/b.yml"]


def test_several_files_do_not_fit_in_one(tmp_path: Path) -> None:
    taken = tmp_path / "out.yml"
    taken.write_text("x")
    with pytest.raises(CallError, match="is a file"):
        targets(["a.yml", "b.yml"], str(taken), in_place=False)


def test_folders_are_made(tmp_path: Path) -> None:
    make_folders([f"{tmp_path}/a/b/c.yml", None, "d.yml"])
    assert (tmp_path / "a" / "b").is_dir()
