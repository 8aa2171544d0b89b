"""Links that show a part of a list, each with how much that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.dashboard.addresses import with_query
from reconciler.present.style import Style

_MOST = 12
"""Choices of one kind that are offered, those with most rows."""


@dataclass(frozen=True, slots=True)
class Choice:
    text: str
    number: int
    href: str
    chosen: bool
    role: Style = Style.PLAIN


def choices_of(
    words: Iterable[str], name: str, chosen: Mapping[str, str], address: str, roles: Mapping[str, Style] | None = None
) -> tuple[Choice, ...]:
    """One for each word; empty words are left out. Who chooses what is chosen takes that back.

    name: of the word in the query. chosen: the whole query, without the number of the part.
    """
    wanted, counts = chosen.get(name, ""), Counter(filter(None, words))
    offered = sorted({*(word for word, _ in counts.most_common(_MOST)), *({wanted} & counts.keys())})
    return tuple(
        Choice(
            word,
            counts[word],
            with_query(address, **{**chosen, name: "" if word == wanted else word}),
            word == wanted,
            (roles or {}).get(word, Style.PLAIN),
        )
        for word in offered
    )
