"""What a member receives (family `render`, from Karmada): numbers, overrides, cleaning, and what an existing object
keeps.

Karmada's bookkeeping and ours is left out on both sides; where Karmada writes its decision on conflicts, ours must
agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.load.parse import parse_cluster, parse_override_policy
from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import annotations_of, get, gvk_of, key_of, labels_of, text
from reconciler.model.memo import Memo
from reconciler.model.origin import NOWHERE
from reconciler.model.ownership import CONFLICT_ANNOTATION, DIGEST_ANNOTATION, ID_ANNOTATION, INSTANCE_LABEL
from reconciler.model.work import RenderedManifest
from reconciler.plan.conflict import may_write
from reconciler.plan.retain import ManagedKeys, retain
from reconciler.render.render_template import RenderContext, render_template
from reconciler.schedule.dependencies import merge_targets
from tests.conformance.replay import cases, check

BOOKKEEPING = {
    INSTANCE_LABEL,
    ID_ANNOTATION,
    DIGEST_ANNOTATION,
    CONFLICT_ANNOTATION,
    "karmada.io/managed",
    "resourcebinding.karmada.io/permanent-id",
    "clusterresourcebinding.karmada.io/permanent-id",
    "work.karmada.io/permanent-id",
    "resourcebinding.karmada.io/name",
    "resourcebinding.karmada.io/namespace",
    "clusterresourcebinding.karmada.io/name",
    "resourcetemplate.karmada.io/uid",
    "resourcetemplate.karmada.io/generation",
    "resourcetemplate.karmada.io/managed-labels",
    "resourcetemplate.karmada.io/managed-annotations",
    "work.karmada.io/name",
    "work.karmada.io/namespace",
}


class RefusedError(Exception):
    """No manifest for this cluster, with a reason."""


@cases("render")
def test_render(case: dict[str, Any]) -> None:
    expected = get(case, "expect", "manifest")
    if expected is not None:
        case["expect"]["manifest"] = without_bookkeeping(expected)

    def run() -> dict[str, Any]:
        rendered = render(case["input"])
        if rendered is None:
            return {"manifest": None}
        if expected is not None:
            assert rendered.conflict_resolution.lower() == annotations_of(expected)[CONFLICT_ANNOTATION]
        observed = case["input"].get("observed")
        manifest = rendered.manifest if observed is None else update(rendered, observed)
        return {"manifest": without_bookkeeping(manifest)}

    check(case, run, (RefusedError, ReconcilerError))


def render(given: dict[str, Any]) -> RenderedManifest | None:
    document, cluster = given["template"], parse_cluster(given["cluster"])
    template = ResourceTemplate(key_of(document), gvk_of(document), document, NOWHERE)
    policies = tuple(parse_override_policy(policy) for policy in given.get("policies", ()))
    context = RenderContext((cluster,), policies, "reconciler", Memo())
    conflict = text(given["binding"], "spec", "conflictResolution")
    uid = text(document, "metadata", "uid")
    rendering = render_template(template, binding_of(template, given["binding"]["spec"]), conflict, context, uid)
    if cluster.name in rendering.failed:
        raise RefusedError(rendering.failed[cluster.name].message)
    return rendering.manifests.get(cluster.name)


def binding_of(template: ResourceTemplate, spec: dict[str, Any]) -> Binding:
    """The clusters of the binding itself and of those that require it."""
    required = tuple(RequiredBy(template.key, targets_of(user.get("clusters"))) for user in spec.get("requiredBy") or ())
    replicas = spec.get("replicas", 0)
    return Binding(
        key=template.key,
        policy=None,
        targets=merge_targets(targets_of(spec.get("clusters")), required),
        replicas=replicas,
        divided=get(spec, "placement", "replicaScheduling", "replicaSchedulingType") == "Divided",
        workload=replicas > 0 or spec.get("replicaRequirements") is not None or bool(spec.get("components")),
    )


def targets_of(clusters: list[dict[str, Any]] | None) -> tuple[TargetCluster, ...]:
    return tuple(TargetCluster(ClusterName(entry["name"]), entry.get("replicas", 0)) for entry in clusters or ())


def update(rendered: RenderedManifest, observed: dict[str, Any]) -> Mapping[str, Any]:
    ours = labels_of(observed).get("karmada.io/managed") == "true"
    if not may_write(rendered.conflict_resolution, ours=ours):
        raise RefusedError("not managed")
    previous = ManagedKeys(noted(observed, "labels"), noted(observed, "annotations"))
    return retain(rendered.manifest, observed, previous, karmada_exact=True)


def noted(observed: dict[str, Any], what: str) -> frozenset[str]:
    """The keys that Karmada stated when it wrote the object last."""
    return frozenset(text(annotations_of(observed), f"resourcetemplate.karmada.io/managed-{what}").split(","))


def without_bookkeeping(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the keys of either program, and without a map that is empty then."""
    metadata = dict(manifest.get("metadata", {}))
    for name in ("labels", "annotations"):
        metadata[name] = dict(_others(metadata.get(name) or {}))
        if not metadata[name]:
            del metadata[name]
    return {**manifest, "metadata": metadata}


def _others(entries: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return ((key, value) for key, value in entries.items() if key not in BOOKKEEPING)
