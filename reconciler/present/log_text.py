"""Lines of logs for a terminal. Anyone who can write to a log can write what a terminal obeys.

Colours and bold type stay where the output is coloured, and end with the line; without colour they are left out. Every other
control character is shown escaped (`\\x1b`), as in names and messages: a log moves no cursor, clears no screen, sets no title and
hides no line (CWE-150).
"""

from __future__ import annotations

import re

from reconciler.model.wording import printable

RESET = "\x1b[0m"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""Select Graphic Rendition (ECMA-48, 8.3.117)."""
_CONCEALED = re.compile(r"(?:^|;)0*8(?:;|$)")


def log_text(text: str, *, coloured: bool) -> str:
    """One line of a log, without its line break."""
    if text.isprintable():
        return text
    pieces: list[str] = []
    place, any_colour = 0, False
    for found in _COLOURS.finditer(text):
        pieces.append(printable(text[place : found.start()]).replace("\n", "\\n"))
        if coloured and not _conceals(found[0]):
            pieces.append(found[0])
            any_colour = True
        place = found.end()
    pieces.append(printable(text[place:]).replace("\n", "\\n"))
    return "".join(pieces) + (RESET if any_colour else "")


def _conceals(sequence: str) -> bool:
    """Whether the sequence makes text invisible. In `38;5;8` and `48;5;8`, 8 is a colour."""
    parameters = re.sub(r"[34]8;5;\d+|[34]8;2;\d+;\d+;\d+", "", sequence[2:-1])
    return _CONCEALED.search(parameters) is not None
