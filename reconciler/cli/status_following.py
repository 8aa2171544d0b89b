"""`status -w`: prints the objects, and then each row that a new record changes, until it is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from reconciler.cli.session import stop_on_signals, until
from reconciler.cli.terminal import print_lines, print_remarks, room
from reconciler.model.keys import ResourceKey
from reconciler.present.rollup import OBJECT_COLUMNS, ObjectRow
from reconciler.present.table import GrowingTable

_LOOKS_AGAIN, _REMOTE_AGAIN = 2.0, 15.0
"""Seconds between two looks at the status branch: in a clone, and where each look is a request to a forge."""
News = Callable[[], Awaitable[Sequence[ObjectRow] | None]]


async def follow_rows(first: Sequence[ObjectRow], news: News, *, wide: bool, remote: bool) -> None:
    """news: the rows of the newest record; None where that is the one of the last call. Ends when the process is told to stop."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    table = GrowingTable(OBJECT_COLUMNS, [row.cells() for row in first], room(wide=wide))
    print_lines(table.first_lines())
    await until(stop, _print_news(_documents(first), table, news, _REMOTE_AGAIN if remote else _LOOKS_AGAIN))


async def _print_news(known: dict[ResourceKey, Any], table: GrowingTable, news: News, pause: float) -> None:
    while True:
        await asyncio.sleep(pause)
        rows = await news()
        if rows is None:
            continue
        now = _documents(rows)
        print_lines(table.line(row.cells()) for row in rows if known.get(row.key) != now[row.key])
        print_remarks(f"{key} is not recorded any more, or is well." for key in known if key not in now)
        known = now


def _documents(rows: Sequence[ObjectRow]) -> dict[ResourceKey, Any]:
    return {row.key: row.document() for row in rows}
