"""The ServiceAccount that the writes of an object are impersonated as (`spec.serviceAccount`)."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.model.keys import ResourceKey
from reconciler.model.tenant import ServiceAccount, Tenancy
from reconciler.tenancy.removals import Owner


def accounts_of(keys: Iterable[ResourceKey], tenancy: Tenancy, owner: Owner) -> dict[ResourceKey, ServiceAccount]:
    """Of those of these objects whose Tenant names one."""
    if not any(tenant.service_account for tenant in tenancy.tenants):
        return {}
    owners = ((key, owner(key)) for key in keys)
    return {key: tenant.service_account for key, tenant in owners if tenant is not None and tenant.service_account is not None}
