"""Which kind an object probably means whose kind nothing defines: most often, kind or group is misspelt."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.load.schemas import karmada, kubernetes_kinds
from reconciler.load.scope import kinds_in
from reconciler.model.keys import GroupVersionKind
from reconciler.model.spelling import did_you_mean, nearest
from reconciler.model.wording import one_of


def guess_kind(gvk: GroupVersionKind, more: Collection[GroupVersionKind] = ()) -> str:
    """`Did you mean Deployment?`: a kind of the same group, or else this kind in another group, or else a kind of any group.
    Empty if none is near.

    more: kinds that exist, besides those of Kubernetes, Karmada and this project.
    """
    of_group = {*kinds_in(gvk.group), *(one.kind for one in more if one.group == gvk.group)}
    if guess := did_you_mean(gvk.kind, of_group):
        return guess
    known = {*kubernetes_kinds.newest_kinds(), *karmada.known_kinds(), *more}
    kinds = {one.kind for one in known if one.group != gvk.group}
    meant = {gvk.kind} if gvk.kind in kinds else set(nearest(gvk.kind, kinds)) if _may_be_misspelt(gvk.group, known) else set()
    groups = sorted(str(one) for one in known if one.kind in meant and one.group != gvk.group)
    return f"Did you mean {one_of(groups[:3])}?" if groups else ""


def _may_be_misspelt(group: str, known: Collection[GroupVersionKind]) -> bool:
    """Whether another group may be meant. The group of another project, such as cert-manager.io, is no misspelt one."""
    groups = {one.group for one in known}
    return group in groups or "." not in group or bool(nearest(group, groups))
