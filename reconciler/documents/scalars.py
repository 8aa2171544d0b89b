"""The value of a plain scalar in Kubernetes: the resolution of go-yaml v2. It is used for reading, and for quoting when writing.

First come the words of YAML 1.1 with y/Y/n/N; then, if the first character allows it, integers in the bases of Go's literals;
then floats. There are no numbers in base 60, and dates stay text. The conversion to JSON is included: a whole float is an
integer, and infinity is an error. Rules: go.yaml.in/yaml/v2 resolve.go; strconv.
"""

from __future__ import annotations

import base64
import math
import re
import struct
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True),
    **dict.fromkeys(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
}
NUMERIC_START = frozenset("+-.0123456789")
"""The characters that a number can begin with. Any other scalar that is not one of the words is text."""
HINTS = NUMERIC_START | {word[:1] for word in WORDS}
"""The first characters (or the empty string) of all plain scalars that may not be text."""

MERGE_TAG = "tag:yaml.org,2002:merge"
_TAG = "tag:yaml.org,2002:"
_TYPES = {"int": int, "float": float, "bool": bool, "null": type(None), "timestamp": str}

_SPECIAL = {
    **dict.fromkeys([".nan", ".NaN", ".NAN"], math.nan),
    **dict.fromkeys([".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"], math.inf),
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], -math.inf),
}
# The decimal alternative is limited: a longer number is always out of range.
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]{0,19}))"
)
_SIGN_INSIDE = re.compile(r"0b([-+])([01]+)")  # go-yaml accepts this by accident.
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_CLOCK = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2}):(?P<second>[0-9]{1,2})(?:[.,][0-9]+)?"
_TIMESTAMP = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    rf"(?:[Tt]{_CLOCK}(?:Z|[-+](?P<east>[0-9]{{2}}):(?P<off>[0-9]{{2}}))| +{_CLOCK.replace('P<', 'P<local_')})?"
)


@dataclass(frozen=True, slots=True)
class Spelled:
    """A scalar that is not text, as it is written: `0644`, `1.50`, `!!float 1`."""

    text: str


class SpelledKey(str):
    """A key that is not quoted and that Kubernetes does not read as text, as it is written: `on`, `y`, `0123`."""

    __slots__ = ()


def resolve(text: str) -> Scalar:
    """The value of a plain scalar, before conversion to JSON: whole floats are still floats, infinity and NaN are allowed."""
    if text in WORDS:
        return WORDS[text]
    return number(text) if text[0] in NUMERIC_START else text


def number(text: str) -> str | int | float:
    """The number that `text` spells, else `text` itself. text: begins with one of NUMERIC_START."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if text[0] == ".":
        return _finite(text) if _POINT_FLOAT.fullmatch(text) else text
    digits = text.replace("_", "")
    whole = _integer(digits)
    if whole is not None:
        return whole
    value = _finite(digits) if _FLOAT.fullmatch(digits) else None
    return text if value is None or isinstance(value, str) else value


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag, before conversion to JSON. Unknown tags mean text.

    Raises ValueError if the text is not of that type.
    """
    short = tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""
    if short == "binary":
        return base64.b64decode(re.sub(r"[\r\n]", "", text), validate=True).decode(errors="replace")
    if short not in _TYPES:
        return text
    value = resolve(text)
    if short == "timestamp":
        fits = is_timestamp(text)
    elif short == "float" and isinstance(value, int) and not isinstance(value, bool) and value < 2**63:
        return float(value)
    else:
        fits = type(value) is _TYPES[short]
    if not fits:
        raise ValueError(f"not of the type {short}")
    return value


def as_json(value: float) -> int | float:
    """A float in JSON for the API server: whole floats below 1e21 are integers, with the digits that Go writes.

    Raises ValueError for infinity and NaN.
    """
    if not math.isfinite(value):
        raise ValueError("JSON cannot contain infinity and NaN")
    if not value.is_integer() or abs(value) >= 1e21:
        return value
    return int(value) if abs(value) < 2**53 else int(Decimal(repr(value)))


def key_text(value: Scalar) -> str | None:
    """The member name of a resolved key; None if it cannot be a name (null, or beyond 63 bits)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _general(_single(value), _shortest_single(value))
    return None if value is None or value >= 2**63 else str(value)


def general(value: float) -> str:
    """A float as Go's `%g` with the fewest digits that read back as the same number; with an exponent below 1e-4 and from 1e6
    on."""
    return _general(value, repr(value))


def needs_quotes(text: str) -> bool:
    """Whether a YAML 1.1 reader would not read this text as text if it is written without quotes."""
    if text in WORDS:
        return True
    if text[0] not in NUMERIC_START:
        return False
    return not isinstance(number(text), str) or _BASE_60.fullmatch(text) is not None or is_timestamp(text)


def is_timestamp(text: str) -> bool:
    """Whether go-yaml reads the text as a date or time. Such text stays text, but is quoted when it is written."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return False
    part = {name.removeprefix("local_"): int(value) for name, value in match.groupdict().items() if value}
    if part.get("hour", 0) > 23 or part.get("minute", 0) > 59 or part.get("second", 0) > 59:
        return False
    if part.get("east", 0) > 24 or part.get("off", 0) > 60:
        return False
    try:
        date(part["year"] or 4, part["month"], part["day"])  # Python has no year 0. Like year 4, it is a leap year.
    except ValueError:
        return False
    return True


def _integer(digits: str) -> int | None:
    match = _INTEGER.fullmatch(digits)
    if match is None:
        inside = _SIGN_INSIDE.fullmatch(digits)
        return None if inside is None else _in_range(int(inside[2], 2), inside[1])
    base = match.lastgroup or "dec"
    return _in_range(int(match[base], _BASES[base]), match["sign"])


def _in_range(value: int, sign: str) -> int | None:
    """The value if it is in range: 63 bits with a sign, 64 bits without."""
    if sign == "-":
        return -value if value <= 2**63 else None
    return value if value < (2**63 if sign else 2**64) else None


def _finite(text: str) -> str | float:
    value = float(text)
    return value if math.isfinite(value) else text


def _single(value: float) -> float:
    """The nearest number of single precision; infinity if the value is out of its range."""
    try:
        (single,) = struct.unpack("f", struct.pack("f", value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(single)


def _shortest_single(value: float) -> str:
    single = _single(value)
    spellings = (f"{single:.{digits}e}" for digits in range(9))
    return next((text for text in spellings if _single(float(text)) == single), repr(single))


def _general(value: float, digits: str) -> str:
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    exact = Decimal(digits).normalize()
    exponent = exact.adjusted()
    if -4 <= exponent < 6:
        return f"{exact:f}"
    mantissa = f"{exact:e}".partition("e")[0]
    return f"{mantissa}e{exponent:+03d}"
