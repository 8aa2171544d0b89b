"""Phrases that many messages share."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from datetime import timedelta
from itertools import islice

COPIES_STAY = "Until then, copies that are already placed stay as they are."
MOVES_AS_IT_IS = "Until then, it moves with the replicas that it has."
"""What a remedy says where an error keeps an object from being written."""

LEFT_OUT_IS_GIVEN_UP = (
    "Leaving a file out prunes what it declared; to keep that, sync its policy with preserveResourcesOnDeletion: true first"
)
"""What every remedy says that advises spec.exclude for a file whose objects members may hold; a sentence without its dot."""


def first_few(items: Collection[object], limit: int) -> str:
    """`a, b and 3 more`: the first `limit` items in their order, and the number of the others; all items if they are not more."""
    shown = ", ".join(str(item) for item in islice(items, limit))
    return f"{shown} and {len(items) - limit} more" if len(items) > limit else shown


def where_applied(folders: Collection[object], limit: int) -> str:
    """`where the folder of m3 is applied`: of members that are folders, at least one; the first `limit` are named."""
    noun, verb = ("folder", "is") if len(folders) == 1 else ("folders", "are")
    return f"where the {noun} of {first_few(folders, limit)} {verb} applied"


def on_one_line(text: str) -> str:
    r"""The text with its line breaks escaped (`\n`): the name of a cluster role, for one, may have them."""
    return text.replace("\n", "\\n").replace("\r", "\\r") if "\n" in text or "\r" in text else text


def printable(text: str) -> str:
    r"""The text with control and format characters escaped (`\x1b`, `\u202e`), because a name or a message may come from anyone.

    Raw, they could hide lines of a terminal or imitate them (CWE-150). Line breaks, tabs and spaces of any width stay.
    """
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    plain = character.isprintable() or character in "\n\t" or unicodedata.category(character) == "Zs"
    return character if plain else ascii(character)[1:-1]


def one_of(items: Collection[object]) -> str:
    """`a, b or c`; the items in their order, at least one."""
    *rest, last = map(str, items)
    return f"{', '.join(rest)} or {last}" if rest else last


def or_quotes(name: str) -> str:
    """The name, or `""` if it is empty, so that a message shows that there is one."""
    return name or '""'


def plural(count: int, noun: str, many: str = "") -> str:
    """`1 error`, `2 errors`. many: the plural where it does not end in s alone, such as `policies`."""
    return f"{count} {noun}" if count == 1 else f"{count} {many or noun + 's'}"


def spelled(span: timedelta) -> str:
    """`10m`, `1h30m`, `45s`: a duration as people write it, in whole seconds."""
    seconds = int(span.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    return "".join(f"{count}{unit}" for count, unit in ((hours, "h"), (minutes, "m"), (rest, "s")) if count) or "0s"
