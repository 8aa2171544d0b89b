"""Which policy claims a template, as Karmada's detector decides it."""

from typing import Any

from reconciler.claim.match import index_policies
from reconciler.errors import ReconcilerError
from reconciler.load.parse import parse_override_policy, parse_propagation_policy
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import PolicyRef
from reconciler.model.manifest import Manifest, annotations_of, gvk_of, key_of, labels_of
from reconciler.model.origin import NOWHERE
from tests.conformance.karmada_claim import karmada_claim, karmada_preemption
from tests.conformance.replay import cases, check


@cases("match")
def test_match(case: dict[str, Any]) -> None:
    check(case, lambda: {"policy": _shown(_answer(case["input"]))}, ReconcilerError)


def _answer(given: dict[str, Any]) -> PolicyRef | None:
    manifest = given["object"]
    template = ResourceTemplate(key_of(manifest), gvk_of(manifest), manifest, NOWHERE)
    propagation = [document for document in given["policies"] if document["kind"].endswith("PropagationPolicy")]
    overrides = [document for document in given["policies"] if document["kind"].endswith("OverridePolicy")]
    index = index_policies(map(parse_propagation_policy, propagation))
    if updated := given.get("updated_policy"):
        ref = PolicyRef(updated["kind"], updated["namespace"] or "", updated["name"])
        return karmada_preemption(template, _recorded_claim(manifest), index.by_ref[ref], index)
    override_refs = frozenset(parse_override_policy(document).ref for document in overrides)
    claim = karmada_claim(template, _recorded_claim(manifest), index, override_refs)
    if claim.waiting_for:
        raise ReconcilerError("waiting for dependent overrides")
    return claim.policy.ref if claim.policy else None


def _recorded_claim(manifest: Manifest) -> PolicyRef | None:
    """What the marks on the object say; an incomplete set of marks says nothing."""
    labels, annotations = labels_of(manifest), annotations_of(manifest)
    for kind, prefix in (
        ("PropagationPolicy", "propagationpolicy"),
        ("ClusterPropagationPolicy", "clusterpropagationpolicy"),
    ):
        namespace = annotations.get(f"{prefix}.karmada.io/namespace", "")
        name = annotations.get(f"{prefix}.karmada.io/name", "")
        complete = name and labels.get(f"{prefix}.karmada.io/permanent-id") and (namespace or kind.startswith("Cluster"))
        if complete:
            return PolicyRef(kind, namespace, name)
    return None


def _shown(ref: PolicyRef | None) -> dict[str, Any] | None:
    return ref and {"kind": ref.kind, "namespace": ref.namespace or None, "name": ref.name}
