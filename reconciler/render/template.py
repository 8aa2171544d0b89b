"""From a template and its binding to the exact manifest for every target cluster.

The order of work is Karmada's (pkg/controllers/binding/common.go, ensureWork): the cluster's number, a Job's
completions, override rules, cleaning; then our digest and marks. Overrides thus have the last word on numbers, and
none on status, finalizers and the like. The digest is taken after the cleaning, so that it names what the member is
given and nothing else.

Two clusters with the same numbers and the same rules get one manifest object: the work is done once per distinct
result, and what remains per cluster is a look-up. With a thousand clusters that decides between seconds and minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.interpreter import registry
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, key_of, text
from reconciler.model.memo import Memo
from reconciler.model.overrides import OverridePolicy
from reconciler.model.ownership import conflict_resolution, marked
from reconciler.model.work import RenderedManifest
from reconciler.render.digest import digest_of
from reconciler.render.override import (
    Overridden,
    OverrideError,
    Signature,
    apply_rules,
    by_namespace,
    candidates,
    matching,
    rules_of,
)


@dataclass(frozen=True, slots=True)
class RenderContext:
    """What is the same for all templates of one pass. The same tuples, the same memo: nothing is computed twice."""

    clusters: tuple[Cluster, ...]
    policies: tuple[OverridePolicy, ...]
    instance: str
    """The name in our label."""
    memo: Memo
    interpreter: Interpreter = BUILT_IN


@dataclass(frozen=True, slots=True)
class Rendering:
    """What became of one template, per target cluster; a cluster that is no target is in neither."""

    manifests: dict[ClusterName, RenderedManifest]
    failed: dict[ClusterName, Issue]
    """Clusters for which nothing of the object may be written; the others go on."""


class _Order(NamedTuple):
    """What is asked for, the same for all clusters."""

    template: ResourceTemplate
    named: ResourceKey
    """The template's key as its manifest spells it."""
    conflict: str
    context: RenderContext


Numbers: TypeAlias = tuple[int | None, int | None]
"""What scheduling gives one cluster: replicas and completions."""


class _Begun(NamedTuple):
    """The object after the cluster-wide policies."""

    overridden: Overridden
    replicas: int | None
    """The number that was set."""
    signatures: Mapping[ClusterName, Signature]
    """Which rules of its own namespace are for which cluster."""


def render_template(
    template: ResourceTemplate, binding: Binding, conflict: str, context: RenderContext, uid: str | None = None
) -> Rendering:
    """The manifests for the binding's targets, as far as these are among the context's clusters.

    conflict: the claiming policy's `conflictResolution`; empty counts as Abort.
    uid: breaks ties of a Job's completions; by default the template's own.
    """
    order = _Order(template, key_of(template.manifest), conflict, context)
    rendering = Rendering({}, {})
    try:
        groups = by_numbers(template, binding, template.uid if uid is None else uid, context.memo)
    except ReconcilerError as failure:
        _note(rendering, binding.cluster_names, _issue(template, failure))
        return rendering
    signatures = signatures_of(template.manifest, "", context)
    for numbers, names in groups.items():
        for signature, members in context.memo(_by_signature, names, signatures):
            _render_alike(order, _begin(order, numbers, signature), members, rendering)
    return rendering


def by_numbers(template: ResourceTemplate, binding: Binding, uid: str, memo: Memo) -> Mapping[Numbers, Sequence[ClusterName]]:
    """The targets, those with the same numbers together. Raises MalformedObjectError."""
    completions = _NONE
    if binding.divided and binding.replicas > 0:
        shares = {str(target.name): target.replicas for target in binding.targets}
        completions = registry.completions_by_cluster(template.manifest, shares, uid) or _NONE
    return memo(_alike, binding.targets, binding.workload, completions)


def _alike(
    targets: tuple[TargetCluster, ...], workload: bool, completions: Mapping[str, int]
) -> Mapping[Numbers, Sequence[ClusterName]]:
    """Templates that every cluster gets in full have the very same targets, so most of them are told apart once."""
    groups: defaultdict[Numbers, list[ClusterName]] = defaultdict(list)
    for target in targets:
        groups[target.replicas if workload else None, completions.get(target.name)].append(target.name)
    return groups


