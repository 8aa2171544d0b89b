"""Whether we may write an object that exists (Karmada: pkg/util/objectwatcher)."""

from __future__ import annotations


def may_write(conflict_resolution: str, *, ours: bool) -> bool:
    """True where the object is ours, or where its conflict resolution is `Overwrite`."""
    return ours or conflict_resolution == "Overwrite"
