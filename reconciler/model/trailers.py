"""Trailers of a commit message: `Key: value` lines at its end, as `git interpret-trailers` reads them."""

from __future__ import annotations

import re

_TRAILER = re.compile(r"(?P<key>[A-Za-z0-9-]+)[ \t]*:[ \t]*(?P<value>.*)")


def trailer_values(message: str, key: str) -> list[str]:
    """The values of one key, whose case does not count. message: all of it.

    Trailers are the last paragraph of a message, and not its first, if every line of it is one. A line that begins with a space
    continues the one before.
    """
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", message.replace("\r\n", "\n").strip()) if part.strip()]
    if not paragraphs[1:]:
        return []
    trailers = [_TRAILER.fullmatch(line) for line in re.sub(r"\n[ \t]+", " ", paragraphs[-1]).splitlines()]
    found = [match for match in trailers if match is not None]
    if len(found) < len(trailers):
        return []
    return [match["value"] for match in found if match["key"].casefold() == key.casefold()]
