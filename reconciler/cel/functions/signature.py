"""How a function is declared: name, kinds of the arguments, implementation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ANY = "any"
"""A value of any kind but optionals and types, which the library cannot hand to a function."""
KINDS = ("bool", "int", "uint", "double", "string", "bytes", "null", "list", "map", "timestamp", "duration")


@dataclass(frozen=True, slots=True)
class Signature:
    """One overload."""

    name: str
    implementation: Callable[..., Any]
    """Gets plain values: a list, a dict, a datetime, a timedelta."""
    parameters: tuple[str, ...]
    """Kinds, the target first."""
    is_method: bool = True


def method(name: str, implementation: Callable[..., Any], *parameters: str) -> Signature:
    return Signature(name, implementation, parameters)


def function(name: str, implementation: Callable[..., Any], *parameters: str) -> Signature:
    return Signature(name, implementation, parameters, is_method=False)
