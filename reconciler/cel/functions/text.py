"""`format` of text (cel-go ext/formatting.go). The library writes lists and mappings in another way."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.cel.errors import unknown_value
from reconciler.cel.functions.opaque import is_a
from reconciler.cel.functions.signature import Signature, function, method
from reconciler.cel.macros import FORMAT, TEXT_OF

_CLAUSE = re.compile(r"%(?:(%)|(?:\.([0-9]+))?([sdfebxXo]))")
_LONGEST = 1 << 20


def _format(template: str, arguments: list[Any]) -> str:
    waiting = iter(arguments)
    used = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal used
        if found[1]:
            return "%"
        used += 1
        try:
            value = next(waiting)
        except StopIteration:
            raise ValueError(f"index {used - 1} out of range") from None
        return _clause(found[3], value, 6 if found[2] is None else int(found[2]))

    text = _CLAUSE.sub(replaced, template)
    if "%" in _CLAUSE.sub("", template):
        raise ValueError("could not parse formatting clause: unrecognized formatting clause")
    if len(text) > _LONGEST:
        raise ValueError("the text is too long")
    return text


def _clause(letter: str, value: Any, precision: int) -> str:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if letter == "s":
        return plain(value)
    if letter == "d" and is_integer:
        return str(value)
    if letter == "e":
        raise unknown_value("how a server writes %e is not known here")
    if letter == "f" and isinstance(value, float) and precision <= 100:
        return f"{value:,.{precision}f}"
    if letter == "b" and isinstance(value, int):
        return f"{value:b}"
    if letter in "xX" and isinstance(value, str | bytes | bytearray):
        content = (value.encode() if isinstance(value, str) else bytes(value)).hex()
        return content.upper() if letter == "X" else content
    if letter in "oxX" and is_integer:
        return f"{value:{letter}}"
    raise ValueError(f"error during formatting: a clause %{letter} does not fit its argument")


def plain(value: Any) -> str:
    """As `string(value)`; lists and mappings with quoted text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode(errors="replace")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return f"{_number(value.total_seconds())}s"
    if isinstance(value, list):
        return f"[{', '.join(_quoted(item, inside=True) for item in value)}]"
    if isinstance(value, dict):
        return _mapping(value)
    return str(value)


def _mapping(value: dict[Any, Any]) -> str:
    if is_a(value, "ip") or is_a(value, "cidr"):
        return str(value["text"])
    pairs = sorted((_quoted(key, inside=True), _quoted(item, inside=True)) for key, item in value.items())
    return "{" + ", ".join(f"{key}:{item}" for key, item in pairs) + "}"


def _quoted(value: Any, *, inside: bool) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if isinstance(value, bytes | bytearray):
        return f'b"{plain(value)}"'
    if isinstance(value, datetime):
        return f'timestamp("{plain(value)}")'
    if isinstance(value, timedelta):
        return f'duration("{plain(value)}")'
    if isinstance(value, float) and inside:
        return f"{value:,.6f}"
    return plain(value)


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)


def _text_of(value: dict[str, Any]) -> str:
    if is_a(value, "ip") or is_a(value, "cidr"):
        return str(value["text"])
    raise ValueError("no such overload")


SIGNATURES: tuple[Signature, ...] = (
    method(FORMAT, _format, "string", "list"),
    function(TEXT_OF, _text_of, "map"),
)
