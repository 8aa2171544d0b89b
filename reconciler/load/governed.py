"""Which Tenants a revision declares, and what its files may not declare below the folder of one.

A tenant must not widen its own rights, nor change what concerns others: so a file below a governed folder declares no Tenant, no
Configuration, no Cluster, no rules about kinds, and no policy for the whole fleet unless its Tenant lists that kind. Such an
object is left out with an error. Whoever judges a revision by the Tenants of an earlier one (`judges`) also takes the folders
from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconciler.interpreter.containers import is_definition
from reconciler.load.parse_file import ParsedFile, ParsedObject, printed_name
from reconciler.model.issues import Issue, each_once, error, errors_in, warning
from reconciler.model.keys import PolicyRef, ResourceKey
from reconciler.model.policy import PropagationPolicy
from reconciler.model.source_lock import WantedSource
from reconciler.model.tenant import Tenancy, Tenant
from reconciler.model.wording import first_few

REASON = "GovernedFolder"
_PLATFORM_KINDS = frozenset(
    {
        ("reconciler.dev", "Tenant"),
        ("reconciler.dev", "Configuration"),
        ("reconciler.dev", "Source"),
        ("cluster.karmada.io", "Cluster"),
        ("policy.karmada.io", "ClusterTaintPolicy"),
        ("policy.karmada.io", "FederatedResourceQuota"),
        ("config.karmada.io", "ResourceInterpreterCustomization"),
        ("apps.karmada.io", "WorkloadRebalancer"),
        ("remedy.karmada.io", "Remedy"),
    }
)
"""They concern every tenant, so that no Tenant can allow them."""
_FLEET_POLICIES = frozenset({("policy.karmada.io", "ClusterPropagationPolicy"), ("policy.karmada.io", "ClusterOverridePolicy")})


@dataclass(frozen=True, slots=True)
class DeclaredTenants:
    """The Tenants of a revision that count, and what is wrong with the others."""

    tenancy: Tenancy
    issues: tuple[Issue, ...] = ()


def declared_tenants(files: Sequence[ParsedFile], judges: Tenancy | None) -> DeclaredTenants:
    """judges: the Tenants that judge the revision; None where they are its own.

    A Tenant below a governed folder does not count. Two Tenants that govern the files of each other cannot both be meant; without
    judges nobody can say which was there first, so the Tenants count as unreadable.
    """
    written = [item.noun for file in files for item in file.objects if isinstance(item.noun, Tenant)]
    candidates = [one for one in written if judges is None or judges.of(one.origin.file) is None]
    accepted, conflicting = _resolve(candidates)
    governing = Tenancy(tuple(sorted(accepted, key=lambda one: one.name)))
    issues = [*_shared(accepted, "name", lambda one: [one.name]), *_shared(accepted, "folder", lambda one: one.folders)]
    issues += [_in_each_other(one, conflicting) for one in conflicting]
    unreadable = issues[0].message if issues else _unread(files, governing, judges or governing)
    issues += [warning for tenant in accepted for warning in _governs_nothing(tenant, files)]
    return DeclaredTenants(replace(governing, unreadable=unreadable), tuple(issues))


def _governs_nothing(tenant: Tenant, files: Iterable[ParsedFile]) -> Iterator[Issue]:
    """A warning for each folder without a file: a misspelt one would leave the real one free."""
    paths = [file.path for file in files]
    for folder in tenant.folders:
        if not any(path.startswith(f"{folder}/") for path in paths):
            message = f"{tenant}: no file is below the folder {folder}, so it governs nothing there"
            remedy = "Check the spelling, which counts with upper and lower case. If the folder is still to come, do nothing."
            yield warning("GovernsNothing", message, remedy, origin=tenant.place_of("folders"), subject=tenant)


def _resolve(candidates: Sequence[Tenant]) -> tuple[list[Tenant], list[Tenant]]:
    """(those that no other one governs, those that govern each other). The rest is below a folder of one of the first."""
    accepted: list[Tenant] = []
    open_ones = list(candidates)
    while True:
        free = [one for one in open_ones if Tenancy(tuple(open_ones)).of(one.origin.file) is None]
        if not free:
            return accepted, open_ones
        accepted += free
        open_ones = [one for one in open_ones if one not in free and Tenancy(tuple(free)).of(one.origin.file) is None]


def _shared(tenants: Iterable[Tenant], what: str, names_of: Any) -> Iterator[Issue]:
    """An error for each Tenant that has a name or a folder of another one."""
    by_name: dict[str, list[Tenant]] = {}
    for tenant in tenants:
        for name in names_of(tenant):
            by_name.setdefault(name, []).append(tenant)
    for name, several in sorted(by_name.items()):
        for one in several if len(several) > 1 else ():
            others = first_few([other.origin for other in several if other is not one] or [one.origin], 3)
            message = f"{one}: its {what} {name} is also that of a Tenant in {others}"
            yield error("DeclaredTwice", message, "Keep one of them.", origin=one.place_of("folders"), subject=one)


def _in_each_other(tenant: Tenant, conflicting: Collection[Tenant]) -> Issue:
    others = first_few([f"{one} ({one.origin})" for one in conflicting if one is not tenant] or [f"{tenant}"], 3)
    message = f"{tenant} is below a folder that {others} governs, and governs its file in turn"
    remedy = "Keep Tenants in a folder that no Tenant governs, and remove the one that does not belong there."
    return error(REASON, message, remedy, origin=tenant.origin, subject=tenant)


def _unread(files: Iterable[ParsedFile], governing: Tenancy, judges: Tenancy) -> str:
    """Why a Tenant may be missing; empty where none is. A file of a tenant cannot hold one."""
    for file in files:
        if not file.issues or governing.of(file.path) or judges.of(file.path):
            continue
        for issue in errors_in(file.issues):
            if issue.subject.startswith("Tenant") or (not issue.subject and all(word in file.data for word in _TENANT)):
                return f"{issue.origin} has an error and may declare a Tenant: {issue.message}"
    return ""


_TENANT = (b"reconciler.dev", b"Tenant")


def lost_tenants(judges: Tenancy, now: Tenancy, files: Iterable[ParsedFile], tree: Collection[str]) -> str:
    """Why a Tenant of the judges may still be meant although it is not declared now; empty where none is. Its file is there, and
    is a link, too large, encrypted or stored elsewhere. tree: all paths."""
    read = {file.path for file in files if not errors_in(file.issues)}
    names = {tenant.name for tenant in now.tenants}
    for tenant in judges.tenants if judges.tenants != now.tenants else ():
        if tenant.name in names:
            continue
        file = tenant.origin.file
        if file in tree and file not in read:
            return f"{file} declared {tenant} and cannot be read any more"
    return ""


def within_rights(file: ParsedFile, judges: Tenancy) -> ParsedFile:
    """The file without the objects that no file below its folder may declare, and with an error for each."""
    tenant = judges.of(file.path)
    if tenant is None:
        return file
    refused = {id(item): issue for item in file.objects if (issue := _refusal(item, tenant))}
    if not refused:
        return file
    objects = tuple(item for item in file.objects if id(item) not in refused)
    return replace(file, objects=objects, issues=each_once([*file.issues, *refused.values()]))


def _refusal(item: ParsedObject, tenant: Tenant) -> Issue | None:
    kind, name = (item.gvk.group, item.gvk.kind), printed_name(item)
    if kind in _PLATFORM_KINDS:
        message = f"{name}: a file below a folder of {tenant} ({tenant.origin}) may not declare a {item.gvk.kind}"
        return error(REASON, message, "Move it to a folder that no Tenant governs.", origin=item.origin, subject=name)
    if item.sealed is not None and item.sealed.unbound:
        message = (
            f"{name}: its mac covers encrypted values alone (mac_only_encrypted), so it may be a copy of somebody else's file"
        )
        remedy = "Remove mac_only_encrypted from .sops.yaml, and encrypt the file anew."
        return error(REASON, message, remedy, origin=item.origin, subject=name)
    if kind not in _FLEET_POLICIES and not is_definition(item.gvk):
        return None
    if any(rule.allows(*kind) for rule in tenant.cluster_scoped_kinds):
        return None
    place = tenant.place_of("clusterScopedKinds")
    message = f"{name}: {tenant} ({place}) does not allow the kind {item.gvk.kind} (spec.clusterScopedKinds)"
    instead = item.gvk.kind.removeprefix("Cluster")
    remedy = f"Write a {instead} instead, or " if kind in _FLEET_POLICIES else ""
    remedy += "have it moved to a folder that no Tenant governs."
    return error(REASON, message, remedy[0].upper() + remedy[1:], origin=item.origin, subject=name)


def source_refusal(wanted: WantedSource, item: ParsedObject, judges: Tenancy) -> Issue | None:
    """Why an object may not get files from elsewhere; None where it may. A Source is the platform's."""
    tenant = judges.of(item.origin.file)
    if tenant is None or tenant.allows_source(wanted.url):
        return None
    name, place = printed_name(item), tenant.place_of("sources")
    message = f"{name}: {tenant} ({place}) does not allow the source {wanted.url} (spec.sources)"
    remedy = f"Name another one, or have spec.sources of the Tenant extended by those who keep {place.file or 'it'}."
    return error(REASON, message, remedy, origin=wanted.origin, subject=name)


