"""Resource quantities of Kubernetes: `500m`, `1.5Gi`, `1e3` (apimachinery, pkg/api/resource).

A quantity is a whole number times a power of ten. The smallest unit is a billionth: a finer value is rounded away from zero, so
that a request is never rounded to nothing. The `Format` of the text is kept and used for printing. Equality and order compare the
value alone.

The choice of number and power matters only for `approximate_float`; it is the same as in Kubernetes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import total_ordering
from typing import Any

from reconciler.errors import ReconcilerError


class QuantityError(ReconcilerError):
    """A text is not a quantity. The message does not contain the text, which may be secret."""


class Format(StrEnum):
    """The form in which a quantity is written."""

    NONE = ""
    """The empty quantity: the zero that a sum starts with."""
    DECIMAL_SI = "DecimalSI"
    """n u m k M G T P E, or no suffix."""
    BINARY_SI = "BinarySI"
    """Ki Mi Gi Ti Pi Ei."""
    DECIMAL_EXPONENT = "DecimalExponent"
    """1e3."""


_DECIMAL_SUFFIXES = {-9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P", 18: "E"}
_BINARY_SUFFIXES = {0: "", 10: "Ki", 20: "Mi", 30: "Gi", 40: "Ti", 50: "Pi", 60: "Ei"}
_DECIMAL_EXPONENTS = {suffix: exponent for exponent, suffix in _DECIMAL_SUFFIXES.items()}
_BINARY_EXPONENTS = {suffix: exponent for exponent, suffix in _BINARY_SUFFIXES.items() if suffix}

_NANO = -9
_LARGEST_BINARY = (1 << 63) - 1
_SHAPE = re.compile(r"([+-]?)(0*)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)")
_EXPONENT = re.compile(r"[eE]([+-]?[0-9]+)")
_LONGEST = 4000
"""Texts with more digits, or a larger power of ten, are refused: they are useless, and slow to compute with."""
_EXAMPLES = "Quantities look like 500m, 2, 1.5Gi or 1e3; suffixes are case-sensitive and follow without a space."


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """`mantissa` · 10^`exponent`; the exponent is never below -9."""

    mantissa: int = 0
    exponent: int = 0
    format: Format = Format.NONE
    spelling: str = field(default="", repr=False)
    """The parsed text, if Kubernetes prints it unchanged; otherwise empty."""

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Raises QuantityError. As in Kubernetes, a sign, point or suffix without any digit is zero."""
        if len(text) > _LONGEST:
            raise QuantityError("not a usable quantity: it is too long")
        shape = _SHAPE.fullmatch(text)
        if not text or shape is None:
            raise QuantityError("not a quantity: a number is expected, and at most one suffix", remedy=_EXAMPLES)
        sign, zeros, whole, fraction, suffix = (part or "" for part in shape.groups())
        power, form = _interpret(suffix)
        number = _Number(whole or "0", fraction, power, empty=not (zeros or whole or fraction))
        absolute = number.binary(text) if form is Format.BINARY_SI else number.decimal(form, text)
        if sign != "-":
            return absolute
        return cls(-absolute.mantissa, absolute.exponent, absolute.format, absolute.spelling)

    @classmethod
    def from_json(cls, value: Any) -> Quantity:
        """A quantity from a manifest: a string, a number, or null for the empty quantity. Raises QuantityError."""
        if value is None:
            return cls()
        if isinstance(value, str):
            return cls.parse(value.strip())
        if isinstance(value, int) and not isinstance(value, bool):
            if value.bit_length() > _LONGEST:
                raise QuantityError("not a usable quantity: it is too large")
            return cls.parse(str(value))
        if isinstance(value, float):
            return cls.parse(_go_float(value))
        raise QuantityError("not a quantity: it is neither a string nor a number", remedy=_EXAMPLES)

    @property
    def nanos(self) -> int:
        """The value in billionths, exactly."""
        return _scaled(self.mantissa, self.exponent - _NANO)

    @property
    def value(self) -> int:
        """Whole units, rounded away from zero."""
        return _away_from_zero(self.nanos, 10**9)

    @property
    def milli_value(self) -> int:
        """Thousandths, rounded away from zero; the unit of CPU."""
        return _away_from_zero(self.nanos, 10**6)

    @property
    def approximate_float(self) -> float:
        """Exactly the result of Kubernetes' AsApproximateFloat64, which is not always the nearest double."""
        try:
            return float(self.mantissa) * _power_of_ten(self.exponent) if self.mantissa else 0.0
        except OverflowError:
            return float("inf") * self.sign

    @property
    def sign(self) -> int:
        """-1, 0 or 1."""
        return (self.mantissa > 0) - (self.mantissa < 0)

    @property
    def canonical(self) -> str:
        """The shortest text of its format without a fraction: with the largest suffix that is exact."""
        if not self.mantissa:
            return "0"
        whole, rest = divmod(self.nanos, 10**9)
        if self.format is Format.BINARY_SI and not rest and abs(whole) >= 1024:
            mantissa, power = _without_factors(whole, 1024, at_most=6)
            return f"{mantissa}{_BINARY_SUFFIXES[power * 10]}"
        mantissa, thousands = _without_factors(self.nanos, 1000)
        power = thousands * 3 + _NANO
        # A binary quantity with a fraction, or a small one, is printed in decimal form, which is exact.
        if self.format in (Format.DECIMAL_SI, Format.BINARY_SI) and power in _DECIMAL_SUFFIXES:
            return f"{mantissa}{_DECIMAL_SUFFIXES[power]}"
        return f"{mantissa}e{power}" if power else str(mantissa)

    def __str__(self) -> str:
        """The text that Kubernetes prints: the parsed text if that is canonical enough, otherwise the canonical one."""
        return self.spelling or self.canonical

    def __bool__(self) -> bool:
        return self.mantissa != 0

    def __eq__(self, other: object) -> bool:
        return self.nanos == other.nanos if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        return self.nanos < other.nanos

    def __hash__(self) -> int:
        return hash(self.nanos)

    def __neg__(self) -> Quantity:
        return Quantity(-self.mantissa, self.exponent, self.format)

    def __add__(self, other: Quantity) -> Quantity:
        """The sum, in the format of the first term, or of the second if the first is zero."""
        form = self.format if self else other.format
        exponent = min((term.exponent for term in (self, other) if term), default=0)
        mantissa = sum(_scaled(term.mantissa, term.exponent - exponent) for term in (self, other) if term)
        return Quantity(mantissa, exponent, form)

    def __sub__(self, other: Quantity) -> Quantity:
        return self + -other


