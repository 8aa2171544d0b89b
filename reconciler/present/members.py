"""Members that could not be reached or read: one line for each cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconciler.model.keys import ClusterName
from reconciler.model.wording import plural
from reconciler.present.causes import by_cause
from reconciler.present.member_names import Placed, member_forms


def unanswered_lines(reasons: Mapping[ClusterName, str]) -> Iterator[str]:
    """`m4: reason` for each member; members with one reason together: `5 members (m0..m3, m9): reason`.

    reasons: most of them begin with the member's name.
    """
    causes = {name: _cause(name, reason) for name, reason in reasons.items()}
    for names in by_cause(reasons, causes.__getitem__):
        if len(names) > 1:
            yield f"{plural(len(names), 'member')} ({all_names(names)}): {causes[names[0]]}"
        else:
            name, reason = names[0], reasons[names[0]]
            yield reason if reason.startswith((f"{name}: ", f"{name} ")) else f"{name}: {reason}"


def all_names(names: list[ClusterName]) -> str:
    """All of them, with those that follow each other as a range: `m0..m3, m9`."""
    whole, *shorter = member_forms([Placed(name) for name in names])
    return shorter[0] if shorter and ".." in shorter[0] else whole.replace(",", ", ")


def _cause(name: ClusterName, reason: str) -> str:
    """The reason without what differs from member to member: its name, and the address of its server."""
    words = reason.removeprefix(f"{name}:").removeprefix(name).strip()
    return _ADDRESS.sub("", words)


_ADDRESS = re.compile(r" at (?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}(?=[:,;.\s]|$)")
