"""The file tree of one revision: which paths there are, and what stands at each."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass

_SUBMODULE = 0o160000


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """What stands at one path. What is no file is kept, so that whoever loads the tree can complain about it."""

    blob: str
    """Object id of the content; of a link's target; of a submodule's commit, which this repository does not hold."""
    mode: int
    """As Git writes it: 0o100644, 0o100755, 0o120000 (link), 0o160000 (submodule)."""

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.mode)

    @property
    def is_link(self) -> bool:
        return stat.S_ISLNK(self.mode)

    @property
    def is_submodule(self) -> bool:
        return self.mode == _SUBMODULE


@dataclass(frozen=True, slots=True)
class Oversized:
    """Stands for the content of a blob beyond the limit, which was not loaded."""

    size: int
    limit: int


Tree = Mapping[str, TreeEntry]
"""Path → entry, of one revision."""
