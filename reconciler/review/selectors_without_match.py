"""Warnings about selectors of policies that match no template (`MatchesNothing`).

An OverridePolicy selects objects as the cluster-wide override policies leave them, so its selectors are compared with these
objects. All other policies select templates as Git has them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from reconciler.claim.reserved import SKIP_AUTO_PROPAGATION
from reconciler.interpreter.registry import pod_spec_path
from reconciler.load.schemas.removed import removed
from reconciler.load.scope import Scope, scope_of
from reconciler.model.issues import Issue, warning
from reconciler.model.keys import GroupVersionKind, ResourceKey
from reconciler.model.label_guess import guess_label, missing_label
from reconciler.model.manifest import Manifest, gvk_of, key_of, labels_of, mapping, text
from reconciler.model.origin import Origin
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy, ResourceSelector
from reconciler.model.resource_selectors import Closeness, closeness_of
from reconciler.model.selector import LabelSelector
from reconciler.model.spelling import did_you_mean
from reconciler.pipeline.compiled import Compiled
from reconciler.review.override_runs import OverrideRun
from reconciler.review.places import Place, of_object

Candidates: TypeAlias = Mapping[tuple[str, str, str], Sequence[Manifest]]
"""(apiVersion, kind, name) → objects; all of a kind are under the empty name, too."""


def selectors_without_match(compiled: Compiled, runs: Sequence[OverrideRun], place: Place = of_object) -> Iterator[Issue]:
    """runs: the override rules of every template, from `override_runs`. place: as for `lint`."""
    templates = [template.manifest for template in compiled.desired.templates]
    filled_in = {template.key: template.origin for template in compiled.desired.templates if template.namespace_filled_in}
    rendered = {run.template.key for run in runs}
    not_rendered = [template.manifest for template in compiled.desired.templates if template.key not in rendered]
    in_git = _candidates(templates)
    before_namespaced = _candidates([*not_rendered, *(run.before_namespaced for run in runs)])
    policies: tuple[PropagationPolicy | OverridePolicy, ...]
    policies = (*compiled.desired.policies, *compiled.desired.override_policies)
    for policy in policies:
        candidates = before_namespaced if policy.ref.kind == "OverridePolicy" else in_git
        for position, selector in enumerate(policy.selectors):
            if not _matches_any(selector, candidates):
                name = f" {selector.name}" if selector.name else ""
                message = f"{policy.ref}: the selector {selector.api_version} {selector.kind}{name} matches no template"
                remedy = _remedy(policy, selector, templates, filled_in)
                origin = place(policy.origin, ("spec", "resourceSelectors", position))
                yield warning("MatchesNothing", message, remedy, origin=origin, subject=policy.ref)


def _candidates(manifests: Iterable[Manifest]) -> Candidates:
    candidates: dict[tuple[str, str, str], list[Manifest]] = {}
    for manifest in manifests:
        for name in (text(manifest, "metadata", "name"), ""):
            candidates.setdefault((text(manifest, "apiVersion"), text(manifest, "kind"), name), []).append(manifest)
    return candidates


def _matches_any(selector: ResourceSelector, candidates: Candidates) -> bool:
    places = [(version, selector.kind, selector.name) for version in selector.api_versions]
    manifests = (manifest for place in places for manifest in candidates.get(place, ()))
    return any(closeness_of((selector,), manifest) is not Closeness.NONE for manifest in manifests)


def _remedy(
    policy: PropagationPolicy | OverridePolicy,
    selector: ResourceSelector,
    templates: Sequence[Manifest],
    filled_in: Mapping[ResourceKey, Origin],
) -> str:
    """What makes the selector match. The reason is looked for in the objects that match when one condition is left out.

    filled_in: the templates that state no namespace, and where they are.
    """
    gvk = GroupVersionKind.parse(selector.api_version, selector.kind)
    similar = [manifest for manifest in templates if closeness_of((_anywhere(selector, manifest),), manifest)]
    elsewhere = [manifest for manifest in similar if key_of(manifest).group == gvk.group]
    gone = removed(gvk_of(similar[0])) if similar and not elsewhere else None
    if gone is not None and gone.replacement == gvk:
        version = text(similar[0], "apiVersion")
        return f"{key_of(similar[0])} is written in {version}, which is no longer served. Write {gvk.api_version} there."
    if similar and not elsewhere:
        version = text(similar[0], "apiVersion")
        return f"{key_of(similar[0])} is written in {version}, which is another group. Write {version} if that is meant."
    if not policy.cluster_scoped and _is_cluster_scoped(gvk, elsewhere):
        return _cluster_scoped_remedy(policy, gvk)
    for manifest in elsewhere:
        key, version = key_of(manifest), text(manifest, "apiVersion")
        if version not in selector.api_versions:
            return f"{key} is written in {version}, and {selector.api_version} is no version of its kind. Write {version}."
        if key in filled_in:
            where = selector.namespace or policy.ref.namespace
            return f"{key} states no namespace, so it counts as {key.namespace}. Write namespace: {where} in {filled_in[key]}."
        if not policy.cluster_scoped and policy.ref.namespace == DEFAULT:
            where = f"Write namespace: {key.namespace} in the policy, which is in {DEFAULT} because it says so or states none"
            return f"{key} is in another namespace. {where}; or write a Cluster{policy.ref.kind}."
        if not policy.cluster_scoped:
            return f"{key} is in another namespace. Move the policy there, or write a Cluster{policy.ref.kind}."
        if not key.namespace:
            return f"{key} is cluster-scoped. Remove the selector's namespace."
        return f"{key} is in the namespace {key.namespace}. Write that namespace, or remove the selector's namespace."
    guess = _guess(policy, selector, templates)
    return f"{guess} Otherwise remove the selector." if guess else "Correct the selector, or remove it."


def _guess(policy: PropagationPolicy | OverridePolicy, selector: ResourceSelector, templates: Sequence[Manifest]) -> str:
    """The kind of a template that the selector may mean, or else the name of a template of its kind, as a question; or which
    label no template has."""
    namespaces = (policy.ref.namespace, "") if not policy.cluster_scoped else (selector.namespace,) if selector.namespace else ()
    reachable = [key for key in map(key_of, templates) if not namespaces or key.namespace in namespaces]
    kinds = {key.kind for key in reachable}
    if selector.kind not in kinds:
        return did_you_mean(selector.kind, kinds)
    if not selector.name:
        same = [one for one in templates if key_of(one) in reachable and key_of(one).kind == selector.kind]
        labels = selector.label_selector
        return _guess_label(labels, same, selector.kind) if labels is not None and labels.requirements else ""
    return did_you_mean(selector.name, {key.name for key in reachable if key.kind == selector.kind})


def _guess_label(selector: LabelSelector, same: Sequence[Manifest], kind: str) -> str:
    """What is wrong with a selector of labels. same: the templates of the kind."""
    for manifest in same:
        key = key_of(manifest)
        path = pod_spec_path(key.group, key.kind)
        if path is not None and selector.matches(mapping(manifest, *path[:-1], "metadata", "labels")):
            here = f"the labels of its Pods ({'.'.join([*path[:-1], 'metadata', 'labels'])})"
            return (
                f"Only {here} match in {key}, and selectors look at metadata.labels of the {kind}. Write the labels there, too."
            )
    labelled = [labels_of(manifest) for manifest in same]
    return guess_label(selector, labelled, kind) or missing_label(selector, labelled, kind)


def _anywhere(selector: ResourceSelector, manifest: Manifest) -> ResourceSelector:
    """The selector without its namespace, and with the object's group and version."""
    return replace(selector, namespace="", api_version=text(manifest, "apiVersion"))


def _is_cluster_scoped(gvk: GroupVersionKind, manifests: Sequence[Manifest]) -> bool:
    scope = scope_of(gvk.group, gvk.kind)
    if scope is None:  # A kind that a CustomResourceDefinition defines: its templates show the scope.
        return bool(manifests) and not any(text(manifest, "metadata", "namespace") for manifest in manifests)
    return scope is Scope.CLUSTER


def _cluster_scoped_remedy(policy: PropagationPolicy | OverridePolicy, gvk: GroupVersionKind) -> str:
    kind = f"Cluster{policy.ref.kind}"
    if gvk.api_version == "v1" and gvk.kind == "Namespace" and policy.ref.kind == "PropagationPolicy":
        return (
            "Remove the selector: a Namespace needs no policy (spec.namespaces of the Configuration). To choose its members, "
            f'give it the label {SKIP_AUTO_PROPAGATION}: "true" and write a {kind}.'
        )
    return f"{gvk.kind} is cluster-scoped, and {_article(policy.ref.kind)} selects objects of its namespace only. Write a {kind}."


def _article(kind: str) -> str:
    return f"an {kind}" if kind.startswith("O") else f"a {kind}"


DEFAULT = "default"
"""The namespace of a policy that states none."""