def _by_signature(
    names: Sequence[ClusterName], signatures: Mapping[ClusterName, Signature]
) -> Iterable[tuple[Signature, list[ClusterName]]]:
    """Without the clusters that nobody knows. Equal signatures are one object, so they are told apart by identity."""
    groups: defaultdict[int, list[ClusterName]] = defaultdict(list)
    for name in names:
        groups[id(signatures.get(name))].append(name)
    groups.pop(id(None), None)
    return [(signatures[members[0]], members) for members in groups.values()]


def _render_alike(order: _Order, begun: _Begun | Issue, names: Sequence[ClusterName], rendering: Rendering) -> None:
    """Renders for clusters that agree up to here."""
    if isinstance(begun, Issue):
        _note(rendering, names, begun)
        return
    for signature, members in order.context.memo(_by_signature, names, begun.signatures):
        _note(rendering, members, _finish(order, begun, signature))


def _note(rendering: Rendering, names: Iterable[ClusterName], result: RenderedManifest | Issue) -> None:
    if isinstance(result, Issue):
        rendering.failed.update(dict.fromkeys(names, result))
    else:
        rendering.manifests.update(dict.fromkeys(names, result))


def signatures_of(manifest: Manifest, namespace: str, context: RenderContext) -> Mapping[ClusterName, Signature]:
    """For each cluster, the rules of one class of policies that act on this object there."""
    memo = context.memo
    policies = memo(by_namespace, context.policies).get(namespace)
    if policies is None:
        return memo(matching, (), context.clusters)
    head = text(manifest, "apiVersion"), text(manifest, "kind"), manifest.get("metadata")
    selected = memo.tuple(memo(_selected, *head, policies))
    return memo(matching, memo(rules_of, selected), context.clusters)


def _selected(api_version: str, kind: str, metadata: Any, policies: tuple[OverridePolicy, ...]) -> list[OverridePolicy]:
    """Selection looks at nothing else of an object, so that its numbers and its spec do not make it happen again."""
    return candidates({"apiVersion": api_version, "kind": kind, "metadata": metadata}, policies)


def _begin(order: _Order, numbers: Numbers, signature: Signature) -> _Begun | Issue:
    template, context = order.template, order.context
    try:
        manifest, replicas = with_numbers(template.manifest, numbers, context.interpreter)
        overridden = apply_rules(manifest, signature)
    except ReconcilerError as failure:
        return _issue(template, failure)
    namespace = text(overridden.manifest, "metadata", "namespace")
    # An object without namespace has no second class: under the empty name it would meet the first one again.
    signatures = (
        signatures_of(overridden.manifest, namespace, context) if namespace else context.memo(matching, (), context.clusters)
    )
    return _Begun(overridden, replicas, signatures)


def with_numbers(template: Manifest, numbers: Numbers, interpreter: Interpreter) -> tuple[Manifest, int | None]:
    """The template with one cluster's numbers, and the number of replicas that it states because of them."""
    replicas, completions = numbers
    manifest, written = template, None
    if replicas is not None:
        manifest = interpreter.revise(template, replicas)
        if manifest is not template or interpreter.count(template) == replicas:
            written = replicas
    if completions is not None:
        manifest = registry.with_completions(manifest, completions)
    return manifest, written


def _finish(order: _Order, begun: _Begun, signature: Signature) -> RenderedManifest | Issue:
    template = order.template
    try:
        overridden = apply_rules(begun.overridden.manifest, signature)
        manifest = registry.clean(overridden.manifest)
    except ReconcilerError as failure:
        return _issue(template, failure)
    key, digest = key_of(manifest), digest_of(manifest)
    if key == order.named:  # Not renamed by an override.
        key = template.key
    return RenderedManifest(
        key=key,
        manifest=marked(manifest, key, digest, order.context.instance),
        digest=digest,
        origin=template.origin,
        overrides=begun.overridden.applied + overridden.applied,
        replicas=begun.replicas,
        conflict_resolution=conflict_resolution(manifest, order.conflict),
    )


def _issue(template: ResourceTemplate, failure: ReconcilerError) -> Issue:
    if isinstance(failure, OverrideError):
        origin, reason, message = failure.origin, "OverrideFailed", failure.message
    else:
        origin, reason, message = template.origin, "MalformedObject", f"{template.key}: {failure.message}"
    return error(reason, message, failure.remedy, origin=origin, subject=template.key)


_NONE: Mapping[str, int] = {}
