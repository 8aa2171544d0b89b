"""By which means a program is kept away from everything else, and what is missing for the others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Means(StrEnum):
    """From the best to none. With each of the first three a seccomp filter closes the network and forbids other processes."""

    BUBBLEWRAP = "bubblewrap"
    """bwrap makes namespaces: a file system, a network, process ids of its own."""
    NAMESPACES = "namespaces"
    """The same namespaces, made without bwrap."""
    LANDLOCK = "landlock"
    """No namespaces: what a Pod with the default seccomp profile allows. The content of other files is hidden, but a program can
    ask for the size of a file whose name it knows."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Isolation:
    """What `isolation_here` found."""

    means: Means
    bubblewrap: Path | None = None
    """bwrap, for `Means.BUBBLEWRAP`."""
    missing: tuple[str, ...] = ()
    """Why each better means does not work here."""
    unsafe: bool = False
    """Whether programs are run without isolation where there is none: the user asked for it by --unsafe-render."""

    @property
    def suffices(self) -> bool:
        return self.means is not Means.NONE or self.unsafe
