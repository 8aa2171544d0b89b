"""Warnings about members that a change leaves without objects (`MemberEmptied`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from reconciler.interpreter.containers import is_namespace
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import ClusterName
from reconciler.model.wording import plural
from reconciler.review.kept import by_new_name, manifests_of
from reconciler.review.object_diff import ObjectDiff
from reconciler.review.outline.copies import Revisions
from reconciler.review.outline.relocations import main_origin


def emptied_members(revisions: Revisions, differences: Sequence[ObjectDiff]) -> Iterator[Issue]:
    """Namespaces do not count: they go to every member that needs them."""
    removed: defaultdict[ClusterName, list[ObjectDiff]] = defaultdict(list)
    for one in differences:
        if one.after is None and not one.released and not is_namespace(one.key):
            for name in one.clusters:
                removed[name].append(one)
    for name in sorted(removed.keys() - _with_objects(revisions, removed)):
        gone = removed[name]
        message = f"{name}: no object is left on this member; {plural(len(gone), 'object')} of ours are removed"
        message = message.replace("1 object of ours are", "its only object of ours is")
        remedy = (
            "If the member is retired, `reconciler unjoin` takes it out of the fleet. Otherwise check what moves its objects."
        )
        yield warning("MemberEmptied", message, remedy, origin=main_origin(gone), subject=name)


def _with_objects(revisions: Revisions, removed: dict[ClusterName, list[ObjectDiff]]) -> set[ClusterName]:
    """The members among `removed` that keep a copy, or get one."""
    gone = {name: {one.key for one in differences} for name, differences in removed.items()}
    found: set[ClusterName] = set()
    for side in (revisions.after, revisions.before):
        for key in side.templates:
            if is_namespace(key):
                continue
            copies = manifests_of(side, key)
            copies = copies if side is revisions.after else by_new_name(copies, revisions.after)
            found.update(name for name in gone.keys() - found if name in copies and key not in gone[name])
            if len(found) == len(gone):
                return found
    return found
