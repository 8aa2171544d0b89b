"""The one member, and the one Pod, for a command that needs exactly one: a shell and a forwarded port are in one place."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.cluster.listing import Row
from reconciler.errors import ReconcilerError
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import text
from reconciler.model.wording import first_few


class SeveralMembersError(ReconcilerError):
    """An object is on several members, and the command needs one."""


class NowhereError(ReconcilerError):
    """An object is on no member that answered."""

    is_open = False
    """Whether it may be on one that did not."""


def choose_member(what: str, holders: Collection[ClusterName], unanswered: Collection[ClusterName]) -> ClusterName:
    """The member that has the object. what: the object, for messages. unanswered: members that may have it, too.

    Raises SeveralMembersError, NowhereError.
    """
    if len(holders) > 1:
        names = sorted(holders)
        raise SeveralMembersError(
            f"{what} is on {first_few(names, _NAMED)}, and this command needs one member",
            remedy=f"Choose it, for example by --cluster {names[0]}.",
        )
    if not holders:
        members = "the members that answered" if unanswered else "the members"
        error = NowhereError(f"{what} is on none of {members}", remedy="Check its name or labels, and its namespace (-n).")
        error.is_open = bool(unanswered)
        raise error
    return next(iter(holders))


def first_pod(rows: Collection[Row]) -> str:
    """The name of the first Pod in alphabetical order that is not being deleted; of any if all are. rows: at least one."""
    return min((bool(text(row.object, "metadata", "deletionTimestamp")), row.name) for row in rows)[1]


_NAMED = 10
"""Members that a message names before it counts the rest."""
