"""What Karmada's API does beyond the admission of a file: values that a machine makes, and checks of an update.

`reconciler/load/admission` admits files, which have neither. The recorded admissions contain both, so the replay adds them here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.load.admission.admit import Admission, admit
from reconciler.load.admission.propagation import stored_propagation_policy
from reconciler.load.admission.refusal import missing, refusal
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.manifest import Manifest, get, labels_of, mapping, sequence, text, with_value, without

PERMANENT_ID = {
    "PropagationPolicy": "propagationpolicy.karmada.io/permanent-id",
    "ClusterPropagationPolicy": "clusterpropagationpolicy.karmada.io/permanent-id",
}
"""Kind → the label that identifies a policy, also after its name is used again."""

_FINALIZERS = {
    "PropagationPolicy": "karmada.io/propagation-policy-controller",
    "ClusterPropagationPolicy": "karmada.io/cluster-propagation-policy-controller",
}
_FIXED = ("name", "namespace", "uid", "creationTimestamp")
"""Fields of `metadata` that an update of a Cluster must not change."""


@dataclass(frozen=True, slots=True)
class MachineValues:
    """Values that an API server takes from its clock and its random numbers."""

    now: str
    """RFC 3339."""
    identifier: str
    """A random UUID."""


def admit_request(document: Manifest, namespace: str, old: Manifest | None, values: MachineValues) -> Admission:
    """The result of creating or updating an object through Karmada's API. old: the stored object before an update."""
    admission = admit(document, namespace)
    kind = text(document, "kind")
    if kind == "Cluster":
        return _cluster(document, admission, old, values.now)
    if kind not in PERMANENT_ID:
        return admission
    if old is None:
        return Admission(_identified(admission.document, kind, values.identifier), admission.refusals)
    stored = stored_propagation_policy(old, text(admission.document, "metadata", "namespace"))
    return Admission(admission.document, (*admission.refusals, *_changed(admission.document, stored, PERMANENT_ID[kind])))


def _identified(document: Manifest, kind: str, identifier: str) -> Manifest:
    labels = {**mapping(document, "metadata", "labels"), PERMANENT_ID[kind]: identifier}
    finalizers = sequence(document, "metadata", "finalizers")
    if _FINALIZERS[kind] not in finalizers:
        finalizers = [*finalizers, _FINALIZERS[kind]]
    labelled = with_value(document, ("metadata", "labels"), labels)
    return dict(with_value(labelled, ("metadata", "finalizers"), finalizers))


def _changed(document: Manifest, old: Manifest, label: str) -> Iterator[Violation]:
    if get(document, "spec", "schedulerName") != get(old, "spec", "schedulerName"):
        yield refusal(("spec", "schedulerName"), "cannot be changed by an update", "Create a new policy.")
    if label not in labels_of(document) or labels_of(document)[label] != labels_of(old).get(label, ""):
        yield refusal(("metadata", "labels", label), "cannot be changed by an update", "Keep its old value.")


def _cluster(document: Manifest, admission: Admission, old: Manifest | None, now: str) -> Admission:
    stored: Any = admission.document
    if old is not None:
        if get(old, "status") is not None:
            stored = with_value(stored, ("status",), get(old, "status"))
        if not sequence(document, "spec", "resourceModels"):  # Only a new Cluster gets default models.
            stored = without(stored, ("spec", "resourceModels"))
    if sequence(stored, "spec", "taints"):
        stored = with_value(stored, ("spec", "taints"), [_timed(taint, now) for taint in sequence(stored, "spec", "taints")])
    updates = () if old is None else tuple(_update_refusals(admission.document, old))
    return Admission(stored, (*updates, *admission.refusals))


def _timed(taint: Any, now: str) -> Any:
    evicts = get(taint, "effect") == "NoExecute" and get(taint, "timeAdded") is None
    return {**taint, "timeAdded": now} if evicts else taint


def _update_refusals(document: Manifest, old: Manifest) -> Iterator[Violation]:
    if not text(document, "metadata", "resourceVersion"):
        yield missing(mapping(document, "metadata"), ("metadata",), "resourceVersion")
    for field in _FIXED:
        if (get(document, "metadata", field) or "") != (get(old, "metadata", field) or ""):
            yield refusal(("metadata", field), "cannot be changed by an update", "Keep its old value, or create a new object.")