def entitled(name: Any, items: Sequence[Any], judges: Tenancy, issues: list[Issue]) -> Sequence[Any]:
    """Those of several declarations of one object that count: the platform's, else those of tenants that may place it. So nobody
    takes an object from its owner, or freezes it, by declaring it a second time. All of them where that tells no difference.

    name: the ResourceKey or PolicyRef. Adds an error for each of the others to `issues`.
    """
    owners = {id(item): judges.of(item.origin.file) for item in items}
    mine = [item for item in items if owners[id(item)] is None]
    mine = mine or [item for item in items if may_declare(owners[id(item)], name)]
    if not mine or len(mine) == len(items):
        return items
    for item in items:
        if item not in mine:
            message = f"{name} is declared in {mine[0].origin}, so {owners[id(item)]} may not declare it"
            remedy = "Choose another name, or remove it."
            issues.append(error("OwnedElsewhere", message, remedy, origin=item.origin, subject=name))
    return mine


def may_declare(tenant: Tenant | None, name: Any) -> bool:
    """name: a ResourceKey or PolicyRef. tenant: who declares it; None for the platform."""
    if tenant is None:
        return True
    if isinstance(name, ResourceKey):
        return tenant.allows_kind(name) and (not name.namespace or tenant.allows_namespace(name.namespace))
    return isinstance(name, PolicyRef) and (not name.namespace or tenant.allows_namespace(name.namespace))


def own_policies(policies: Iterable[PropagationPolicy], tenant: Tenant | None, judges: Tenancy) -> list[PropagationPolicy]:
    """The policies that may claim a template of this tenant; of the platform where there is none."""
    return [policy for policy in policies if judges.of(policy.origin.file) in (None, tenant)]


def tenant_files(files: Iterable[ParsedFile], tenancy: Tenancy) -> Mapping[str, str]:
    """The files that declare these Tenants: path → Git's id of the content."""
    paths = {tenant.origin.file for tenant in tenancy.tenants}
    return {file.path: file.blob for file in files if file.path in paths}
