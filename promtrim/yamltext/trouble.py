"""What went wrong in a YAML text, and what to do, in words for the person who wrote it."""

from __future__ import annotations

import re

import yaml

from promtrim.errors import InputError
from promtrim.yamltext.position import Lines

RENDER = "this is an unrendered Helm template: render it first with helm template"

_HELM = re.compile(
    r"\{\{-?\s*(?:/\*|(?:\w+\s+)*\(?\s*\$?\.(?:Values|Release|Chart|Capabilities|Files|Template)\b"
    r"|(?:include|template|define|tpl|toYaml|block)\b)"
    r"|^\s*\{\{-|^\s*\{\{-?\s*(?:if|range|with|else|end)\b",
    re.MULTILINE,
)
_BRACES = re.compile(r"\{\{|\{%")

_HINTS = {
    "mapping values are not allowed": "indent it like its neighbours, or quote a value that holds ': '",
    "did not find expected key": "check the indentation and the quotes of this line and the one above",
    "could not find expected ':'": "write 'key: value', or quote text that goes on over several lines",
    "found character that cannot start any token": "indent with spaces, and quote values that begin with @ ` or %",
    "found a tab character": "indent with spaces",
    "did not find expected '-' indicator": "indent every item of the list alike",
    "did not find expected <document start>": "check the indentation of this line, or begin a document with ---",
    "block sequence entries are not allowed": "put the list on lines of its own below the key",
    "found unexpected end of stream": "close the quote",
    "found unknown escape character": "double the backslash, or use single quotes",
    "found duplicate anchor": "give the anchor another name",
    "did not find expected ',' or": "close the bracket, or quote the value",
    "found undefined tag handle": "quote a value that begins with !",
    "did not find expected alphabetic or numeric character": "quote a value that begins with * or &",
    "did not find expected comment or line break": "write nothing after | or > but a comment",
    "while scanning a quoted scalar": "close the quote",
}


def explain(error: Exception, text: str, file: str) -> InputError:
    """An error of the parser as one line with its place and what to do."""
    if isinstance(error, UnicodeError):
        return InputError("holds half of a surrogate pair: save it as UTF-8", file)
    if isinstance(error, yaml.reader.ReaderError):
        return _unprintable(text, file, error.character)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    offset = min(mark.index, len(text)) if mark is not None else 0
    template = _template_line(text, offset)
    if template is not None:
        place = Lines(text).position(template)
        return InputError(RENDER, file, place.line, place.column)
    place = Lines(text).position(offset)
    if _braces_before(text, offset):
        hint = "quote a value that begins with {{"
    else:
        context = f"{problem} {getattr(error, 'context', None) or ''}"
        hint = next((hint for said, hint in _HINTS.items() if said in context), "correct the YAML here")
    return InputError(f"broken YAML, {problem}: {hint}", file, place.line, place.column)


def key_trouble(text: str, file: str, offset: int) -> InputError:
    """The error for a key that is a list or a mapping."""
    place = Lines(text).position(offset)
    if not _BRACES.match(text, max(0, offset - 1)) and not _BRACES.match(text, offset):
        return InputError("a key must be text: quote it", file, place.line, place.column)
    if _HELM.search(text):
        return InputError(RENDER, file, place.line, place.column)
    return InputError("quote a value that begins with {{", file, place.line, place.column)


def _template_line(text: str, offset: int) -> int | None:
    """The first template action that explains an error at an offset, or None."""
    for match in _HELM.finditer(text, 0, text.find("\n", offset) % (len(text) + 1)):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if "#" not in line and line.count('"') % 2 == 0:
            return match.start() + len(match.group()) - len(match.group().lstrip())
    return None


def _braces_before(text: str, offset: int) -> bool:
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return re.search(r"(?:^|[:-])\s+\{\{", line) is not None


def _unprintable(text: str, file: str, character: int | str) -> InputError:
    code = ord(character) if isinstance(character, str) else character
    offset = max(0, text.find(chr(code)))
    place = Lines(text).position(offset)
    message = f"holds the control character U+{code:04X}: this is no text file, or the character must go"
    return InputError(message, file, place.line, place.column)
