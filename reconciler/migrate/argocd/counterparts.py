"""Fields of Argo CD that have no counterpart, or another one: a remark about each. Pure.

What this program does in any case (retry, revisionHistoryLimit, info, ServerSideApply, ApplyOutOfSyncOnly) needs none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reconciler.load.scope import Scope, scope_of
from reconciler.migrate.declared import Declared
from reconciler.migrate.imported import Remark
from reconciler.model.manifest import get, mapping, sequence, text

FINALIZERS = ("resources-finalizer.argocd.argoproj.io", "foregroundfinalizer.argoproj.io")
_OPTIONS: Mapping[str, tuple[str, str]] = {
    "Force=true": (
        "An object is not deleted and created where a change is refused.",
        "Annotate the objects that may be with reconciler.dev/recreate (docs/how-to/leave-to-members.md).",
    ),
    "Replace=true": (
        "Objects are applied, not replaced: fields that others write stay.",
        "Nothing is to be done, unless the objects are too large for an annotation: that limit does not exist here.",
    ),
    "PruneLast=true": (
        "What is removed goes as soon as what replaces it is Current.",
        "State an order with reconciler.dev/wave where it matters.",
    ),
    "Prune=confirm": (
        "Nothing asks before objects are pruned, but the prune guard limits how many.",
        "Write spec.pruneGuard of the Configuration.",
    ),
    "Validate=false": ("Every object is validated by its API server.", "Correct what it refuses."),
    "SkipDryRunOnMissingResource=true": ("Definitions come before their objects in any case.", "Nothing is to be done."),
    "RespectIgnoreDifferences=true": ("Ignored fields are never written here.", "Nothing is to be done."),
    "FailOnSharedResource=true": ("Two templates of one object are always an error.", "Nothing is to be done."),
}
"""Sync options with what happens here, and what to do; the rest needs no remark."""


def is_pruned(one: Declared) -> bool:
    automated = mapping(one.manifest, "spec", "syncPolicy", "automated")
    options = sequence(one.manifest, "spec", "syncPolicy", "syncOptions")
    return automated.get("prune") is True and "Prune=false" not in options


def is_automated(one: Declared) -> bool:
    automated = get(one.manifest, "spec", "syncPolicy", "automated")
    return isinstance(automated, Mapping) and automated.get("enabled") is not False


def remarks_about(one: Declared, *, written_by_hand: bool) -> list[Remark]:
    """written_by_hand: whether no ApplicationSet made it."""
    found = [*_sync_policy(one), *_options(one), *_revision(one), *_ignored(one), *_variables(one)]
    if written_by_hand and set(FINALIZERS) & set(sequence(one.manifest, "metadata", "finalizers")):
        consequence = "Whoever deletes the Application deletes all that it deployed."
        remedy = "Remove the finalizer before you delete it (docs/how-to/migrate-from-argocd.md)."
        found.append(Remark(one.subject, one.origin, "it has the finalizer of Argo CD", consequence, remedy))
    if mapping(one.manifest, "operation"):
        consequence = "A sync that is running may write while objects are taken over."
        remedy = "Wait until it has ended."
        found.append(Remark(one.subject, one.origin, "it has an operation", consequence, remedy))
    return found


def _sync_policy(one: Declared) -> Iterator[Remark]:
    if not is_automated(one):
        remedy = "Let people merge when it is time, write spec.windows of the Configuration, or suspend the policy."
        yield Remark(one.subject, one.origin, "it is synced by hand", "Here every commit is brought to its clusters.", remedy)
    elif get(one.manifest, "spec", "syncPolicy", "automated", "selfHeal") is not True:
        remedy = "Write spec.driftPolicy: Report of the Configuration, or accept that."
        yield Remark(one.subject, one.origin, "selfHeal is off", "Drift is corrected here.", remedy)


def _options(one: Declared) -> Iterator[Remark]:
    for option in sequence(one.manifest, "spec", "syncPolicy", "syncOptions"):
        consequence, remedy = _OPTIONS.get(str(option), ("", ""))
        if consequence and remedy != "Nothing is to be done.":
            yield Remark(one.subject, one.origin, f"the sync option {option}", consequence, remedy)


def _ignored(one: Declared) -> Iterator[Remark]:
    if any("name" not in rule for rule in ignored_fields(one)):
        what = "its ignoreDifferences name kinds, and no objects"
        consequence = "In spec.ignoreDifferences they count for all such objects of the namespace, also for those of others."
        yield Remark(one.subject, one.origin, what, consequence, "Add the names of its objects there.")


def _revision(one: Declared) -> Iterator[Remark]:
    """`project` is told for its AppProject; what the revision of this repository means, here."""
    for source in [mapping(one.manifest, "spec", "source"), *sequence(one.manifest, "spec", "sources")]:
        if text(source, "targetRevision") not in ("", "HEAD", "main", "master") and text(source, "path"):
            what = f"targetRevision is {text(source, 'targetRevision')}"
            consequence = "Of this repository, the files of the revision that is synced count."
            remedy = "Compare both revisions before you take over: git diff."
            yield Remark(one.subject, one.origin, what, consequence, remedy)


def _variables(one: Declared) -> Iterator[Remark]:
    """Argo CD replaces `$ARGOCD_APP_NAME` and the like in values and names (docs/user-guide/build-environment.md)."""
    sources = [mapping(one.manifest, "spec", "source"), *sequence(one.manifest, "spec", "sources")]
    if "$ARGOCD_" in repr(sources):
        remedy = "Write the value itself, in the template or its override."
        yield Remark(
            one.subject, one.origin, "it uses variables of Argo CD ($ARGOCD_…)", "They stay as they are written.", remedy
        )


def remarks_about_projects(found: Iterable[Declared]) -> list[Remark]:
    """AppProjects: what they restrict, and their windows."""
    remarks = []
    for one in found:
        if one.kind != "AppProject":
            continue
        if sequence(one.manifest, "spec", "syncWindows"):
            remedy = "Write spec.windows of the Configuration (docs/how-to/windows.md)."
            remarks.append(Remark(one.subject, one.origin, "it has syncWindows", "No window holds up a commit here.", remedy))
        if _restricts(mapping(one.manifest, "spec")):
            consequence = "Whoever may commit may declare any object for any cluster."
            remedy = "Write a Tenant for the folder of the team (docs/how-to/tenants.md)."
            remarks.append(Remark(one.subject, one.origin, "it restricts its Applications", consequence, remedy))
    return remarks


def _restricts(spec: Mapping[str, Any]) -> bool:
    anywhere = [text(one, "namespace") == text(one, "server") == "*" for one in sequence(spec, "destinations")]
    lists = (
        "clusterResourceBlacklist",
        "destinationServiceAccounts",
        "namespaceResourceBlacklist",
        "namespaceResourceWhitelist",
        "signatureKeys",
    )
    # Without a list, no cluster-scoped object is allowed.
    every = any(text(one, "group") == text(one, "kind") == "*" for one in sequence(spec, "clusterResourceWhitelist"))
    limits = not every or any(sequence(spec, name) for name in lists)
    return "*" not in sequence(spec, "sourceRepos") or not any(anywhere) or limits


def ignored_fields(one: Declared) -> list[Mapping[str, Any]]:
    """`spec.ignoreDifferences` as rules of the Configuration. There they count for every object that they name, and not for
    those of the Application alone: what names no namespace gets that of the destination."""
    namespace = text(one.manifest, "spec", "destination", "namespace")
    rules: list[Mapping[str, Any]] = []
    for stated in sequence(one.manifest, "spec", "ignoreDifferences"):
        rule = {name: text(stated, name) for name in ("kind", "namespace", "name") if text(stated, name)}
        rule["group"] = text(stated, "group")
        if namespace and scope_of(rule["group"], text(stated, "kind")) is not Scope.CLUSTER:
            rule.setdefault("namespace", namespace)
        fields = {
            "jsonPointers": sequence(stated, "jsonPointers"),
            "jq": [str(path) for path in sequence(stated, "jqPathExpressions")],
            "managers": sequence(stated, "managedFieldsManagers"),
        }
        if any(fields.values()):
            rules.append({**dict(sorted(rule.items())), **{name: value for name, value in fields.items() if value}})
    return rules
