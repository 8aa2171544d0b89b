"""Whole lines of a stream. A line that is longer than a bound is cut, and says so: a log may hold one of gigabytes."""

from __future__ import annotations

from asyncio import StreamReader
from collections.abc import AsyncIterator

LONGEST = 2**18
"""Bytes of a line."""
CUT = " … (cut: the line is longer than 256 KiB)"
_CHUNK = 2**16


async def lines_of(stream: StreamReader, longest: int = LONGEST) -> AsyncIterator[str]:
    """Each line without its line break, the last one as well where none follows it. Bytes that are no UTF-8 are replaced."""
    kept, is_cut = bytearray(), False
    while chunk := await stream.read(_CHUNK):
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            yield _text(kept + part[: longest + 1] if not is_cut else kept, longest)
            kept, is_cut = bytearray(), False
        if not is_cut:
            kept += rest[: longest + 1]
            is_cut = len(kept) > longest
    if kept:
        yield _text(kept, longest)


def _text(line: bytes | bytearray, longest: int) -> str:
    shown = bytes(line[:longest]).decode("utf-8", "replace").removesuffix("\r")
    return shown + CUT if len(line) > longest else shown