ZERO = Quantity()
"""The empty quantity, which has no format yet."""


def total(terms: Iterable[Quantity]) -> Quantity:
    """The sum; `ZERO` if there are no terms."""
    return sum(terms, start=ZERO)


def compare(a: Quantity, b: Quantity) -> int:
    """-1, 0 or 1 if a is smaller than, equal to or larger than b."""
    return (a.nanos > b.nanos) - (a.nanos < b.nanos)


@dataclass(frozen=True, slots=True)
class _Number:
    """The digits of a text without its sign, and the power of its suffix."""

    whole: str
    """Without leading zeros; `0` if there are no digits."""
    fraction: str
    power: int
    """Of ten, or of two for a binary suffix."""
    empty: bool
    """Whether the text has no digit at all."""

    def decimal(self, form: Format, text: str) -> Quantity:
        digits, scale = self.whole + self.fraction, self.power - len(self.fraction)
        if len(digits) <= 18 and scale >= _NANO:
            printable = scale % 3 == 0 and not digits.endswith("000") and not digits.startswith("0")
            return Quantity(int(digits), scale, form, text if printable else "")
        if self.empty:
            raise QuantityError("not a quantity: there is no number before the exponent", remedy=_EXAMPLES)
        return Quantity(_scaled(int(digits), scale - _NANO), _NANO, form)

    def binary(self, text: str) -> Quantity:
        digits = int(self.whole + self.fraction)
        # Kubernetes estimates in this way whether the number fits into 64 bits, and chooses its representation by it.
        if not self.fraction and len(self.whole) + self.power * 3 // 10 <= 14:
            return Quantity(digits << self.power, 0, Format.BINARY_SI, text if digits % 8 else "")
        nanos = _scaled(digits << self.power, -len(self.fraction) - _NANO)
        if nanos > _LARGEST_BINARY * 10**9:
            return Quantity(_LARGEST_BINARY, 0, Format.BINARY_SI)
        return Quantity(nanos, _NANO, Format.DECIMAL_SI if 0 < nanos < 10**9 else Format.BINARY_SI)


def _interpret(suffix: str) -> tuple[int, Format]:
    if suffix in _DECIMAL_EXPONENTS:
        return _DECIMAL_EXPONENTS[suffix], Format.DECIMAL_SI
    if suffix in _BINARY_EXPONENTS:
        return _BINARY_EXPONENTS[suffix], Format.BINARY_SI
    exponent = _EXPONENT.fullmatch(suffix)
    if exponent is None:
        raise QuantityError("not a quantity: its suffix is unknown", remedy=_EXAMPLES)
    power = int(exponent[1])
    if power > _LONGEST:
        raise QuantityError("not a usable quantity: its exponent is too large")
    return max(power, -_LONGEST), Format.DECIMAL_EXPONENT


def _scaled(number: int, power: int) -> int:
    """`number` · 10^`power`, rounded up."""
    factor: int = 10 ** abs(power)
    return number * factor if power >= 0 else -(-number // factor)


def _away_from_zero(number: int, divisor: int) -> int:
    return -(-number // divisor) if number > 0 else number // divisor


def _without_factors(number: int, factor: int, at_most: int | None = None) -> tuple[int, int]:
    """(rest, times) with number = rest · factor^times, times as large as allowed; the number is not zero."""
    times = 0
    while number % factor == 0 and times != at_most:
        number //= factor
        times += 1
    return number, times


def _power_of_ten(exponent: int) -> float:
    """As Go's math.Pow10 computes it: two factors beyond 10^31."""
    return float(f"1e{exponent}") if exponent < 32 else float(f"1e{exponent // 32 * 32}") * float(f"1e{exponent % 32}")


def _go_float(value: float) -> str:
    """A double as Go writes it in JSON: with an exponent only below 1e-6 and from 1e21 on."""
    shortest = repr(value)
    return format(Decimal(shortest), "f") if 1e-6 <= abs(value) < 1e21 else shortest
