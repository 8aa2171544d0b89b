"""Which of the tags of an image a policy chooses, as Flux's ImagePolicy does (image-reflector-controller internal/policy)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from typing import Any, TypeAlias

import re2

from reconciler.model.image_policy import ImagePolicy, TagOrder
from reconciler.model.semver import RangeError, parse_range, precedence

Key: TypeAlias = tuple[Any, ...]


class PolicyError(ValueError):
    """A pattern, template or range that is not understood."""


def ranked_tags(policy: ImagePolicy, tags: Iterable[str]) -> list[str]:
    """The tags that the policy allows, the one that it chooses first. Raises PolicyError."""
    key_of = _key_of(policy)
    keyed = [(key, tag) for tag in tags if (key := key_of(tag)) is not None]
    return [tag for _, tag in sorted(keyed, key=lambda pair: (pair[0], pair[1]), reverse=not policy.descending)]


def choose_tag(policy: ImagePolicy, tags: Collection[str], present: str = "", refused: Collection[str] = ()) -> str:
    """The tag to write; empty where none is allowed.

    present: the tag in the file. A tag before it in the order of the policy is not chosen, if the policy allows the present one:
    after a tag was refused, the one before it is no news. refused: tags that are not chosen.
    Raises PolicyError.
    """
    for tag in ranked_tags(policy, tags if present in tags else [*tags, *([present] if present else [])]):
        if tag == present or tag not in refused:
            return tag
    return ""


def check_policy(policy: ImagePolicy) -> None:
    """Raises PolicyError where the policy can choose no tag, whatever the registry holds."""
    _key_of(policy)


def _key_of(policy: ImagePolicy) -> Callable[[str], Key | None]:
    """A tag → its place in the order; None: it is left out."""
    extracted = _extraction(policy.pattern, policy.extract)
    order = _orders(policy)

    def key(tag: str) -> Key | None:
        text = extracted(tag)
        return None if text is None else order(text)

    return key


def _orders(policy: ImagePolicy) -> Callable[[str], Key | None]:
    if policy.order is TagOrder.ALPHABETICAL:
        return lambda text: (text.encode(),)
    if policy.order is TagOrder.NUMERICAL:
        return _number
    try:
        allowed = parse_range(policy.range)
    except RangeError as error:
        raise PolicyError(f"{policy.range!r} is no range of versions: {str(error)!r} is not understood") from None
    return lambda text: precedence(text) if allowed.holds(text) else None


def _number(text: str) -> Key | None:
    """As Go's ParseFloat reads decimal numbers; NaN has no order."""
    if not _DECIMAL.fullmatch(text):
        return None
    return (float(text),)


@lru_cache(maxsize=256)
def _extraction(pattern: str, extract: str) -> Callable[[str], str | None]:
    """A tag → what of it is compared; None: it does not match."""
    if not pattern:
        if extract:
            raise PolicyError("extract needs a pattern")
        return lambda tag: tag
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise PolicyError(f"{pattern!r} is no regular expression of RE2: {error}") from None
    names = compiled.groupindex

    def of(tag: str) -> str | None:
        match = compiled.search(tag)
        return None if match is None else _expanded(extract, match, names) if extract else tag

    return of


def _expanded(template: str, match: Any, names: Any) -> str:
    """As Go's Regexp.Expand: `$name`, `${name}`, `$1`; a group that is not there is empty; `$$` is a dollar."""

    def group(found: re.Match[str]) -> str:
        name = found["braced"] or found["plain"]
        if name is None:
            return "$"
        if name.isdigit():
            return (match.group(int(name)) or "") if int(name) <= match.re.groups else ""
        return (match.group(name) or "") if name in names else ""

    return _REFERENCE.sub(group, template)


_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_REFERENCE = re.compile(r"\$(?:\$|\{(?P<braced>\w+)\}|(?P<plain>\w+))", re.ASCII)
