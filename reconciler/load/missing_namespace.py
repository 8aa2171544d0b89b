"""Templates that state no namespace, where a policy names exactly this object in another one (`MissingNamespace`).

kubectl puts such an object into the namespace of its context; here it counts as `default`. A selector that names the object in
another namespace shows what is meant. This is an error rather than a warning: the object that the policy placed until now would
be pruned, and nobody who forgot a line wants that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeAlias

from reconciler.load.crosscheck import Finding
from reconciler.load.governed import own_policies
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import error
from reconciler.model.keys import ResourceKey
from reconciler.model.policy import PropagationPolicy
from reconciler.model.resource_selectors import Closeness, closeness_of
from reconciler.model.tenant import NO_TENANTS, Tenancy, Tenant

_Named: TypeAlias = dict[tuple[str, str, str], list[tuple[str, PropagationPolicy]]]
"""apiVersion, kind and name of a selector → its namespace, and the policy."""


def check_namespaces(
    templates: Sequence[ResourceTemplate], policies: Iterable[PropagationPolicy], judges: Tenancy = NO_TENANTS
) -> Iterator[Finding]:
    """An error for each template without a namespace that no policy selects as it is, and that a policy names in a namespace
    where no file declares such an object. The policies of a tenant say nothing about the templates of others."""
    declared = {template.key for template in templates}
    unsure: dict[Tenant | None, list[ResourceTemplate]] = {}
    for template in templates:
        if template.namespace_filled_in:
            unsure.setdefault(judges.of(template.origin.file), []).append(template)
    for tenant, own in unsure.items():
        yield from _check(own, sorted(own_policies(policies, tenant, judges), key=lambda policy: policy.ref), declared)


def _check(
    unsure: Iterable[ResourceTemplate], policies: Sequence[PropagationPolicy], declared: Collection[ResourceKey]
) -> Iterator[Finding]:
    named = _named(policies)
    for template in unsure:
        key = template.key
        meant = [
            (namespace, policy)
            for namespace, policy in named.get((template.gvk.api_version, key.kind, key.name), ())
            if namespace != key.namespace and key._replace(namespace=namespace) not in declared
        ]
        if not meant or any(closeness_of(policy.selectors, template.manifest) is not Closeness.NONE for policy in policies):
            continue
        namespace, policy = meant[0]
        message = (
            f"{key} states no namespace, so it counts as {key.namespace}, where no policy selects it. {policy.ref} "
            f"({policy.origin}) selects it in {namespace}"
        )
        remedy = f"Write namespace: {namespace} below metadata. Copies that exist in {namespace} stay as they are until then."
        yield template, error("MissingNamespace", message, remedy, origin=template.origin, subject=key)


def _named(policies: Iterable[PropagationPolicy]) -> _Named:
    named: _Named = defaultdict(list)
    for policy in policies:
        for selector in policy.selectors:
            if namespace := selector.namespace or policy.ref.namespace:
                for version in selector.api_versions if selector.name else ():
                    named[version, selector.kind, selector.name].append((namespace, policy))
    return named
