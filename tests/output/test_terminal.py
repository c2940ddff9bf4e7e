from hypothesis import given
from hypothesis import strategies as st

from promtrim.output.terminal import Paint, one_line, wrapped


def test_plain_text_stays() -> None:
    assert one_line("Grüße: 日本 | a  b") == "Grüße: 日本 | a  b"


def test_control_and_format_characters_are_escaped() -> None:
    assert one_line("a\x1b[2Jb\x9bc\u202ed\ud800") == "a\\x1b[2Jb\\x9bc\\u202ed\\ud800"


def test_line_breaks_become_a_space() -> None:
    assert one_line("sum(x)\n  /\r\n\tsum(y)\n") == "sum(x) / sum(y)"


@given(st.text())
def test_what_is_shown_is_printable(text: str) -> None:
    assert one_line(text).isprintable()


@given(st.text(), st.integers(10, 60))
def test_wrapping_loses_no_word(text: str, width: int) -> None:
    lines = wrapped(text, width, "  ", "- ")
    assert " ".join(line[2:] for line in lines).split(" ") == [
        word for word in one_line(text).split(" ") if word
    ] or not one_line(text).strip(" ")
    assert all(len(line) <= width or " " not in line[2:] for line in lines)


def test_no_colour_unless_asked_for() -> None:
    assert Paint().bad("x") == "x"
    assert Paint(True).bad("x") == "\x1b[1;31mx\x1b[0m"
