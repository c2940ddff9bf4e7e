"""Says in plain words, with line and column, how a YAML document differs from its JSON Schema.

Called only once a fast check has already failed: jsonschema is imported here and nowhere else. What a
document means is for the room that reads it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from promtrim.errors import ErrorGroup, InputError, PromtrimError
from promtrim.yamltext.located import place_of

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMA_FOLDERS = (os.path.join(HERE, "schema"), os.path.join(os.path.dirname(HERE), "schema"))
"""In the wheel, and in a source tree."""

MOST_ERRORS = 20

_KINDS = {
    "object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number",
    "number": "a number", "boolean": "true or false",
}  # fmt: skip


def schema_text(name: str) -> str:
    """The text of a shipped JSON Schema, ``topology`` for ``topology.schema.json``.

    Raises:
        FileNotFoundError: there is none; the installation is broken.
    """
    for folder in SCHEMA_FOLDERS:
        path = os.path.join(folder, f"{name}.schema.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as handle:
                return handle.read()
    raise FileNotFoundError(f"{name}.schema.json is not in {' or '.join(SCHEMA_FOLDERS)}")


def refuse(document: Any, schema: str, file: str, otherwise: str) -> PromtrimError:
    """The error to raise for a document that a fast check refused.

    Args:
        document: as read by :mod:`promtrim.yamltext.located`.
        schema: name of the JSON Schema.
        otherwise: what to say where the schema finds nothing wrong.
    """
    errors = explain(document, schema, file)
    if not errors:
        return InputError(otherwise, file)
    return errors[0] if len(errors) == 1 else ErrorGroup(list(errors))


def explain(document: Any, schema: str, file: str) -> list[InputError]:
    """Every difference between document and schema, in the order of the text; empty where there is none."""
    import msgspec
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(msgspec.json.decode(schema_text(schema)))
    # One place needs one line: an alternative that failed is told by its most telling part.
    found: dict[tuple[int, int, str], InputError] = {}
    for error in validator.iter_errors(document):
        for path, message in _told(_deepest(error)):
            place = place_of(document, path, file)
            found.setdefault((place.line, place.column, message), InputError(message, file, place.line, place.column))
    return [found[key] for key in sorted(found)][:MOST_ERRORS]


def _deepest(error: ValidationError) -> ValidationError:
    """Of an ``anyOf`` the branch that the author meant: the one of the right type."""
    while error.context:
        same_type = [inner for inner in error.context if inner.validator != "type" or inner.path]
        if not same_type:
            return error
        error = max(same_type, key=lambda inner: len(inner.absolute_path))
    return error


def _told(error: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    path = tuple(error.absolute_path)
    name = _name(path)
    schema: Any = error.schema
    value: Any = error.validator_value
    hint = schema.get("$comment")
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = sorted(schema.get("properties", {}))
        return [((*path, key), _unknown(name, key, known)) for key in instance if key not in known]
    if error.validator == "required":
        missing = [key for key in value if key not in instance]
        return [(path, f"{name} lacks {' and '.join(missing)}" + (f": {hint}" if hint else ""))]
    if error.validator in ("enum", "const"):
        allowed = value if error.validator == "enum" else [value]
        words = ", ".join(str(each) for each in allowed if each is not None)
        return [(path, f"{name} is {_shown(instance)}, use one of: {words}")]
    if error.validator == "minLength":
        return [(path, f"{name} is empty" + (f": {hint}" if hint else ""))]
    wanted = hint or _wanted(error)
    return [(path, f"{name} is {_shown(instance)}, write {wanted}")]


def _wanted(error: ValidationError) -> str:
    value: Any = error.validator_value
    if error.validator == "type":
        types: list[str] = value if isinstance(value, list) else [value]
        return " or ".join(_KINDS.get(each, each) for each in types if each != "null")
    if error.validator == "anyOf":
        hints = [branch.get("$comment") or _KINDS.get(branch.get("type", ""), "") for branch in value]
        return " or ".join(dict.fromkeys(filter(None, hints)))
    if error.validator == "minimum":
        return f"{value} or more"
    return f"something that fits {error.validator} {value}"


def _unknown(name: str, key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    owner = f" in {name}" if name != "the document" else ""
    # A key in another's spelling (replica_count, dependsOn) is the commonest slip.
    plain = {each.replace("-", ""): each for each in known}
    close = get_close_matches(key.lower().replace("_", "").replace("-", ""), plain, 1, 0.6)
    if close:
        return f"unknown key {key!r}{owner}, did you mean {plain[close[0]]!r}?"
    return f"unknown key {key!r}{owner}, use one of: {', '.join(known)}"


def _name(path: tuple[str | int, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or "the document"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
