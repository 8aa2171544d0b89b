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
from typing import NamedTuple, TypeAlias

from reconciler.documents.json_patch import PatchError
from reconciler.errors import ReconcilerError
from reconciler.interpreter.defaults import with_defaults
from reconciler.model.cluster import Cluster
from reconciler.model.keys import ClusterName, PolicyRef
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.memo import Memo
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
from reconciler.model.resource_selectors import Closeness, closeness_of
from reconciler.model.work import AppliedRule
from reconciler.render.overriders.command import override_command
from reconciler.render.overriders.fields import override_field
from reconciler.render.overriders.image import override_image
from reconciler.render.overriders.labels import override_labels
from reconciler.render.overriders.plaintext import Patched, override_plaintext
from reconciler.render.overriders.stored import coherent, override_stored


class OverrideError(ReconcilerError):
    """A rule cannot be applied to an object, so the object cannot be rendered for the clusters of this rule."""

    def __init__(self, rule: Rule, subject: str, cause: ReconcilerError) -> None:
        remedy = cause.remedy or "Correct the rule, or change its policy so that it does not select this object."
        if cause.remedy and isinstance(cause, PatchError) and cause.absent:
            remedy = f"{remedy} If the rule is not meant for this object, change spec.resourceSelectors of its policy."
        super().__init__(
            f"{subject}: rule {rule.position} of {rule.policy} ({rule.rule.origin}) fails: {cause.message}",
            remedy=remedy,
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


class Overridden(NamedTuple):
    """An object on its way through override rules."""

    manifest: Manifest
    template: Manifest
    """The object before all rules."""
    overriders: tuple[Overrider, ...] = ()
    """Those that were applied, in order."""
    applied: tuple[AppliedRule, ...] = ()
    """The rules that were applied, including those that changed nothing."""
    stored: Manifest | None = None
    """The manifest as Karmada's API server would hold it; None until an overrider addresses a field that the manifest lacks."""


def not_overridden(template: Manifest) -> Overridden:
    return Overridden(template, template)


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


def apply_rules(before: Overridden, rules: Signature, memo: Memo | None = None, *, karmada_exact: bool = False) -> Overridden:
    """The object after these rules, applied in this order. Raises OverrideError.

    memo: finds again what other copies of the template need, too.
    karmada_exact: as Karmada's function, which gets stored objects: look for no defaults, drop the digest of an image that also
    has a tag, and rewrite the YAML of a text field. Only the comparison with Karmada sets it.
    """
    memo = memo or Memo()
    for rule in rules:
        paths: list[str] = []
        try:
            for overrider in rule.rule.overriders:
                before, changed = apply_overrider(overrider, before, memo, karmada_exact=karmada_exact)
                paths.extend(changed)
        except ReconcilerError as error:
            raise OverrideError(rule, str(key_of(before.template)), error) from error
        applied = AppliedRule(rule.policy, rule.position, rule.rule.origin, tuple(paths), rule.rule.may_spoil)
        before = Overridden(before.manifest, before.template, before.overriders, (*before.applied, applied), before.stored)
    return before


def apply_overrider(
    overrider: Overrider, before: Overridden, memo: Memo | None = None, *, karmada_exact: bool = False
) -> tuple[Overridden, tuple[str, ...]]:
    """The object after one overrider, and the RFC 6901 pointers of the fields that changed. memo: as for `apply_rules`.

    Most overriders address what the manifest states, so the stored object is made for the first one that does not.
    """
    memo = memo or Memo()
    manifest, stored = before.manifest, before.stored
    if isinstance(overrider, PlaintextOverrider) and not karmada_exact:
        manifest = coherent(overrider, manifest)
    if stored is None:
        try:
            patched = _patched(overrider, manifest, before.template, memo, karmada_exact)
        except PatchError:
            if karmada_exact or not isinstance(overrider, PlaintextOverrider):
                raise
            return apply_overrider(overrider, _with_stored(before, memo), memo)
    elif isinstance(overrider, PlaintextOverrider):
        patched, stored = override_stored(overrider, manifest, stored)
    else:
        patched = _patched(overrider, manifest, before.template, memo)
        stored = _patched_if_possible(overrider, stored, before.template, memo)
    after = Overridden(patched.manifest, before.template, (*before.overriders, overrider), before.applied, stored)
    return after, patched.paths


def _with_stored(before: Overridden, memo: Memo) -> Overridden:
    """The same object with what would be stored: the same overriders, applied again to both."""
    again = Overridden(before.template, before.template, (), before.applied, memo(with_defaults, before.template))
    for overrider in before.overriders:
        again, _ = apply_overrider(overrider, again, memo)
    return again


def _patched_if_possible(overrider: Overrider, stored: Manifest, template: Manifest, memo: Memo) -> Manifest:
    """The file may state a field that a stored object has not, such as `stringData`; then only the file is changed."""
    try:
        return _patched(overrider, stored, template, memo).manifest
    except ReconcilerError:
        return stored


def _patched(overrider: Overrider, manifest: Manifest, template: Manifest, memo: Memo, karmada_exact: bool = False) -> Patched:
    """template: as in `Overridden`; the manifest shares with it what no overrider changed."""
    match overrider:
        case ImageOverrider():
            return override_image(overrider, manifest, template, memo, karmada_exact=karmada_exact)
        case CommandArgsOverrider():
            return override_command(overrider, manifest)
        case LabelAnnotationOverrider():
            return override_labels(overrider, manifest)
        case FieldOverrider():
            return override_field(overrider, manifest, memo, karmada_exact=karmada_exact)
        case PlaintextOverrider():
            return override_plaintext(overrider, manifest)
