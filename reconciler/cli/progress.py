"""Progress bars on stderr, if stderr is a terminal: one for all members, and one for each member that has changes to come."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from reconciler.model.changes import Outcome
from reconciler.model.keys import ClusterName
from reconciler.model.wording import plural

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

_SHOWN = 8
"""Members that have a bar of their own at the same time."""


class ProgressBar:
    """Implements Progress. A context manager: at its end, the bars vanish."""

    def __init__(self, console: Console | None = None) -> None:
        """console: by default stderr, if it is a terminal."""
        self._console = console
        self._live = console is not None or sys.stderr.isatty()
        self._planned: dict[ClusterName, int] = {}
        self._made: dict[ClusterName, int] = {}

    def __enter__(self) -> Self:
        if self._live:
            # Imported here, because rich takes a quarter of the program's start time and scripts never need it.
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn
            from rich.table import Column

            rest = Column(no_wrap=True, overflow="ellipsis", ratio=1)
            columns = (
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=20, pulse_style="cyan"),
                TextColumn("{task.fields[note]}", markup=False, table_column=rest),
            )
            self._progress = Progress(*columns, console=self._console or Console(stderr=True), transient=True, expand=True)
            self._all = self._progress.add_task("reconciling", total=None, note="reading the members")
            self._bars = [self._progress.add_task("", total=1, visible=False, note="") for _ in range(_SHOWN)]
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._live:
            self._progress.stop()

    def begin(self, planned: Mapping[ClusterName, int]) -> None:
        self._planned, self._made = dict(planned), dict.fromkeys(planned, 0)
        if self._live and planned:
            self._draw("")
        elif self._live:
            self._progress.reset(self._all, total=None, description="reconciling", note="waiting for objects to become Current")
            self._hide(self._bars)

    def done(self, cluster: ClusterName, outcome: Outcome) -> None:
        self._made[cluster] = self._made.get(cluster, 0) + 1
        if self._live:
            word = outcome.change.action.past if outcome.done else "failed"
            self._draw(f", {word} {outcome.change.key} on {cluster}")

    def _draw(self, last: str) -> None:
        """last: the last change, as it follows the numbers."""
        made, planned = sum(self._made.values()), sum(self._planned.values())
        where = plural(len(self._planned), "member")
        note = f"{made} of {planned} on {where}{last}"
        self._progress.update(self._all, description="all", total=planned, completed=made, note=note)
        open_ones = [name for name, count in self._planned.items() if self._made[name] < count][:_SHOWN]
        for bar, name in zip(self._bars, open_ones, strict=False):
            done, total, visible = self._made[name], self._planned[name], len(self._planned) > 1
            note = f"{done} of {total}"
            self._progress.update(bar, description=name, total=total, completed=done, note=note, visible=visible)
        self._hide(self._bars[len(open_ones) :])

    def _hide(self, bars: list[TaskID]) -> None:
        for bar in bars:
            self._progress.update(bar, visible=False)
