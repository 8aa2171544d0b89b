"""One fact as a badge: a word and a value, such as `members | 3 of 3 ready`."""

from __future__ import annotations

from reconciler.pictures.svg import Tone, drawing, number, text

_HEIGHT = 22
_PAD = 8
_NARROW, _WIDE = frozenset("fijlrtI.,:;|!/()[]' -"), frozenset("mwMWGOQ@%")
_AVERAGE, _THIN, _BROAD = 6.3, 3.7, 9.0
"""Widths of characters of a sans serif font at 11 pixels. The text is then set to the sum, whichever font there is."""


def badge(label: str, value: str, tone: Tone) -> str:
    """label, value: words of ours, or names; a badge is as wide as they are."""
    left, right = _width(label), _width(value)
    split = left + 2 * _PAD
    width = split + right + 2 * _PAD
    body = [
        f'<path class="{tone.style}" d="{_right_end(split, width)}"/>',
        text(_PAD, 15, label, "dim", more=_set_to(left)),
        text(split + _PAD, 15, value, more=_set_to(right)),
    ]
    return drawing(width, _HEIGHT, f"{label}: {value}", body)


def _right_end(start: float, width: float) -> str:
    """The part of the frame from `start` on, with its round corners."""
    bottom, side, corner = _HEIGHT - 1, number(width - 1), number(width - 6)
    there = f"M{number(start)} 1H{corner}Q{side} 1 {side} 6V{bottom - 5}"
    return f"{there}Q{side} {bottom} {corner} {bottom}H{number(start)}z"


def _set_to(width: float) -> str:
    return f' textLength="{number(width)}" lengthAdjust="spacingAndGlyphs"'


def _width(words: str) -> float:
    return sum(_THIN if one in _NARROW else _BROAD if one in _WIDE else _AVERAGE for one in words)
