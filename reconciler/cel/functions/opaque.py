"""Values of the types that Kubernetes adds to CEL.

The library has no way to hold a value of a type that it does not know, so they are mappings with one key that no field has. Equal
values have equal mappings.
"""

from __future__ import annotations

from typing import Any

_MARK = "@type"


def opaque(kind: str, **content: Any) -> dict[str, Any]:
    """content: what decides whether two values are equal."""
    return {_MARK: kind, **content}


def is_a(value: Any, kind: str) -> bool:
    return isinstance(value, dict) and value.get(_MARK) == kind


def expect(value: Any, kind: str) -> dict[str, Any]:
    """Raises ValueError."""
    if not is_a(value, kind):
        raise ValueError("no such overload")
    return dict(value)
