"""Edits of JSON that is held as text, in a ConfigMap say: what an edit does not touch keeps its order and its
spelling.

`1.0` stays `1.0` and an integer of thirty digits keeps them all, because nothing is parsed that no operation enters:
a value is its own text (`Spelled`) until the patch walks into it, and only then a mapping or list of such texts.
White space between tokens goes, and `<`, `>`, `&`, U+2028 and U+2029 are escaped, as Go's encoding/json leaves such
text. Names of members in a container that was entered are written anew.

Not followed: Go writes a name twice if an entered container had it twice; here the last one wins.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from reconciler.documents.patch import PatchError, apply_patch
from reconciler.model.overrides import PatchOperation


@dataclass(frozen=True, slots=True)
class Spelled:
    """A JSON value as its text: compact, escaped."""

    text: str


def patch_text(text: str, operations: Iterable[PatchOperation]) -> str:
    """The JSON text after all operations; an empty text stays empty whatever they are.

    Raises PatchError where an operation does not apply, or the text is not JSON with a mapping or a list at its top.
    """
    if not text:
        return ""
    root = parse_preserving(text)
    # The library judges by the very first character, and then wants what it expected.
    if text[0] != "[" and root.text[0] == "[":
        raise PatchError("the text is a list after white space", remedy="Remove what stands before the list.")
    spelled = (replace(operation, value=Spelled(spell(operation.value))) for operation in operations)
    return render(apply_patch(root, spelled, opened=_opened))


def parse_preserving(text: str) -> Spelled:
    """The text, checked and made compact. Raises PatchError if it is not JSON."""
    try:
        value, end = _SCANNER.raw_decode(text, _skipped(text, 0))
        del value
    except (ValueError, RecursionError) as error:
        # The cause is not chained: it carries the text, which may be secret.
        raise PatchError(f"the text is not JSON ({_place(error)})", remedy="Correct the text of the field.") from None
    if _skipped(text, end) != len(text):
        raise PatchError("the text goes on after its JSON value", remedy="Correct the text of the field.")
    return Spelled(_TOKEN.sub(lambda match: match[1] or "", text).translate(_ESCAPED))


def render(value: Any) -> str:
    """The compact text of what `apply_patch` left: `Spelled`, or mappings and lists of it."""
    if isinstance(value, Spelled):
        return value.text
    if isinstance(value, dict):
        return "{" + ",".join([f"{_quoted(name)}:{render(item)}" for name, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(render, value)) + "]"
    return "null"


def spell(value: Any) -> str:
    """A plain value as Go's encoding/json writes it: sorted names, shortest numbers, HTML escaped.

    Integers beyond 64 bits with a sign are what Kubernetes makes of them: floats.
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
        # Two digits at least for a positive exponent, none too many for a negative one.
        return f"{mantissa}e{int(exponent):+d}"
    # No power of ten: digits, padded with zeros. A whole number has no decimal point.
    return f"{Decimal(repr(value)).normalize():f}"


def _opened(value: Any) -> Any:
    """A mapping or list of the texts one level down; None for null; anything else as it is."""
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


# Numbers are only looked at to find their end: they may be longer than Python is willing to convert.
_keep: Callable[[str], str] = str
_SCANNER = json.JSONDecoder(parse_int=_keep, parse_float=_keep, parse_constant=_refuse_constant)
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_LONE = re.compile("[\ud800-\udfff]")
_ESCAPED = str.maketrans({c: f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"})
