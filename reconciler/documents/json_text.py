"""Patches of JSON text, such as a field of a ConfigMap. Values that no operation changes keep their order and spelling.

`1.0` stays `1.0`, and an integer of thirty digits stays unchanged, because only the containers on the paths of operations are
parsed: a value is its own text (`Spelled`) until an operation enters it; then it becomes a mapping or list of such texts. As in
Go's encoding/json, white space between tokens is removed, `<`, `>`, `&`, U+2028 and U+2029 are escaped, and the names of
members in an entered container are written again.

One difference: if an entered container has a name twice, Go writes both; here the last one wins.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from reconciler.documents.json_patch import PatchError, apply_patch
from reconciler.model.overrides import PatchOperation


@dataclass(frozen=True, slots=True)
class Spelled:
    """A JSON value as text: compact and escaped."""

    text: str


def patch_text(text: str, operations: Iterable[PatchOperation]) -> str:
    """The JSON text after all operations. An empty text stays empty.

    Raises PatchError if an operation does not apply, or the text is not a JSON mapping or list.
    """
    if not text:
        return ""
    root = parse_preserving(text)
    # The Go library decides by the first character whether to expect a list, so a list after white space is an error.
    if text[0] != "[" and root.text[0] == "[":
        raise PatchError("the text is a list after white space", remedy="Remove the white space before the list.")
    spelled = (replace(operation, value=Spelled(spell(operation.value))) for operation in operations)
    return render(apply_patch(root, spelled, opened=_opened))


def parse_preserving(text: str) -> Spelled:
    """The text in compact form. Raises PatchError if it is not JSON."""
    try:
        value, end = _SCANNER.raw_decode(text, _skipped(text, 0))
        del value
    except (ValueError, RecursionError) as error:
        # The cause is not chained: it carries the text, which may be secret.
        raise PatchError(f"the text is not JSON ({_place(error)})", remedy="Correct the text of the field.") from None
    if _skipped(text, end) != len(text):
        raise PatchError("there is more text after the JSON value", remedy="Correct the text of the field.")
    return Spelled(_TOKEN.sub(lambda match: match[1] or "", text).translate(_ESCAPED))


def render(value: Any) -> str:
    """The compact text of a result of `apply_patch`: `Spelled`, or mappings and lists of it."""
    if isinstance(value, Spelled):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join([f"{_quoted(name)}:{render(item)}" for name, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(render, value)) + "]"
    return "null"


def spell(value: Any) -> str:
    """A plain value as Go's encoding/json writes it: sorted names, shortest numbers, HTML escaped.

    Integers beyond signed 64 bits become floats, as in Kubernetes.
    """
    if isinstance(value, Mapping):
        return "{" + ",".join([f"{_quoted(name)}:{spell(value[name])}" for name in sorted(value)]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(spell, value)) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return _number(value)


def _number(value: int | float) -> str:
    if isinstance(value, int):
        if -(2**63) <= value < 2**63:
            return str(value)
        value = float(value)
    if not math.isfinite(value):
        raise PatchError("infinity and NaN cannot be written as JSON")
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    if not 1e-6 <= abs(value) < 1e21:
        mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
        # Go writes at least two digits of a positive exponent, and no leading zeros of a negative one.
        return f"{mantissa}e{int(exponent):+d}"
    # Without an exponent: digits, padded with zeros. A whole number has no decimal point.
    return f"{Decimal(repr(value)).normalize():f}"


def _opened(value: Any) -> Any:
    """The value as a mapping or list of texts; None for null; other values unchanged."""
    if not isinstance(value, Spelled):
        return value
    if value.text == "null":
        return None
    if value.text[0] == "{":
        return dict(_members(value.text))
    return list(_items(value.text)) if value.text[0] == "[" else value


def _members(text: str) -> Iterable[tuple[str, Spelled]]:
    at = 1
    while text[at] != "}":
        name, at = _SCANNER.raw_decode(text, at + (text[at] == ","))
        _, end = _SCANNER.raw_decode(text, at + 1)
        yield name, Spelled(text[at + 1 : end])
        at = end


def _items(text: str) -> Iterable[Spelled]:
    at = 1
    while text[at] != "]":
        start = at + (text[at] == ",")
        _, at = _SCANNER.raw_decode(text, start)
        yield Spelled(text[start:at])


def _quoted(text: str) -> str:
    return json.dumps(_LONE.sub("\ufffd", text), ensure_ascii=False).translate(_ESCAPED)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _place(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else "NaN and Infinity are not allowed"


# Numbers are not converted, because they may be longer than Python can convert.
_keep: Callable[[str], str] = str
_SCANNER = json.JSONDecoder(parse_int=_keep, parse_float=_keep, parse_constant=_refuse_constant)
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_LONE = re.compile("[\ud800-\udfff]")
_ESCAPED = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})
