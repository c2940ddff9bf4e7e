"""Bytes to text, and the one clear error for what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from promtrim.errors import InputError
from promtrim.yamltext import decode, read_source


def test_the_byte_order_mark_is_noted_and_taken_off() -> None:
    source = decode(b"\xef\xbb\xbfa: 1\n")
    assert (source.text, source.bom) == ("a: 1\n", True)
    assert decode(b"a: 1\n").bom is False


@pytest.mark.parametrize(
    ("data", "words", "place"),
    [
        (b"a\nb\0c", "binary file", (2, 0)),
        (b"a: 1\nb: \xff\n", "no UTF-8 text (byte 0xFF)", (2, 4)),
        ("ü: ".encode() + b"\xe4", "no UTF-8 text (byte 0xE4)", (1, 4)),
        ("a: 1".encode("utf-16"), "UTF-16", (0, 0)),
    ],
)
def test_what_is_no_utf8_text(data: bytes, words: str, place: tuple[int, int]) -> None:
    with pytest.raises(InputError) as caught:
        decode(data, "f.yml")
    assert words in caught.value.message
    assert (caught.value.line, caught.value.column) == place


def test_files_beyond_the_limit_are_not_read(tmp_path: Path) -> None:
    large = tmp_path / "large.yml"
    large.write_bytes(b"#" * 2048)
    assert read_source(str(large), 2048).text == "#" * 2048
    with pytest.raises(InputError, match="--max-size"):
        read_source(str(large), 2047)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check the path"):
        read_source(str(tmp_path / "none.yml"))
    with pytest.raises(InputError, match="directory"):
        read_source(str(tmp_path))
    with pytest.raises(InputError, match="cannot be read"):
        read_source("zero\0byte.yml")
