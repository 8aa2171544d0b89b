"""The lines of a response that does not end: one JSON document per line, of any length."""

from __future__ import annotations

from collections.abc import AsyncIterator


async def lines_of(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Each whole line that has something in it, without its line break."""
    pieces: list[bytes] = []
    async for chunk in stream:
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            pieces.append(line)
            whole = b"".join(pieces)
            pieces.clear()
            if whole:
                yield whole
        if rest:
            pieces.append(rest)
