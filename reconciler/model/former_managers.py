"""Taking over an object includes the fields that its former deployer wrote.

Server-side apply removes a field when its owner does not apply it any more and nobody else owns it. The fields of a deployer that
is gone would therefore stay for ever. So what it owns (`metadata.managedFields`) becomes ours, as if we had applied it: the next
apply removes what Git does not state. Fields of live controllers, of subresources (status, scale), finalizers and owner
references are never taken from anybody.

Source: Kubernetes, client-go `util/csaupgrade` and `kubectl apply --server-side`, which do this for kubectl; Flux, fluxcd/pkg
`ssa`, which does it for managers that users name, too; structured-merge-diff `merge/update.go` (`prune`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from reconciler.model.managed_fields import MANAGER, FieldPath, Fields, applied_fields, is_item, is_ours
from reconciler.model.manifest import Manifest, get, mapping, sequence, text, with_value, without

OWNERS = ("metadata", "managedFields")

DEPLOYERS = frozenset(
    {
        "before-first-apply",  # An API server's name for whoever wrote an object without recorded owners.
        "helm",
        "karmada-agent",
        "karmada-controller-manager",
        "karmadactl",
        "argocd-application-controller",
        "argocd-controller",
        "flux",
        "flux-client-side-apply",
        "helm-controller",
        "kustomize-controller",
        "velero",
        "velero-server",
    }
)
"""Field managers that write whole manifests, besides those whose name begins with `kubectl`."""

_RESTORED = frozenset({"before-first-apply", "velero", "velero-server"})
"""Of these, what controllers of Kubernetes wrote into an object before counts as theirs, too."""
_OF_CONTROLLERS = ("f:deployment.kubernetes.io/", "f:pv.kubernetes.io/", "f:volume.kubernetes.io/", "f:batch.kubernetes.io/")
"""Annotations that controllers of Kubernetes write into objects whose manifest comes from somebody else."""
_KUBECTL = "kubectl"
_NO_MANIFEST = frozenset({"kubectl-rollout"})
"""Managers of kubectl that do something to an object and do not write its manifest. The time of a restart stays, because removing
it would restart all Pods again."""
_LAST_APPLIED = ("f:metadata", "f:annotations", "f:kubectl.kubernetes.io/last-applied-configuration")
"""Whoever owns it writes manifests, whatever its name is: a client-side apply (client-go `csaupgrade.FindFieldsOwners`)."""


def taken_over(live: Manifest, others: Collection[str] = (), excepted: Collection[str] = ()) -> Manifest:
    """The live object as it is when the fields of its former deployers are ours; the same object where there is none.

    Only `metadata.managedFields` differs. others: more field managers that count as deployers. excepted: those that do not.
    """
    entries = sequence(live, *OWNERS)
    former = [entry for entry in entries if not is_ours(entry) and _is_deployer(entry, others)]
    former = [entry for entry in former if text(entry, "manager") not in excepted]
    if not former:
        return live
    ours = [entry for entry in entries if is_ours(entry)]
    first = (ours or former)[0]
    trees = [mapping(entry, "fieldsV1") for entry in ours] + [_content(entry) for entry in former]
    adopted = {**first, "manager": MANAGER, "operation": "Apply", "fieldsV1": reduce(_union, trees)}
    staying = [entry for entry in entries if not any(entry is gone for gone in (*ours, *former))]
    handed_over: Manifest = with_value(live, OWNERS, [adopted, *staying] if adopted["fieldsV1"] else staying)
    return handed_over


def without_kept(owners: Iterable[Any], configuration: Manifest, retained: Manifest) -> list[Any]:
    """The owners, of which we are none of the fields that the member keeps: they stay there without an owner.

    owners: as `taken_over` gave them. configuration: what is applied. retained: the same with the fields that the member keeps.
    """
    ours = [
        {**entry, "fieldsV1": _not_kept(mapping(entry, "fieldsV1"), configuration, retained)}
        for entry in owners
        if is_ours(entry)
    ]
    return [entry for entry in ours if entry["fieldsV1"]] + [entry for entry in owners if not is_ours(entry)]


def same_transfer(fresh: Manifest, live: Manifest, owners: Iterable[Any]) -> list[Any] | None:
    """The owners for a newer state of an object; None where no former manager owns anything any more.

    live, owners: an older state, and the `metadata.managedFields` that were planned for it.
    """
    former = {_identity(entry) for entry in sequence(live, *OWNERS)} - {_identity(entry) for entry in owners}
    entries = sequence(fresh, *OWNERS)
    if not any(_identity(entry) in former for entry in entries):
        return None
    ours = [entry for entry in owners if is_ours(entry)]
    return [*ours, *(entry for entry in entries if not is_ours(entry) and _identity(entry) not in former)]


def without_given_up(applied: Manifest, owners: Iterable[Any]) -> Manifest:
    """The object without the fields that an apply removes because `owners` say that they were ours.

    applied: the answer to the same apply where these owners were not recorded; its own entries say what we apply now.
    owners: as `taken_over` gave them.
    """
    recorded = {"metadata": {"managedFields": list(owners)}}
    kept = [applied_fields(applied), *(mapping(entry, "fieldsV1") for entry in sequence(recorded, *OWNERS) if not is_ours(entry))]
    pruned: Manifest = _without(applied, applied_fields(recorded), [tree for tree in kept if tree])
    return pruned


def removed_fields(live: Manifest, after: Manifest, owners: Iterable[Any]) -> list[FieldPath]:
    """The fields of `owners` that the live object has and the object after the apply has not; of an item or a mapping that goes,
    only itself."""
    return list(_removed_below(live, after, applied_fields({"metadata": {"managedFields": list(owners)}}), ()))


def _removed_below(before: Any, after: Any, tree: Fields, path: FieldPath) -> Iterator[FieldPath]:
    for step, below in tree.items():
        old, new = _at(step, before), _at(step, after)
        if old is not None and new is None:
            yield (*path, step)
        elif old is not None:
            yield from _removed_below(old, new, below, (*path, step))


def _at(step: str, value: Any) -> Any:
    """The field or the item; None where there is none."""
    if step.startswith("f:"):
        return get(value, step[2:])
    items = value if isinstance(value, list) else ()
    return next((item for item in items if is_item(step, item)), None)


def _not_kept(tree: Fields, stated: Any, retained: Any) -> Fields:
    fields: dict[str, Any] = {}
    for step, below in tree.items():
        keeps, states = (_at(step, retained), _at(step, stated)) if step != "." else (retained, stated)
        if keeps is None or (states is not None and not below):
            fields[step] = below
        elif below and (rest := _not_kept(below, states, keeps)):
            fields[step] = rest
    return fields


def _is_deployer(entry: Any, others: Collection[str]) -> bool:
    manager = text(entry, "manager")
    if text(entry, "subresource") or manager in _NO_MANIFEST:
        return False
    is_named = manager in DEPLOYERS or manager.startswith(_KUBECTL) or manager == MANAGER or manager in others
    return is_named or get(entry, "fieldsV1", *_LAST_APPLIED) is not None


def _identity(entry: Any) -> tuple[str, ...]:
    return tuple(text(entry, name) for name in ("manager", "operation", "apiVersion", "subresource"))


def _content(entry: Any) -> Fields:
    """What a manifest is written for: not the status, and of the metadata only labels and annotations."""
    tree = mapping(entry, "fieldsV1")
    metadata = {step: below for step, below in mapping(tree, "f:metadata").items() if step in ("f:labels", "f:annotations")}
    if text(entry, "manager") in _RESTORED and "f:annotations" in metadata:
        annotations = metadata["f:annotations"].items()
        metadata["f:annotations"] = {name: below for name, below in annotations if not name.startswith(_OF_CONTROLLERS)}
    rest = {step: below for step, below in tree.items() if step not in ("f:metadata", "f:status")}
    return {**rest, "f:metadata": metadata} if metadata else rest


def _union(one: Fields, other: Fields) -> Fields:
    """The fields of both trees, which own something."""
    if not one or not other:
        return one or other
    return {step: _union_below(one, other, step) for step in {**one, **other}}


def _union_below(one: Fields, other: Fields, step: str) -> Any:
    if step not in one or step not in other:
        return one.get(step, other.get(step))
    first, second = one[step], other[step]
    if first and second:
        return _union(first, second)
    below = first or second
    return {".": {}, **below} if below else below  # A tree without children owns the field itself.


def _without(value: Any, given_up: Fields, kept: list[Fields]) -> Any:
    """given_up, kept: trees of this value that own a part of it."""
    for step, below in given_up.items():
        if step == ".":
            continue
        others = [tree[step] for tree in kept if step in tree]
        if any(not tree for tree in others):
            continue  # Somebody owns it as a whole.
        if not others and (not below or "." in below or step.startswith("f:")):
            value = _removed(value, step)
        else:
            value = _changed_at(value, step, below, others)
    return value


def _removed(value: Any, step: str) -> Any:
    if step.startswith("f:"):
        return without(value, (step[2:],)) if isinstance(value, Mapping) else value
    return [item for item in value if not is_item(step, item)] if isinstance(value, list) else value


def _changed_at(value: Any, step: str, below: Fields, others: list[Fields]) -> Any:
    if step.startswith("f:"):
        name = step[2:]
        is_there = isinstance(value, Mapping) and name in value
        return {**value, name: _without(value[name], below, others)} if is_there else value
    if not isinstance(value, list):
        return value
    return [_without(item, below, others) if is_item(step, item) else item for item in value]
