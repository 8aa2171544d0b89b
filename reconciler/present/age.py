"""Ages as kubectl prints them (k8s.io/apimachinery pkg/util/duration, HumanDuration)."""

from __future__ import annotations

from datetime import timedelta

_FORMS = ((120, "s", 1, 0), (600, "m", 60, 1), (10_800, "m", 60, 0), (28_800, "h", 3600, 60), (172_800, "h", 3600, 0),
          (691_200, "d", 86_400, 3600), (63_072_000, "d", 86_400, 0), (252_288_000, "y", 31_536_000, 86_400))  # fmt: skip
"""Below so many seconds: the unit, its seconds, and those of the second unit; 0 where there is none."""
_UNITS = {1: "s", 60: "m", 3600: "h", 86_400: "d"}


def age_text(age: timedelta) -> str:
    """`90s`, `5m30s`, `3h`, `12d`; a negative age, of a clock that is behind, is `0s`."""
    seconds = max(0, int(age.total_seconds()))
    for limit, unit, size, finer in _FORMS:
        if seconds < limit:
            rest = seconds % size // finer if finer else 0
            return f"{seconds // size}{unit}" + (f"{rest}{_UNITS[finer]}" if rest else "")
    return f"{seconds // 31_536_000}y"
