"""`semver` (pkg/cel/library/semverlib.go), and the comparisons that quantities and versions share."""

from __future__ import annotations

import re
from typing import Any

from reconciler.cel.functions import quantities
from reconciler.cel.functions.opaque import expect, is_a, opaque
from reconciler.cel.functions.signature import Signature, function, method

KIND = "semver"
_NUMBER = r"0|[1-9][0-9]*"
_WORD = r"[0-9A-Za-z-]+"
_VERSION = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_WORD}(?:\.{_WORD})*))?(?:\+({_WORD}(?:\.{_WORD})*))?")


def _semver(text: str, normalize: bool = False) -> dict[str, Any]:
    """normalize: a leading `v` and leading zeros are dropped, and missing numbers are zero."""
    found = _VERSION.fullmatch(_normalized(text) if normalize else text)
    words = (found[4] or "").split(".") if found and found[4] else []
    if found is None or any(word.isdigit() and word != "0" and word.startswith("0") for word in words):
        raise ValueError("Invalid semantic version")
    numbers = [int(found[position]) for position in (1, 2, 3)]
    if max(numbers) >= 2**64:
        raise ValueError("Invalid semantic version")
    return opaque(KIND, numbers=numbers, words=words)


def _normalized(text: str) -> str:
    core = re.match(r"v?([0-9.]*)", text)
    numbers = core[1] if core else ""
    rest = text[core.end() :] if core else text
    if rest and (rest[0] not in "-+" or numbers.count(".") < 2):
        return ""
    parts = [part.lstrip("0") or "0" if part else "" for part in numbers.split(".")]
    return ".".join([*parts, *["0"] * (3 - len(parts))]) + rest


def _is_semver(text: str, normalize: bool = False) -> bool:
    try:
        _semver(text, normalize)
    except ValueError:
        return False
    return True


def _number(position: int) -> Any:
    return lambda value: expect(value, KIND)["numbers"][position]


def _precedence(words: list[str]) -> tuple[bool, list[tuple[bool, int, str]]]:
    """A version without words comes after all versions with words."""
    return not words, [(not word.isdigit(), int(word) if word.isdigit() else 0, word) for word in words]


def _compare(one: Any, other: Any) -> int:
    if is_a(one, quantities.KIND):
        return quantities.compare(one, other)
    left, right = expect(one, KIND), expect(other, KIND)
    first = (list(left["numbers"]), _precedence(list(left["words"])))
    second = (list(right["numbers"]), _precedence(list(right["words"])))
    return (first > second) - (first < second)


SIGNATURES: tuple[Signature, ...] = (
    function("semver", _semver, "string"),
    function("semver", _semver, "string", "bool"),
    function("isSemver", _is_semver, "string"),
    function("isSemver", _is_semver, "string", "bool"),
    method("major", _number(0), "map"),
    method("minor", _number(1), "map"),
    method("patch", _number(2), "map"),
    method("isLessThan", lambda one, other: _compare(one, other) < 0, "map", "map"),
    method("isGreaterThan", lambda one, other: _compare(one, other) > 0, "map", "map"),
    method("compareTo", _compare, "map", "map"),
)
