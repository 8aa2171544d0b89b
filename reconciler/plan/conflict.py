"""An object exists on the member and is not ours: whether it may be written (Karmada pkg/util/objectwatcher)."""

from __future__ import annotations


def may_write(conflict_resolution: str, *, ours: bool) -> bool:
    """Whether an object that exists may be written: it is ours, or the conflict is resolved by overwriting."""
    return ours or conflict_resolution == "Overwrite"
