"""Prints lines of logs, each with the member and the Pod before it, in the member's colour."""

from __future__ import annotations

import sys
from collections.abc import Collection

import typer

from reconciler.cli.terminal import wants_colour
from reconciler.cli.working import erase
from reconciler.model.keys import ClusterName
from reconciler.model.wording import printable
from reconciler.present.log_text import log_text
from reconciler.review.live.logs import LogLine

_COLOURS = (
    typer.colors.CYAN,
    typer.colors.GREEN,
    typer.colors.YELLOW,
    typer.colors.MAGENTA,
    typer.colors.BLUE,
    typer.colors.BRIGHT_RED,
)
"""Members that are next to each other in the alphabet differ."""


class LogPrinter:
    """Each line is written at once and whole, whichever Pods write at the same time."""

    def __init__(
        self, members: Collection[ClusterName], *, prefix: bool = True, namespaces: bool = False, containers: bool = False
    ) -> None:
        """members: all that may have a line. namespaces, containers: whether the prefix has them."""
        self._coloured = wants_colour(sys.stdout)
        self._colour_of = {name: _COLOURS[place % len(_COLOURS)] for place, name in enumerate(sorted(members))}
        self._prefix, self._namespaces, self._containers = prefix, namespaces, containers
        self._prefixes: dict[tuple[str, str, str, str], str] = {}

    def show(self, line: LogLine) -> None:
        before = self._prefix_of(line) if self._prefix else ""
        erase()
        sys.stdout.write(f"{before}{log_text(line.text, coloured=self._coloured)}\n")
        sys.stdout.flush()

    def _prefix_of(self, line: LogLine) -> str:
        key = (line.cluster, line.namespace, line.pod, line.container)
        if key not in self._prefixes:
            pod = f"{line.namespace}/{line.pod}" if self._namespaces else line.pod
            words = " ".join(map(printable, (line.cluster, pod, *([line.container] if self._containers else []))))
            self._prefixes[key] = f"{typer.style(words, fg=self._colour_of[line.cluster]) if self._coloured else words} | "
        return self._prefixes[key]
