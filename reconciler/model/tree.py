"""The file tree of one revision: paths and their entries."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass

_SUBMODULE = 0o160000


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """The entry at one path. Entries that are not files are included, so that loading can report them."""

    blob: str
    """Object id of the content, of a link's target, or of a submodule's commit, which this repository does not contain."""
    mode: int
    """Git's file mode: 0o100644, 0o100755, 0o120000 (link), 0o160000 (submodule)."""

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
    """In place of the content of a blob that was not loaded because it exceeds the limit. Sizes in bytes."""

    size: int
    limit: int


Tree = Mapping[str, TreeEntry]
"""Path → entry, of one revision."""
