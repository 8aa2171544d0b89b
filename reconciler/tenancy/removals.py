"""How many copies one revision may remove (`spec.maxRemovals`), all members together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.tenant import Tenancy, Tenant
from reconciler.model.wording import plural
from reconciler.tenancy.rights import Denial

Owner = Callable[[ResourceKey], Tenant | None]
"""Whose an object is: the Tenant that governs the file by which it was placed last; None for the platform."""


def owner_by(tenancy: Tenancy, file_of: Callable[[ResourceKey], str]) -> Owner:
    """file_of: the file by which an object was placed last."""
    return lambda key: tenancy.of(file_of(key)) if tenancy.tenants else None


def refused_removals(
    copies: Iterable[tuple[ClusterName, ResourceKey]], owner: Owner, already: Mapping[str, int]
) -> dict[ResourceKey, Denial]:
    """The objects that a revision does not remove from any member, each with the reason.

    copies: all that it would remove now. already: how many it removed before, by name of the Tenant.
    """
    keys: defaultdict[str, list[ResourceKey]] = defaultdict(list)
    tenants: dict[str, Tenant] = {}
    for _, key in copies:
        if (tenant := owner(key)) is not None:
            tenants[tenant.name] = tenant
            keys[tenant.name].append(key)
    denials: dict[ResourceKey, Denial] = {}
    for name, of_tenant in sorted(keys.items()):
        tenant, count = tenants[name], len(of_tenant) + already.get(name, 0)
        if tenant.max_removals is not None and count > tenant.max_removals:
            denials |= dict.fromkeys(of_tenant, _denial(tenant, count))
    return denials


def removed(copies: Iterable[tuple[ClusterName, ResourceKey]], owner: Owner) -> Counter[str]:
    """How many copies of each tenant these are, by its name."""
    return Counter(tenant.name for _, key in copies if (tenant := owner(key)) is not None)


def _denial(tenant: Tenant, count: int) -> Denial:
    return Denial(
        f"this revision removes {plural(count, 'copy', 'copies')} of {tenant}, and spec.maxRemovals "
        f"({tenant.place_of('maxRemovals')}) is {tenant.max_removals}",
        "If they may go, run `reconciler sync --allow-prune MEMBER`, or have the limit raised first. If not, put back what "
        "declared them.",
    )
