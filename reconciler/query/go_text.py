"""JSON values as text in the forms of kubectl: as Go's `fmt` prints them (`map[a:1]`), and as its `encoding/json` writes them."""

from __future__ import annotations

import json
from typing import Any

_LARGEST, _SMALLEST = 2**63 - 1, -(2**63)


def plain_text(value: Any) -> str:
    """As `fmt.Sprint`: `map[app:web]`, `[a b]`, `<nil>`, `true`, `0.5`."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{plain_text(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(plain_text, value))}]"
    return _scalar(value, least=-4)


def json_text(value: Any, indent: int | None = None) -> str:
    """As `json.Marshal`: sorted by key, without spaces, with `<`, `>` and `&` escaped.

    indent: spaces for each level; None: on one line.
    """
    return _json(value, indent, 0)


def _json(value: Any, indent: int | None, level: int) -> str:
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        for character in _ESCAPED:
            text = text.replace(character, f"\\u{ord(character):04x}")
        return text
    if value is None:
        return "null"
    if not isinstance(value, (dict, list)):
        return _scalar(value, least=-6)
    left, right = "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, dict):
        colon = ":" if indent is None else ": "
        parts = [f"{_json(key, indent, level)}{colon}{_json(value[key], indent, level + 1)}" for key in sorted(value)]
    else:
        parts = [_json(one, indent, level + 1) for one in value]
    if indent is None or not parts:
        return f"{left}{','.join(parts)}{right}"
    begin, end = (f"\n{' ' * (indent * depth)}" for depth in (level + 1, level))
    return f"{left}{begin}{f',{begin}'.join(parts)}{end}{right}"


_ESCAPED = "<>&\u2028\u2029"


def _scalar(value: Any, *, least: int) -> str:
    """A boolean or a number. least: the lowest power of ten that is written without an exponent."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and _SMALLEST <= value <= _LARGEST:
        return str(value)
    return _float(float(value), least)


def _float(value: float, least: int) -> str:
    """The fewest digits that mean this number; with an exponent below 10^least and from 10^21 on."""
    if value == 0:
        return "-0" if str(value).startswith("-") else "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction.rstrip("0") if fraction.strip("0") else whole).lstrip("0") or "0"
    power = int(exponent or 0) + (len(whole) - 1 if whole != "0" else -1 - (len(fraction) - len(fraction.lstrip("0"))))
    digits = digits.rstrip("0") or "0"
    if not least <= power < 21:
        tail = f".{digits[1:]}" if digits[1:] else ""
        written = f"{abs(power)}" if least == -6 and power < 0 else f"{abs(power):02d}"
        return f"{sign}{digits[0]}{tail}e{'-' if power < 0 else '+'}{written}"
    if power < 0:
        return f"{sign}0.{'0' * (-1 - power)}{digits}"
    return f"{sign}{digits[: power + 1].ljust(power + 1, '0')}{'.' + digits[power + 1 :] if digits[power + 1 :] else ''}"
