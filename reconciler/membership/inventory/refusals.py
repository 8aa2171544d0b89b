"""Why an object does not become a member, and why members are not cordoned. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.membership.inventory.facts import Declared
from reconciler.membership.inventory.objects import ClusterObject
from reconciler.model.cluster_inventory import SOURCE_ANNOTATION, InventoryRule, VanishedGuard
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import CLUSTER_NAME, ClusterName
from reconciler.model.wording import first_few, plural

_NAMED = 5


def refusal(
    name: ClusterName,
    rule: InventoryRule,
    one: ClusterObject,
    declared: Declared,
    rivals: Sequence[ClusterObject],
    taken: Mapping[str, str],
) -> Issue | None:
    """Why the object does not become the member of this name; None where nothing is in the way.

    rivals: the objects of the rule that would get this name. taken: names and addresses of members that this look adds → by whom.
    """
    message, remedy = _reason(name, rule, one, declared, rivals, taken)
    if not message:
        return None
    cluster = declared.clusters.get(name)
    where = {} if cluster is None else {"origin": cluster.origin}
    return warning("InventoryRefused", f"{one} (rule {rule.name}): {message}", remedy, subject=str(name), **where)


def _reason(
    name: ClusterName,
    rule: InventoryRule,
    one: ClusterObject,
    declared: Declared,
    rivals: Sequence[ClusterObject],
    taken: Mapping[str, str],
) -> tuple[str, str]:
    if not CLUSTER_NAME.fullmatch(name):
        remedy = "Rename the object, leave it out by the selector of the rule, or declare its Cluster by hand."
        return f"{name} is not the name of a Cluster, which is a DNS label of at most 48 characters", remedy
    cluster = declared.clusters.get(name)
    if cluster is not None:
        other = cluster.annotations.get(SOURCE_ANNOTATION, "")
        stands = f"stands for {other}" if other else "is not from an inventory"
        remedy = f"Give the rule a prefix, or let the file have the annotation {SOURCE_ANNOTATION}: {rule.name}/{one.reference}."
        return f"the Cluster {name} {stands}", remedy
    if len(rivals) > 1:
        others = first_few([str(rival) for rival in rivals if rival != one], _NAMED)
        return (
            f"{others} would be the member {name}, too",
            "Let the rule read one namespace, and write a rule with a prefix for each other.",
        )
    if name in taken:
        return f"the member {name} is {taken[name]}", "Give one of the rules a prefix, or a narrower selector."
    if same := _same_server(one, declared, taken):
        return f"its server {one.endpoint} is that of the Cluster {same}", "Leave one of the two out by the selector of its rule."
    if any(name in text for text in declared.broken_texts.values()):
        files = ", ".join(sorted(declared.broken_texts))
        return (
            f"{name} may be declared in a file that cannot be read ({files})",
            "Run `reconciler validate`, and correct that file.",
        )
    if f"clusters/{name}.yaml" in declared.paths:
        return f"clusters/{name}.yaml exists and declares something else", "Move that file."
    return "", ""


def _same_server(one: ClusterObject, declared: Declared, taken: Mapping[str, str]) -> str:
    """The name of the Cluster that has the same server; empty for none."""
    if not one.endpoint:
        return ""
    here = (other.name for other in declared.clusters.values() if other.addresses.get("spec.apiEndpoint") == one.endpoint.lower())
    return next(here, "") or taken.get(one.endpoint, "")


def guarded(rule: InventoryRule, guard: VanishedGuard, fresh: Sequence[ClusterName], owned: int, listed: int) -> Issue | None:
    """Why these members are not cordoned; None where they may be.

    fresh: those to cordon. owned: how many members of the rule are not cordoned yet. listed: how many objects there are at all.
    """
    if not fresh:
        return None
    names = first_few(sorted(fresh), _NAMED)
    if not listed:
        message = f"rule {rule.name}: the host cluster has no {rule.source} at all, so that nothing is cordoned ({names})"
        remedy = "Check the host cluster, and what this process may list. Where the clusters are gone, use `reconciler cordon`."
        return error("InventoryEmpty", message, remedy, subject=rule.name)
    if len(fresh) > guard.always_allowed and len(fresh) > guard.max_share * owned:
        message = f"rule {rule.name}: the objects of {plural(len(fresh), 'member')} of {owned} vanished at once ({names})"
        remedy = "None is cordoned. Where the clusters are gone, use `reconciler cordon`, or raise spec.inventory.guard.maxShare."
        return error("InventoryGuard", message, remedy, subject=rule.name)
    return None
