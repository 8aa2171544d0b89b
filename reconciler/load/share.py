"""The text of a share → a number."""

from __future__ import annotations

from typing import Any


def parse_share(value: Any) -> float | None:
    """A percentage as text, or a number from 0 to 1; None where there is none."""
    if isinstance(value, str):
        return float(value.removesuffix("%")) / 100
    return None if value is None else float(value)
