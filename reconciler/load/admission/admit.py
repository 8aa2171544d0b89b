"""One document through the whole of Karmada's admission: the resource definition's defaults, then the webhooks' changes, then
their checks. All refusals are told at once.

Two groups of rules are about what machines make. They never trouble a file, for they need what only an API server has:
- the permanent-id label and the finalizer of propagation policies and `timeAdded` of taints are written only for `made`;
- what an update may not touch (that label; `schedulerName`; `metadata.resourceVersion`, `uid`, `creationTimestamp`, name and
  namespace of a Cluster) is checked only against an `old` object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.load.admission import metadata
from reconciler.load.admission.clusters import cluster_refusals, prepared_cluster, stored_cluster
from reconciler.load.admission.overrides import override_refusals, stored_override_policy
from reconciler.load.admission.propagation import propagation_refusals, stored_propagation_policy
from reconciler.load.admission.pruning import pruned
from reconciler.load.admission.refusal import refusal
from reconciler.load.schema import schema_of
from reconciler.load.violations import Complaint
from reconciler.model.manifest import Manifest, get, gvk_of, labels_of, text

PERMANENT_ID = {
    "PropagationPolicy": "propagationpolicy.karmada.io/permanent-id",
    "ClusterPropagationPolicy": "clusterpropagationpolicy.karmada.io/permanent-id",
}
"""The label, by kind, by which Karmada knows a policy again."""

_FINALIZERS: Mapping[str, str] = {
    "PropagationPolicy": "karmada.io/propagation-policy-controller",
    "ClusterPropagationPolicy": "karmada.io/cluster-propagation-policy-controller",
}
_OVERRIDES = ("OverridePolicy", "ClusterOverridePolicy")


@dataclass(frozen=True, slots=True)
class MachineMade:
    """What an API server would draw from its clock and its dice."""

    now: str
    """RFC 3339."""
    identifier: str
    """A random UUID."""


@dataclass(frozen=True, slots=True)
class Admission:
    document: Manifest
    """As it would be stored."""
    refusals: tuple[Complaint, ...]
    """Why it would not be; empty when admitted. A warning where taking it all the same does no harm."""


def admit(document: Manifest, namespace: str = "", old: Manifest | None = None, made: MachineMade | None = None) -> Admission:
    """The document as Karmada's API would have it. Kinds without such rules pass unchanged.

    namespace: of the request, for a namespaced kind that does not name its own. old: the object before an update; None for a
    new one. made: see `MachineMade`; None leaves out what machines make, as a file does.
    """
    gvk = gvk_of(document)
    document = pruned(document, schema_of(gvk))
    if gvk.group == "policy.karmada.io" and (gvk.kind in PERMANENT_ID or gvk.kind in _OVERRIDES):
        return _policy(document, namespace, old, made)
    if (gvk.group, gvk.kind) == ("cluster.karmada.io", "Cluster"):
        return _cluster(document, old, made)
    return Admission(document, ())


def _policy(document: Manifest, namespace: str, old: Manifest | None, made: MachineMade | None) -> Admission:
    kind = text(document, "kind")
    wide = kind.startswith("Cluster")
    placed = metadata.without_namespace(document) if wide else metadata.in_namespace(document, namespace)
    own = text(placed, "metadata", "namespace")
    refusals = [*metadata.object_name_refusals(placed), *metadata.metadata_refusals(placed)]
    if kind in _OVERRIDES:
        stored = stored_override_policy(placed, own)
        return Admission(stored, (*refusals, *override_refusals(stored, own)))
    stored = stored_propagation_policy(placed, own)
    if old is not None:
        refusals.extend(_changed(stored, stored_propagation_policy(old, own), PERMANENT_ID[kind]))
    elif made is not None:
        stored = metadata.with_label(stored, PERMANENT_ID[kind], made.identifier)
        stored = metadata.with_finalizer(stored, _FINALIZERS[kind])
    return Admission(stored, (*refusals, *propagation_refusals(stored, own)))


def _changed(stored: Manifest, old: Manifest, label: str) -> Iterator[Complaint]:
    if get(stored, "spec", "schedulerName") != get(old, "spec", "schedulerName"):
        yield refusal(("spec", "schedulerName"), "cannot be changed by an update", "Make a new policy.")
    if label not in labels_of(stored) or labels_of(stored)[label] != labels_of(old).get(label, ""):
        yield refusal(("metadata", "labels", label), "cannot be changed by an update", "Leave it as it was.")


def _cluster(document: Manifest, old: Manifest | None, made: MachineMade | None) -> Admission:
    prepared = prepared_cluster(metadata.without_namespace(document), old)
    refusals = [*metadata.update_refusals(prepared, old)] if old is not None else []
    refusals.extend(cluster_refusals(prepared))
    return Admission(stored_cluster(prepared, made.now if made else None), tuple(refusals))
