"""Rendering of a template and its binding into the exact manifest for every target cluster.

The order of the steps is Karmada's (pkg/controllers/binding/common.go, ensureWork): the cluster's replicas, a Job's completions,
override rules, cleaning. Where the limits of autoscalers are divided, they come with the replicas. Our digest and marks follow.
Overrides can therefore change the number of replicas, but not status, finalizers and other fields that cleaning removes. The
digest is computed after cleaning, so that it names exactly what the member gets.

Clusters with the same numbers and the same rules share one manifest object: each distinct result is computed once, and the rest
is one look-up per cluster. With a thousand clusters this makes the difference between seconds and minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.interpreter import registry
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, key_of, text
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
    not_overridden,
    rules_of,
)
from reconciler.render.scaler_limits import Limits, divide_limits, with_limits


@dataclass(frozen=True, slots=True)
class RenderContext:
    """The input that is the same for all templates of one pass. With the same tuples and memo, nothing is computed twice."""

    clusters: tuple[Cluster, ...]
    policies: tuple[OverridePolicy, ...]
    instance: str
    """The value of our label, `reconciler.dev/instance`."""
    memo: Memo
    interpreter: Interpreter = BUILT_IN


@dataclass(frozen=True, slots=True)
class Rendering:
    """The result for one template, by target cluster; clusters that are not targets are in neither mapping."""

    manifests: dict[ClusterName, RenderedManifest]
    failed: dict[ClusterName, Issue]
    """Clusters for which the object could not be rendered, or is not valid; the others are not affected."""
    notices: tuple[Issue, ...] = ()
    """Everything that is wrong with what was rendered, sorted; also what keeps no cluster from getting it."""


NOTHING_RENDERED = Rendering({}, {})


def without_clusters(rendering: Rendering, names: Collection[ClusterName]) -> Rendering:
    """The rendering without these clusters."""
    manifests = {name: manifest for name, manifest in rendering.manifests.items() if name not in names}
    failed = {name: issue for name, issue in rendering.failed.items() if name not in names}
    return Rendering(manifests, failed, rendering.notices)


class _Request(NamedTuple):
    """The input that is the same for all clusters."""

    template: ResourceTemplate
    stated_key: ResourceKey
    """The template's key as its manifest states it."""
    conflict: str
    context: RenderContext


Numbers: TypeAlias = tuple[int | None, int | None, Limits | None]
"""What scheduling assigns to one cluster: replicas, completions, and the limits of an autoscaler."""

_Numbered: TypeAlias = tuple[Manifest, int | None]
"""The template with the numbers of one cluster, and the number of replicas that was written."""


Completions: TypeAlias = Mapping[str, int] | Mapping[ClusterName, int]
"""By cluster."""


class _Intermediate(NamedTuple):
    """The object after the cluster-wide policies."""

    overridden: Overridden
    replicas: int | None
    """The number of replicas that was written."""
    signatures: Mapping[ClusterName, Signature]
    """By cluster, the rules of the object's namespace."""


def render_template(
    template: ResourceTemplate,
    binding: Binding,
    conflict: str,
    context: RenderContext,
    uid: str | None = None,
    shares: TargetShares | None = None,
) -> Rendering:
    """The manifests for those targets of the binding that are among the context's clusters.

    conflict: the claiming policy's `conflictResolution`; empty counts as Abort.
    uid: breaks ties when a Job's completions are divided; by default the template's own.
    shares: of the workload that the object scales, where its limits are divided by them.
    """
    request = _Request(template, key_of(template.manifest), conflict, context)
    rendering = Rendering({}, {})
    try:
        groups = group_by_numbers(template, binding, uid, context.memo, shares)
    except ReconcilerError as failure:
        _add_result(rendering, binding.cluster_names, _issue(template, failure))
        return rendering
    signatures = signatures_of(template.manifest, "", context)
    for numbers, names in groups.items():
        numbered = _with_numbers(request, numbers)
        for signature, members in context.memo(_by_signature, names, signatures):
            _render_group(request, _apply_cluster_wide(request, numbered, signature), members, rendering)
    return rendering


def group_by_numbers(
    template: ResourceTemplate, binding: Binding, uid: str | None, memo: Memo, shares: TargetShares | None = None
) -> Mapping[Numbers, Sequence[ClusterName]]:
    """The targets, grouped by their numbers. uid, shares: as for `render_template`. Raises MalformedObjectError."""
    completions: Completions = binding.completions or _NONE
    if not binding.completions and binding.divided and binding.replicas > 0 and registry.has_completions(template.manifest):
        replicas = {str(target.name): target.replicas for target in binding.targets}
        tie_breaker = template.uid if uid is None else uid
        completions = registry.completions_by_cluster(template.manifest, replicas, tie_breaker) or _NONE
    limits = divide_limits(template.manifest, shares, binding.cluster_names) if shares is not None else _NO_LIMITS
    return memo(_group_targets, binding.targets, binding.workload, completions, limits)


def _group_targets(
    targets: tuple[TargetCluster, ...], workload: bool, completions: Completions, limits: Mapping[ClusterName, Limits]
) -> Mapping[Numbers, Sequence[ClusterName]]:
    """Duplicated templates share one tuple of targets, so the memo groups it once for most of them."""
    groups: defaultdict[Numbers, list[ClusterName]] = defaultdict(list)
    for target in targets:
        name = target.name
        groups[target.replicas if workload else None, completions.get(name), limits.get(name)].append(name)
    return groups


