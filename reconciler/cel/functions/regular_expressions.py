"""`find` and `findAll` (pkg/cel/library/regex.go), with RE2, whose time is linear in the text: expressions are hostile input."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from reconciler.cel.functions.signature import Signature, method

_MEMORY = 8 << 20


@lru_cache(256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise ValueError(f"Illegal regex: {reason.decode() if isinstance(reason, bytes) else reason}") from None


def _find(text: str, pattern: str) -> str:
    found = _compiled(pattern).search(text)
    return found[0] if found else ""


def _find_all(text: str, pattern: str, most: int = -1) -> list[str]:
    """most: negative for all."""
    if most == 0:
        return []
    found = []
    for match in _compiled(pattern).finditer(text):
        found.append(match[0])
        if len(found) == most:
            break
    return found


SIGNATURES: tuple[Signature, ...] = (
    method("find", _find, "string", "string"),
    method("findAll", _find_all, "string", "string"),
    method("findAll", _find_all, "string", "string", "int"),
)
