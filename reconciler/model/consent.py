"""Consent by commit: a trailer of the commit message that lets members lose more than the prune guard allows.

    Remove the old shop

    Reconciler-Allow-Prune: member1, member2

The consent is that of one revision: the next commit does not have it, unless it says so itself.
"""

from __future__ import annotations

import re

from reconciler.model.trailers import trailer_values

ALLOW_PRUNE = "Reconciler-Allow-Prune"
"""The trailer. As in Git, its case does not count; it may be repeated; `*` stands for all members."""


def consent_in(message: str) -> frozenset[str]:
    """The members that a commit message names in the trailer. message: all of it."""
    return frozenset(name for value in trailer_values(message, ALLOW_PRUNE) for name in re.split(r"[,\s]+", value) if name)
