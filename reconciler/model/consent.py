"""Consent by commit: a trailer of the commit message that lets members lose more than the prune guard allows.

    Remove the old shop

    Reconciler-Allow-Prune: member1, member2

The consent is that of one revision: the next commit does not have it, unless it says so itself.
"""

from __future__ import annotations

import re

ALLOW_PRUNE = "Reconciler-Allow-Prune"
"""The trailer. As in Git, its case does not count; it may be repeated; `*` stands for all members."""
_TRAILER = re.compile(r"(?P<token>[A-Za-z0-9-]+)[ \t]*:[ \t]*(?P<value>.*)")


def consent_in(message: str) -> frozenset[str]:
    """The members that a commit message names in the trailer. message: all of it.

    Trailers are the last paragraph of a message, and not its first, if every line of it is one (`git interpret-trailers`). A line
    that begins with a space continues the one before.
    """
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", message.replace("\r\n", "\n").strip()) if part.strip()]
    if not paragraphs[1:]:
        return frozenset()
    trailers = [_TRAILER.fullmatch(line) for line in re.sub(r"\n[ \t]+", " ", paragraphs[-1]).splitlines()]
    values = [match["value"] for match in trailers if match and match["token"].casefold() == ALLOW_PRUNE.casefold()]
    if None in trailers:
        return frozenset()
    return frozenset(name for value in values for name in re.split(r"[,\s]+", value) if name)
