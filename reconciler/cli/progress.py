"""A progress bar on stderr, if stderr is a terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from reconciler.model.changes import Outcome


class ProgressBar:
    """Counts the objects written to members. Call it with each outcome."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def __enter__(self) -> Self:
        if self._live:
            # Imported here, because rich takes a quarter of the program's start time and scripts never need it.
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn

            columns = (TextColumn("{task.description}"), BarColumn(pulse_style="cyan"), TextColumn("{task.completed} objects"))
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._progress.add_task("reconciling", total=None)
            self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._live:
            self._progress.stop()

    def __call__(self, outcome: Outcome) -> None:
        if self._live:
            change = outcome.change
            self._progress.update(self._task, advance=1, description=f"{change.action.past} {change.key}")
