"""What is recorded of a file that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.keys import ResourceKey


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file with an error, and what may have been moved there."""

    blob: str
    """Git's id of its content. While it does not change, nothing more can have been moved there."""
    may_hold: tuple[str, ...] = ()
    """Files that are gone since the file is new or has changed, sorted."""
    may_declare: tuple[ResourceKey, ...] = ()
    """Objects without a template whose names are in the file since then, sorted."""
