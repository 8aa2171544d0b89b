"""One document through the whole of Karmada's admission: the defaults of the resource definition, then the changes of the
webhooks, then their checks. All refusals are reported together.

Two groups of Karmada's rules do not apply to a file, because they need an API server. They are not here; the replay of recorded
admissions (`tests/conformance/admission.py`) adds them:
- values that a machine makes: the permanent-id label and the finalizer of propagation policies, and `timeAdded` of taints;
- checks of an update against the stored object.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.load.admission import metadata
from reconciler.load.admission.clusters import cluster_refusals, prepared_cluster, stored_cluster
from reconciler.load.admission.multi_cluster_services import multi_cluster_service_refusals
from reconciler.load.admission.overrides import override_refusals, stored_override_policy
from reconciler.load.admission.propagation import propagation_refusals, stored_propagation_policy
from reconciler.load.admission.pruning import pruned
from reconciler.load.admission.quotas import quota_refusals
from reconciler.load.schemas.explain_violations import Violation
from reconciler.load.schemas.karmada import schema_of
from reconciler.model.manifest import Manifest, gvk_of, text
from reconciler.model.multi_cluster_service import MULTI_CLUSTER_SERVICE

_PROPAGATION = ("PropagationPolicy", "ClusterPropagationPolicy")
_OVERRIDES = ("OverridePolicy", "ClusterOverridePolicy")


@dataclass(frozen=True, slots=True)
class Admission:
    """The result of admission for one document."""

    document: Manifest
    """The document as the API server would store it."""
    refusals: tuple[Violation, ...]
    """Why the API server would refuse it; empty if it admits it. A warning where it is safe to accept it anyway."""


def admit(document: Manifest, namespace: str = "") -> Admission:
    """The result of creating the document through Karmada's API. Kinds without admission rules pass unchanged.

    namespace: the namespace of the request, for a document of a namespaced kind that names none.
    """
    gvk = gvk_of(document)
    document = pruned(document, schema_of(gvk))
    if gvk.group == "policy.karmada.io" and gvk.kind in (*_PROPAGATION, *_OVERRIDES):
        return _policy(document, namespace)
    if (gvk.group, gvk.kind) == ("cluster.karmada.io", "Cluster"):
        return _cluster(document)
    if (gvk.group, gvk.kind) == ("policy.karmada.io", "FederatedResourceQuota"):
        placed = metadata.in_namespace(document, namespace)
        return Admission(placed, (*metadata.object_name_refusals(placed), *quota_refusals(placed)))
    if (gvk.group, gvk.kind) == ("networking.karmada.io", MULTI_CLUSTER_SERVICE):
        return Admission(document, tuple(multi_cluster_service_refusals(document)))
    return Admission(document, ())


def _policy(document: Manifest, namespace: str) -> Admission:
    kind = text(document, "kind")
    cluster_wide = kind.startswith("Cluster")
    placed = metadata.without_namespace(document) if cluster_wide else metadata.in_namespace(document, namespace)
    own = text(placed, "metadata", "namespace")
    refusals = [*metadata.object_name_refusals(placed), *metadata.metadata_refusals(placed)]
    if kind in _OVERRIDES:
        stored = stored_override_policy(placed, own)
        return Admission(stored, (*refusals, *override_refusals(stored, own)))
    stored = stored_propagation_policy(placed, own)
    return Admission(stored, (*refusals, *propagation_refusals(stored, own)))


def _cluster(document: Manifest) -> Admission:
    prepared = prepared_cluster(metadata.without_namespace(document))
    return Admission(stored_cluster(prepared), tuple(cluster_refusals(prepared)))
