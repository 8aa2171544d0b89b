"""Durations as Go writes them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any


def parse_duration(value: Any) -> timedelta | None:
    """A duration of Go, such as `90s` or `1h30m`; None if the value is not text. More than three hundred years are as good as for
    ever, and within the calendar."""
    if not isinstance(value, str):
        return None
    units = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
    seconds = sum(float(count) * units[unit] for count, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", value))
    return timedelta(seconds=min(seconds, 10.0**10))