def _by_signature(
    names: Sequence[ClusterName], signatures: Mapping[ClusterName, Signature]
) -> Iterable[tuple[Signature, list[ClusterName]]]:
    """The clusters grouped by their rules, without unknown clusters. Equal signatures are one object, so identity is compared."""
    groups: defaultdict[int, list[ClusterName]] = defaultdict(list)
    for name in names:
        groups[id(signatures.get(name))].append(name)
    groups.pop(id(None), None)
    return [(signatures[members[0]], members) for members in groups.values()]


def _render_group(
    request: _Request, intermediate: _Intermediate | Issue, names: Sequence[ClusterName], rendering: Rendering
) -> None:
    """Renders for clusters with the same numbers and the same cluster-wide rules."""
    if isinstance(intermediate, Issue):
        _add_result(rendering, names, intermediate)
        return
    for signature, members in request.context.memo(_by_signature, names, intermediate.signatures):
        _add_result(rendering, members, _apply_namespaced(request, intermediate, signature))


def _add_result(rendering: Rendering, names: Iterable[ClusterName], result: RenderedManifest | Issue) -> None:
    if isinstance(result, Issue):
        rendering.failed.update(dict.fromkeys(names, result))
    else:
        rendering.manifests.update(dict.fromkeys(names, result))


def signatures_of(manifest: Manifest, namespace: str, context: RenderContext) -> Mapping[ClusterName, Signature]:
    """For each cluster, the rules of one class of policies that apply to this object. namespace: empty for the cluster-wide
    class."""
    memo = context.memo
    policies = memo(by_namespace, context.policies).get(namespace)
    if policies is None:
        return memo(matching, (), context.clusters)
    metadata = manifest.get("metadata")
    names = text(manifest, "apiVersion"), text(manifest, "kind"), text(metadata, "namespace"), text(metadata, "name")
    selected = memo.tuple(memo(_selected, *names, get(metadata, "labels"), policies))
    return memo(matching, memo(rules_of, selected), context.clusters)


def _selected(
    api_version: str, kind: str, namespace: str, name: str, labels: Any, policies: tuple[OverridePolicy, ...]
) -> list[OverridePolicy]:
    """The policies that select an object. Selection depends only on these fields, so a change elsewhere does not repeat it."""
    metadata = {"namespace": namespace, "name": name, "labels": labels}
    return candidates({"apiVersion": api_version, "kind": kind, "metadata": metadata}, policies)


def _with_numbers(request: _Request, numbers: Numbers) -> _Numbered | Issue:
    try:
        return with_numbers(request.template.manifest, numbers, request.context.interpreter)
    except ReconcilerError as failure:
        return _issue(request.template, failure)


def _apply_cluster_wide(request: _Request, numbered: _Numbered | Issue, signature: Signature) -> _Intermediate | Issue:
    if isinstance(numbered, Issue):
        return numbered
    (manifest, replicas), template, context = numbered, request.template, request.context
    try:
        overridden = apply_rules(not_overridden(manifest), signature, context.memo)
    except ReconcilerError as failure:
        return _issue(template, failure)
    namespace = text(overridden.manifest, "metadata", "namespace")
    # An object without a namespace has no second class; the empty name would select the cluster-wide class again.
    signatures = (
        signatures_of(overridden.manifest, namespace, context) if namespace else context.memo(matching, (), context.clusters)
    )
    return _Intermediate(overridden, replicas, signatures)


def with_numbers(template: Manifest, numbers: Numbers, interpreter: Interpreter) -> _Numbered:
    """The template with one cluster's numbers, and the number of replicas that was written; None if none was."""
    replicas, completions, limits = numbers
    manifest, written = template, None
    if replicas is not None:
        manifest = interpreter.revise(template, replicas)
        if manifest is not template or interpreter.count(template) == replicas:
            written = replicas
    if completions is not None:
        manifest = registry.with_completions(manifest, completions)
    if limits is not None:
        manifest = with_limits(manifest, limits)
    return manifest, written


def _apply_namespaced(request: _Request, intermediate: _Intermediate, signature: Signature) -> RenderedManifest | Issue:
    template = request.template
    try:
        overridden = apply_rules(intermediate.overridden, signature, request.context.memo)
        manifest = registry.clean(overridden.manifest)
    except ReconcilerError as failure:
        return _issue(template, failure)
    key, digest = key_of(manifest), digest_of(manifest)
    if key == request.stated_key:  # No override renamed the object.
        key = template.key
    return RenderedManifest(
        key=key,
        manifest=marked(manifest, key, digest, request.context.instance),
        digest=digest,
        origin=template.origin,
        overrides=overridden.applied,
        replicas=intermediate.replicas,
        conflict_resolution=conflict_resolution(manifest, request.conflict),
        sealed=template.sealed,
    )


def _issue(template: ResourceTemplate, failure: ReconcilerError) -> Issue:
    if isinstance(failure, OverrideError):
        origin, reason, message = failure.origin, "OverrideFailed", failure.message
    else:
        origin, reason, message = template.origin, "MalformedObject", f"{template.key}: {failure.message}"
    return error(reason, message, failure.remedy, origin=origin, subject=template.key)


_NONE: Mapping[str, int] = {}
_NO_LIMITS: Mapping[ClusterName, Limits] = {}
