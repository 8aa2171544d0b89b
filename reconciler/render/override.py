"""Which override rules apply to an object, in which order, and with what result (Karmada pkg/util/overridemanager).

ClusterOverridePolicies are one class of policies, the OverridePolicies of the object's namespace are the other; the cluster-wide
class comes first. Within a class, policies that match everything come before policies that match by label, and these before
policies that match by name; then the policy name counts, and rules apply as written. A later rule wins. The policies of a class
are selected by the object as it is when the class begins, so an OverridePolicy sees labels that a ClusterOverridePolicy changed.
Every matching rule applies, and one error means that the object cannot be rendered for the cluster.

The cluster matters only for which rules' targets match. Therefore the work has three parts: `candidates` once per object,
`matching` once per list of rules for all clusters, `apply_rules` once per distinct result. `render_template.py` combines them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reconciler.errors import ReconcilerError
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.manifest import Manifest, key_of
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
from reconciler.render.overriders.fields import override_field
from reconciler.render.overriders.image import override_image
from reconciler.render.overriders.labels import override_labels
from reconciler.render.overriders.plaintext import Patched, override_plaintext


class OverrideError(ReconcilerError):
    """A rule cannot be applied to an object, so the object cannot be rendered for the clusters of this rule."""

    def __init__(self, rule: Rule, subject: str, cause: ReconcilerError) -> None:
        super().__init__(
            f"{subject}: rule {rule.position} of {rule.policy} ({rule.rule.origin}) fails: {cause.message}",
            remedy=cause.remedy or "Correct the rule, or change its policy so that it does not select this object.",
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
"""The rules that apply to an object in one cluster, in order. Clusters with the same rules share one tuple."""


@dataclass(frozen=True, slots=True)
class Overridden:
    """An object after override rules."""

    manifest: Manifest
    applied: tuple[AppliedRule, ...] = ()
    """The rules that were applied, including those that changed nothing."""


def by_namespace(policies: Iterable[OverridePolicy]) -> Mapping[str, tuple[OverridePolicy, ...]]:
    """The two classes of policies: cluster-wide ones under the empty namespace, the others under their own."""
    classes: dict[str, list[OverridePolicy]] = {}
    for policy in policies:
        classes.setdefault("" if policy.cluster_scoped else policy.ref.namespace, []).append(policy)
    return {namespace: tuple(members) for namespace, members in classes.items()}


def candidates(manifest: Manifest, policies: Iterable[OverridePolicy]) -> list[OverridePolicy]:
    """The policies of one class that select this object, in the order in which they apply."""
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
    """For each cluster, the rules whose target matches it. Equal results are the same tuple."""
    shared: dict[tuple[bool, ...], Signature] = {}
    signatures: dict[ClusterName, Signature] = {}
    for cluster in clusters:
        flags = tuple(rule.rule.target is None or rule.rule.target.matches(cluster) for rule in rules)
        if flags not in shared:
            shared[flags] = tuple(rule for rule, matches in zip(rules, flags, strict=True) if matches)
        signatures[cluster.name] = shared[flags]
    return signatures


def apply_rules(manifest: Manifest, rules: Signature, *, karmada_exact: bool = False) -> Overridden:
    """The object after these rules, applied in this order. Raises OverrideError.

    karmada_exact: drop the digest of an image that also has a tag, and rewrite the YAML of a text field, as Karmada does. Only
    the comparison with Karmada sets it.
    """
    if not rules:
        return Overridden(manifest)
    original, applied = manifest, []
    for rule in rules:
        paths: list[str] = []
        try:
            for overrider in rule.rule.overriders:
                manifest, changed = apply_overrider(overrider, manifest, karmada_exact=karmada_exact)
                paths.extend(changed)
        except ReconcilerError as error:
            raise OverrideError(rule, str(key_of(original)), error) from error
        applied.append(AppliedRule(rule.policy, rule.position, rule.rule.origin, tuple(paths)))
    return Overridden(manifest, tuple(applied))


def apply_overrider(overrider: Overrider, manifest: Manifest, *, karmada_exact: bool = False) -> Patched:
    match overrider:
        case ImageOverrider():
            return override_image(overrider, manifest, karmada_exact=karmada_exact)
        case CommandArgsOverrider():
            return override_command(overrider, manifest)
        case LabelAnnotationOverrider():
            return override_labels(overrider, manifest)
        case FieldOverrider():
            return override_field(overrider, manifest, karmada_exact=karmada_exact)
        case PlaintextOverrider():
            return override_plaintext(overrider, manifest)
