"""Versions of semver.org, and ranges of them.

A version has `v` before it or not. Ranges are those of Flux, which are npm's and Cargo's: `1.2.x`, `~1.2.3`, `^1.2`, `1.2 - 1.4`,
`>=1.2 <2` (or with commas), `||` between alternatives. A prerelease is in a range only where the alternative names one:
`>=1.2.0-0`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_NUMBER = r"(0|[1-9]\d*)"
_WORD = r"(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
_SUFFIX = rf"(?:-(?P<pre>{_WORD}(?:\.{_WORD})*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?"
_VERSION = re.compile(rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}{_SUFFIX}")
_PART = r"(0|[1-9]\d*|[xX*])"
_TERM = re.compile(rf"(?P<operator>=|!=|>=|=>|<=|=<|>|<|~>|~|\^)?\s*v?{_PART}(?:\.{_PART})?(?:\.{_PART})?{_SUFFIX}")
_HYPHEN = re.compile(r"\s*(\S+)\s+-\s+(\S+)\s*")

Precedence = tuple[tuple[int, int, int], int, tuple[tuple[int, int, str], ...]]
"""The key that sorts versions."""
_Rule = Callable[[Precedence], bool]


class RangeError(ValueError):
    """A text that is no range."""


@dataclass(frozen=True, slots=True)
class Range:
    """Alternatives, each of rules that must all hold."""

    alternatives: tuple[tuple[bool, tuple[_Rule, ...]], ...]
    """(whether prereleases are in it, rules)"""

    def holds(self, version: str) -> bool:
        """Whether a version is in the range. A text that is no version is not."""
        key = precedence(version)
        return key is not None and any(
            (prereleases or is_release(key)) and all(rule(key) for rule in rules) for prereleases, rules in self.alternatives
        )


def precedence(version: str) -> Precedence | None:
    """The key that sorts versions as semver.org says; None for a text that is no version. Build metadata has no part in it."""
    match = _VERSION.fullmatch(version)
    return _key((int(match[1]), int(match[2]), int(match[3])), match["pre"]) if match else None


def _key(numbers: tuple[int, int, int], prerelease: str | None) -> Precedence:
    if not prerelease:
        return numbers, 1, ()
    words = prerelease.split(".")
    return numbers, 0, tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in words)


def is_release(key: Precedence) -> bool:
    """Whether the key of a version is that of one without a prerelease."""
    return key[1] == 1


def parse_range(text: str) -> Range:
    """Raises RangeError."""
    return Range(tuple(_alternative(part) for part in text.split("||")))


def _alternative(text: str) -> tuple[bool, tuple[_Rule, ...]]:
    if hyphen := _HYPHEN.fullmatch(text):
        text = f">={hyphen[1]} <={hyphen[2]}"
    rules: list[_Rule] = []
    prereleases, rest = False, text.strip()
    while rest or not rules:
        match = _TERM.match(rest)
        if match is None or not re.match(r"[\s,]|$", rest[match.end() :]):
            raise RangeError(text.strip())
        rules.append(_rule(match))
        prereleases = prereleases or match["pre"] is not None
        rest = re.sub(r"^\s*,?\s*", "", rest[match.end() :])
    return prereleases, tuple(rules)


def _rule(match: re.Match[str]) -> _Rule:
    given: list[int] = []
    for part in match.group(2, 3, 4):
        if part is None or part in "xX*":
            break
        given.append(int(part))
    if match["pre"] is not None and len(given) < 3:
        raise RangeError(match[0])
    operator = {"=>": ">=", "=<": "<=", "~>": "~", None: "="}.get(match["operator"], match["operator"])
    whole = len(given) == 3
    first = _key(_padded(given), match["pre"])
    if not given:  # `*`, with any operator
        return (lambda _: True) if operator in ("=", ">=", "<=", "~", "^") else (lambda _: False)
    # Where parts are left out, the version stands for all that begin with it.
    after = first if whole else _before_all_of(_raised(given, len(given) - 1))
    if operator in ("~", "^") or (operator in ("=", "!=") and not whole):
        end = _before_all_of(_raised(given, _kept(operator, given)))
        return (lambda key: not first <= key < end) if operator == "!=" else (lambda key: first <= key < end)
    rules: dict[str, _Rule] = {
        "=": lambda key: key == first,
        "!=": lambda key: key != first,
        ">=": lambda key: key >= first,
        "<": lambda key: key < first,
        ">": (lambda key: key > first) if whole else (lambda key: key >= after),
        "<=": (lambda key: key <= first) if whole else (lambda key: key < after),
    }
    return rules[operator]


def _kept(operator: str, given: list[int]) -> int:
    """Which of the three numbers is the first that may not grow: `~`: the minor; `^`: the first that is not 0."""
    if operator == "^":
        return next((index for index, number in enumerate(given) if number), len(given) - 1)
    return min(len(given) - 1, 1)


def _padded(numbers: list[int]) -> tuple[int, int, int]:
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return major, minor, patch


def _raised(numbers: list[int], index: int) -> tuple[int, int, int]:
    """The next version that differs in this number."""
    return _padded([*numbers[:index], numbers[index] + 1])


def _before_all_of(numbers: tuple[int, int, int]) -> Precedence:
    """What sorts before the first prerelease of a version."""
    return numbers, 0, ()
