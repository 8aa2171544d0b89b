"""The frame of every drawing: colours for light and dark, escaped and fitted text.

A tone says how well something is. It is never shown by colour alone: the outline of a tile differs, too (WCAG 1.4.1). Ink on each
of the fills has a contrast of 4.5 and more in both schemes (WCAG 1.4.3).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from enum import IntEnum
from html import escape

from reconciler.model.wording import on_one_line, printable


class Tone(IntEnum):
    """From best to worst: of several, the largest counts."""

    PLAIN = 0
    """Nothing is to be said about it."""
    WELL = 1
    UNKNOWN = 2
    MOVING = 3
    """On its way."""
    FAILING = 4

    @property
    def style(self) -> str:
        """The class of its tiles."""
        return self.name.lower()


LIGHT: Mapping[str, str] = {
    "card": "#ffffff",
    "line": "#d1d9e0",
    "ink": "#1f2328",
    "dim": "#59636e",
    "plain": "#f6f8fa",
    "well": "#d8f3dd",
    "unknown": "#e6eaef",
    "moving": "#fdf0c2",
    "failing": "#ffdfdb",
    "well-line": "#a6d9b0",
    "unknown-line": "#818b98",
    "moving-line": "#9a6700",
    "failing-line": "#cf222e",
}
DARK: Mapping[str, str] = {
    "card": "#0d1117",
    "line": "#3d444d",
    "ink": "#f0f6fc",
    "dim": "#9198a1",
    "plain": "#151b23",
    "well": "#12361e",
    "unknown": "#262c36",
    "moving": "#4a3506",
    "failing": "#5c1a1b",
    "well-line": "#2a6b3a",
    "unknown-line": "#7d8590",
    "moving-line": "#d29922",
    "failing-line": "#f85149",
}
"""Colours by role: the background, its border, text, quiet text, then the fill and the outline of each tone."""

SANS = "-apple-system,BlinkMacSystemFont,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif"
MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"
NAME_WIDTH = 6.7
"""Of a character of a name, in pixels: the fonts of MONO are 0.6 em wide, or a little less, at 11 pixels."""

_OUTLINES = {"well": "", "unknown": ";stroke-dasharray:1 3", "moving": ";stroke-dasharray:4 3", "failing": ";stroke-width:2"}


def drawing(width: float, height: float, title: str, body: Iterable[str], *, alone: bool = True) -> str:
    """The whole drawing, with a line break at its end.

    title: what somebody hears who does not see it. alone: with its own style, as a file; otherwise it is a part of a page, whose
    style has the same classes (`style`).
    """
    name = escape(shown(title))
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" {size} role="img" aria-label="{name}">'
    frame = f'<rect class="card" x=".5" y=".5" width="{number(width - 1)}" height="{number(height - 1)}" rx="6"/>'
    sheet = [f"<style>{style()}</style>"] if alone else []
    return "\n".join([head, f"<title>{name}</title>", *sheet, frame, *body, "</svg>", ""])


def style(scope: str = "") -> str:
    """The rules of all drawings. scope: a selector before each of them, for a page that has other rules, too."""
    before = f"{scope} " if scope else ""
    fonts = [  # After the colours: a band has no outline, whatever its tone.
        f"{before}text{{font:11px {SANS}}}",
        f"{before}.name{{font-family:{MONO}}}",
        f"{before}.head{{font-size:13px;font-weight:600}}",
        f"{before}.number text{{font-size:12px;text-anchor:middle}}",
        f"{before}.band{{stroke:none;fill-opacity:.75}}",
    ]
    dark = "".join(_colours(DARK, before))
    return "".join([*_colours(LIGHT, before), f"@media(prefers-color-scheme:dark){{{dark}}}", *fonts])


def _colours(of: Mapping[str, str], before: str) -> list[str]:
    plain = [
        f"{before}.card{{fill:{of['card']};stroke:{of['line']}}}",
        f"{before}text{{fill:{of['ink']}}}",
        f"{before}.dim{{fill:{of['dim']}}}",
        f"{before}.rule{{fill:none;stroke:{of['line']}}}",
        f"{before}.plain{{fill:{of['plain']}}}",
    ]
    tones = [f"{before}.{tone}{{fill:{of[tone]};stroke:{of[f'{tone}-line']}{outline}}}" for tone, outline in _OUTLINES.items()]
    return plain + tones


def text(x: float, y: float, words: str, *classes: str, more: str = "") -> str:
    """A line of text, whatever is in it. more: attributes of our own."""
    named = f' class="{" ".join(classes)}"' if classes else ""
    return f'<text{named} x="{number(x)}" y="{number(y)}"{more}>{escape(shown(words), quote=False)}</text>'


def tile(x: float, y: float, width: float, height: float, tone: Tone) -> str:
    """A rounded field in the fill and the outline of a tone."""
    size = f'width="{number(width)}" height="{number(height)}"'
    return f'<rect class="{tone.style}" x="{number(x)}" y="{number(y)}" {size} rx="4"/>'


def shown(words: str) -> str:
    """Foreign text in one line, without a character that XML does not allow or that turns the direction of what follows."""
    return on_one_line(printable(words)).replace("\t", " ")


def fitted(name: str, most: int) -> str:
    """The name, cut in its middle where it is wider than so many characters of a fixed width: names differ at their ends."""
    name = shown(name)
    if columns(name) <= most:
        return name
    head = _within(name, (most - 1) // 2)
    tail = _within(name[::-1], most - 1 - columns(head))[::-1]
    return f"{head}…{tail}"


def columns(name: str) -> int:
    """How many characters of a fixed width a name takes (Unicode Standard Annex 11)."""
    return len(name) if name.isascii() else sum(map(_width, name))


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _within(name: str, most: int) -> str:
    """The longest beginning that is not wider."""
    width = 0
    for at, character in enumerate(name):
        width += _width(character)
        if width > most:
            return name[:at]
    return name


def number(value: float) -> str:
    """`12`, `0.5`: the shortest form, with two digits at most."""
    return f"{round(value, 2):g}"


def counted(count: int) -> str:
    """`950`, `1.2k`, `34k`, `5.6M`: in four characters, rounded down."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if count >= size:
            whole, tenths = count // size, count * 10 // size % 10
            return f"{whole}.{tenths}{unit}" if whole < 10 and tenths else f"{whole}{unit}"
    return str(count)
