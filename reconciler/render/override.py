"""Which override rules act on an object, in which order, and what they make of it (Karmada pkg/util/overridemanager).

Cluster-wide policies come first, then those of the object's own namespace. Within a class: match-all before label
before name, then by policy name, then rules as written; what acts later wins. A class is selected on the object as it
is when the class begins, so an OverridePolicy sees labels that a ClusterOverridePolicy changed. Every matching rule
acts, and one error voids the object for the cluster.

The cluster matters only through which rules' targets match. That is why the work is cut in three: `candidates` once
per object, `matching` once per list of rules for all clusters, `apply_rules` once per distinct result; `template.py`
puts them together, and `apply_overrides` does so for one cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.manifest import Manifest, key_of, text
from reconciler.model.matching import Closeness, closeness_of
from reconciler.model.overrides import (
    CommandArgsOverrider,
    FieldOverrider,
    ImageOverrider,
    LabelAnnotationOverrider,
    OverridePolicy,
    Overrider,
    OverrideRule,
    PlaintextOverrider,
)
from reconciler.model.work import AppliedRule
from reconciler.render.overriders.command import override_command
from reconciler.render.overriders.edit import Edit
from reconciler.render.overriders.fields import override_field
from reconciler.render.overriders.image import override_image
from reconciler.render.overriders.jsonpatch import override_plaintext
from reconciler.render.overriders.labels import override_labels


class OverrideError(ReconcilerError):
    """A rule cannot act on an object, which therefore cannot be rendered for the clusters of this rule."""

    def __init__(self, rule: Rule, subject: str, cause: ReconcilerError) -> None:
        super().__init__(
            f"{subject}: rule {rule.position} of {rule.policy} ({rule.rule.origin}) fails: {cause.message}",
            remedy=cause.remedy or "Correct the rule, or let its policy select other objects.",
        )
        self.policy = rule.policy
        self.origin = rule.rule.origin


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy that selects the object."""

    policy: PolicyRef
    position: int
    """In `overrideRules`, from 0."""
    rule: OverrideRule


Signature: TypeAlias = tuple[Rule, ...]
"""The rules that act on an object in one cluster, in order. Clusters for which it is the same share one object."""


@dataclass(frozen=True, slots=True)
class Overridden:
    manifest: Manifest
    applied: tuple[AppliedRule, ...] = ()
    """Also rules that changed nothing."""


def by_namespace(policies: Iterable[OverridePolicy]) -> Mapping[str, tuple[OverridePolicy, ...]]:
    """The two classes of policies: cluster-wide ones under the empty namespace, the others under their own."""
    classes: dict[str, list[OverridePolicy]] = {}
    for policy in policies:
        classes.setdefault("" if policy.cluster_scoped else policy.ref.namespace, []).append(policy)
    return {namespace: tuple(members) for namespace, members in classes.items()}


def candidates(manifest: Manifest, policies: Iterable[OverridePolicy]) -> list[OverridePolicy]:
    """Those policies of one class that select this object, in the order in which they act."""
    selected = []
    for policy in policies:
        closeness = closeness_of(policy.selectors, manifest) if policy.selectors else Closeness.KIND
        if closeness is not Closeness.NONE:
            selected.append((closeness, policy.ref.name, policy))
    selected.sort(key=lambda entry: entry[:2])
    return [policy for *_, policy in selected]


def rules_of(policies: Iterable[OverridePolicy]) -> tuple[Rule, ...]:
    return tuple(Rule(policy.ref, position, rule) for policy in policies for position, rule in enumerate(policy.rules))


def matching(rules: Sequence[Rule], clusters: Sequence[Cluster]) -> Mapping[ClusterName, Signature]:
    """For each cluster, those of the rules that are for it. Equal answers are one object."""
    shared: dict[tuple[bool, ...], Signature] = {}
    answers: dict[ClusterName, Signature] = {}
    for cluster in clusters:
        flags = tuple(rule.rule.target is None or rule.rule.target.matches(cluster) for rule in rules)
        if flags not in shared:
            shared[flags] = tuple(rule for rule, matches in zip(rules, flags, strict=True) if matches)
        answers[cluster.name] = shared[flags]
    return answers


def apply_rules(manifest: Manifest, rules: Signature) -> Overridden:
    """The object after these rules, in this order. Raises OverrideError."""
    if not rules:
        return Overridden(manifest)
    given, applied = manifest, []
    for rule in rules:
        paths: list[str] = []
        try:
            for overrider in rule.rule.overriders:
                manifest, changed = apply_overrider(overrider, manifest)
                paths.extend(changed)
        except ReconcilerError as error:
            raise OverrideError(rule, str(key_of(given)), error) from error
        applied.append(AppliedRule(rule.policy, rule.position, rule.rule.origin, tuple(paths)))
    return Overridden(manifest, tuple(applied))


def apply_overrider(overrider: Overrider, manifest: Manifest) -> Edit:
    match overrider:
        case ImageOverrider():
            return override_image(overrider, manifest)
        case CommandArgsOverrider():
            return override_command(overrider, manifest)
        case LabelAnnotationOverrider():
            return override_labels(overrider, manifest)
        case FieldOverrider():
            return override_field(overrider, manifest)
        case PlaintextOverrider():
            return override_plaintext(overrider, manifest)


def apply_overrides(manifest: Manifest, cluster: Cluster, policies: Iterable[OverridePolicy]) -> Overridden:
    """The object as this cluster is to get it. `policies` in any order. Raises OverrideError."""
    classes = by_namespace(policies)
    first = apply_rules(manifest, _rules_for(manifest, cluster, classes.get("", ())))
    namespace = text(first.manifest, "metadata", "namespace")
    if not namespace:
        return first
    second = apply_rules(first.manifest, _rules_for(first.manifest, cluster, classes.get(namespace, ())))
    return Overridden(second.manifest, first.applied + second.applied)


def _rules_for(manifest: Manifest, cluster: Cluster, policies: Iterable[OverridePolicy]) -> Signature:
    return matching(rules_of(candidates(manifest, policies)), (cluster,))[cluster.name]
