"""Single values of Helm at a path with dots, as `helm template --set` reads them.

Source: helm, pkg/strvals. Read are names with dots between them (`\\.` is a dot in a name); what names an item of a list, or
several values at once, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_DOTS = re.compile(r"(?<!\\)\.")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


def path_steps(path: str) -> tuple[str, ...] | None:
    """The names in it; None where it is not a simple one."""
    steps = tuple(step.replace("\\.", ".") for step in _DOTS.split(path))
    simple = all(step and not set(step) & set("[]{},=\\\n") for step in steps)
    return steps if simple else None


def typed(value: str) -> Any:
    """The value that a text means: a whole number, true, false or null, else the text itself. Quotes around it make it a text."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    if _NUMBER.fullmatch(value):
        return int(value)
    return _WORDS.get(value, value)


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both, where the second counts more; mappings are merged at any depth, as Helm merges values."""
    found = dict(one)
    for name, value in other.items():
        before = found.get(name)
        found[name] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return found
