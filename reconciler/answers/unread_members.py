"""Members that no sync has read yet, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reconciler.model.cluster import NO_CREDENTIAL, NO_CREDENTIAL_REMEDY, Cluster
from reconciler.model.wording import first_few

_NAMED = 5
"""Members that a remark names before it counts the others."""


def unread_lines(unread: Iterable[Cluster]) -> Iterator[str]:
    """A sentence about each member without a credential that no sync has read, and one about all others; agents read the rest."""
    pushed = [cluster for cluster in unread if not cluster.is_pulled]
    for cluster in [one for one in pushed if not one.names_credential][:_NAMED]:
        yield f"No sync has read {cluster.name}: {NO_CREDENTIAL} ({cluster.origin}). {NO_CREDENTIAL_REMEDY}"
    others = [cluster.name for cluster in pushed if cluster.names_credential]
    if others:
        yield f"No sync has read {first_few(others, _NAMED)} yet. Run `reconciler sync`, which says what prevents it."
