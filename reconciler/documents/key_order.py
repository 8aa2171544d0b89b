"""The order in which go-yaml writes the members of a mapping: natural order, so that `a2` comes before `a10`.

Two keys are compared at their first different character: two letters by code point; a letter after any other character;
otherwise the numbers that begin there by value, then the shorter run of digits, then the character. A key comes after its own
prefix. This relation is not transitive ("1" < "1a", "1a" < "2", "2" < "10", but "10" < "1a"), so the result depends on the
steps of the sort algorithm. Where Go's result is not determined, this module always gives the same one of the possible results.
Rules: go.yaml.in/yaml/v2 sorter.go, Go's sort package.
"""

from __future__ import annotations

from functools import cmp_to_key, lru_cache
from itertools import takewhile

_DIGITS = frozenset("0123456789")
_BEHIND = {ord(c): chr(ord(c) + 0x100) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}
_SHORT = 12
"""Up to this length Go uses insertion sort. `in_order` does the same."""


_FIELDS = 64
"""Mappings with more keys are data, such as names of objects: their sets of keys are not repeated, and not cached."""


def in_order(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys in the order of writing, whatever their order in the argument. Cached, because manifests repeat sets of keys."""
    return _of_fields(keys) if len(keys) <= _FIELDS else _in_order(keys)


def _in_order(keys: tuple[str, ...]) -> tuple[str, ...]:
    names = sorted(keys)
    if all(name.isascii() and _DIGITS.isdisjoint(name) for name in names):
        return tuple(sorted(names, key=lambda name: name.translate(_BEHIND)))
    if len(names) > _SHORT:
        return tuple(sorted(names, key=cmp_to_key(_compare)))
    placed: list[str] = []
    for name in names:
        at = len(placed)
        while at and _less(name, placed[at - 1]):
            at -= 1
        placed.insert(at, name)
    return tuple(placed)


_of_fields = lru_cache(maxsize=4096)(_in_order)


def _compare(a: str, b: str) -> int:
    return -1 if _less(a, b) else 1


def _less(a: str, b: str) -> bool:
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if at is None:
        return len(a) < len(b)
    x, y = a[at], b[at]
    if x.isalpha() or y.isalpha():
        return x < y if x.isalpha() and y.isalpha() else y.isalpha()
    # "03" and "10" differ at their first digits, "103" and "130" inside a number: a zero is significant there.
    inside = "0" in (x, y) and any(c != "0" for c in takewhile(str.isdecimal, reversed(a[:at])))
    runs = ["".join(takewhile(str.isdecimal, key[at:])) for key in (a, b)]
    numbers = [_number(run, int(inside)) for run in runs]
    if numbers[0] != numbers[1]:
        return numbers[0] < numbers[1]
    return len(runs[0]) < len(runs[1]) if len(runs[0]) != len(runs[1]) else x < y


def _number(digits: str, start: int) -> int:
    """The value of a run of digits that continues `start`, in signed 64 bits with overflow, as in Go."""
    value = start
    for digit in digits:
        value = value * 10 + ord(digit) - ord("0")
    return (value + 2**63) % 2**64 - 2**63
