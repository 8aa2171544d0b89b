"""The template and the policy of an object that a member has (karmadactl promote). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.documents.writer import dump
from reconciler.interpreter import registry
from reconciler.interpreter.defaults import without_defaults
from reconciler.model.desired import DesiredState
from reconciler.model.file_names import path_part
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import (
    Manifest,
    annotations_of,
    hidden_fields,
    is_secret,
    key_of,
    labels_of,
    sequence,
    without,
    without_empty,
)
from reconciler.model.ownership import INSTANCE_LABEL, unmarked


class PromotionError(ValueError):
    """The object does not become a template; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """What is written for one object."""

    key: ResourceKey
    file: str
    text: str
    """Template and policy, as YAML."""
    message: str
    """Of the commit."""


@dataclass(frozen=True, slots=True)
class PromotionOptions:
    clusters: tuple[str, ...]
    """To which the policy places it."""
    file: str = ""
    """Where to write; empty: `NAMESPACE/KIND-NAME.yaml`."""
    with_policy: bool = True
    dependencies: bool = False
    """Whether what it refers to follows it (`propagateDeps`)."""
    secrets: bool = False
    """Whether a Secret may be written in plain text."""


def promote(live: Manifest, desired: DesiredState, options: PromotionOptions) -> Promotion:
    """live: the object as the member has it. desired: what HEAD declares. Raises PromotionError."""
    key = key_of(live)
    _refuse(live, key, desired, options)
    template = template_of(live)
    documents = [template, *([_policy(template, key, options)] if options.with_policy else [])]
    kind = path_part(key.kind.lower())
    file = options.file or f"{path_part(key.namespace) if key.namespace else 'cluster'}/{kind}-{path_part(key.name)}.yaml"
    places = ", ".join(options.clusters)
    message = f"Promote {key}\n\nThe template is what the member {options.clusters[0]} has. It is placed on {places}.\n"
    return Promotion(key, file, "---\n".join(dump(document) for document in documents), message)


def template_of(live: Manifest) -> Manifest:
    """The object without what servers and clusters add: status, marks, allocated values, defaults."""
    cleaned = without_defaults(registry.clean(unmarked(live)))
    for name in _OF_CONTROLLERS:
        cleaned = without(cleaned, ("metadata", "annotations", name))
    for label in labels_of(cleaned):
        if label.endswith("karmada.io/permanent-id") or label == "karmada.io/managed":
            cleaned = without(cleaned, ("metadata", "labels", label))
    for name in annotations_of(cleaned):
        if "karmada.io/" in name:
            cleaned = without(cleaned, ("metadata", "annotations", name))
    for member in ("labels", "annotations"):
        cleaned = without_empty(cleaned, ("metadata", member))
    return cleaned


_OF_CONTROLLERS = ("kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/revision")


def _refuse(live: Manifest, key: ResourceKey, desired: DesiredState, options: PromotionOptions) -> None:
    found: Mapping[ResourceKey, Any] = desired.templates_by_key
    if key in found:
        raise PromotionError(f"HEAD declares {key} already, in {found[key].origin}")
    if owner := labels_of(live).get(INSTANCE_LABEL):
        raise PromotionError(f"{key} was applied by the reconciler instance {owner} already; its template is in that repository")
    if owners := [one for one in sequence(live, "metadata", "ownerReferences") if one.get("controller")]:
        first = owners[0]
        raise PromotionError(f"{key} belongs to {first.get('kind')} {first.get('name')}, which makes it: promote that object")
    if not is_secret(key) and hidden_fields(live):
        raise PromotionError(
            f"{key} has values that were encrypted in Git, and would be in Git in plain text. Write it encrypted"
        )
    if is_secret(key) and not options.secrets:
        raise PromotionError(f"{key} would be in Git in plain text. Write it encrypted, or allow it with --allow-secret")


def _policy(template: Manifest, key: ResourceKey, options: PromotionOptions) -> dict[str, Any]:
    """As karmadactl writes it: the object is taken over where it is, and stays if the template goes."""
    selector = {"apiVersion": template["apiVersion"], "kind": key.kind, "name": key.name}
    spec: dict[str, Any] = {
        "resourceSelectors": [selector],
        "conflictResolution": "Overwrite",
        "preserveResourcesOnDeletion": True,
        **({"propagateDeps": True} if options.dependencies else {}),
        "placement": {"clusterAffinity": {"clusterNames": list(options.clusters)}},
    }
    kind = "PropagationPolicy" if key.namespace else "ClusterPropagationPolicy"
    metadata = {
        "name": f"{key.kind.lower()}-{key.name}"[:63].rstrip("-."),
        **({"namespace": key.namespace} if key.namespace else {}),
    }
    return {"apiVersion": "policy.karmada.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
