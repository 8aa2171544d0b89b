"""Which objects a revision changes: for a rollout, which goes from one revision to another."""

from __future__ import annotations

from collections.abc import Collection

from reconciler.interpreter.precedence import interpreter_of
from reconciler.model.binding import TargetCluster
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision
from reconciler.pipeline.render_context import context_for
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.stated import stated_in, templates_by_key
from reconciler.render.render_placement import Divisions, render_placed
from reconciler.schedule.dependencies import merge_targets


def changed_objects(
    keys: Collection[ResourceKey], before: DesiredState, after: DesiredState, snapshot: Snapshot, memo: Memo
) -> dict[ResourceKey, tuple[TargetCluster, ...]]:
    """Of these objects, those that are not the same in the two revisions: the template, what its policies state
    (`stated.py`), or what override policies and interpreter rules make of it on the clusters that have it. With the placement by
    their own policies now, sorted by key.

    before, after: with the clusters of now, as in `Snapshot`; after: the newest revision.
    """
    templates = templates_by_key(before, memo), templates_by_key(after, memo)
    same_rules = (before.override_policies, before.customizations) == (after.override_policies, after.customizations)
    changed: dict[ResourceKey, tuple[TargetCluster, ...]] = {}
    for key in sorted(keys):
        decision = snapshot.recorded.decisions.get(key)
        old, new = (one.get(key) for one in templates)
        if (old is None and new is None) or is_protected(key, decision, snapshot):
            continue
        if (
            old is None
            or new is None
            or (old is not new and old.manifest != new.manifest)
            or stated_in(before, old, decision, snapshot, memo) != stated_in(after, new, decision, snapshot, memo)
            or not (same_rules or _is_rendered_equally(old, before, new, after, decision, memo))
        ):
            changed[key] = decision.binding.targets if decision is not None else ()
    return changed


def is_protected(key: ResourceKey, decision: RecordedDecision | None, snapshot: Snapshot) -> bool:
    """Whether a file with an error may declare or govern the object, so that the newest revision does not say what it wants."""
    if decision is None or not snapshot.protected.files:
        return False
    protected = snapshot.protected
    return bool(protected.freezes(decision) or protected.holds(decision) or protected.may_declare(key, decision))


def _is_rendered_equally(
    old: ResourceTemplate,
    before: DesiredState,
    new: ResourceTemplate,
    after: DesiredState,
    decision: RecordedDecision | None,
    memo: Memo,
) -> bool:
    if decision is None:
        return True
    digests = [_digests(template, revision, decision, memo) for template, revision in ((old, before), (new, after))]
    return digests[0] == digests[1]


def _digests(
    template: ResourceTemplate, revision: DesiredState, decision: RecordedDecision, memo: Memo
) -> dict[ClusterName, str]:
    """Of what each cluster that has it gets of this revision."""
    context = context_for(template, revision, memo(interpreter_of, revision.customizations), memo)
    binding = decision.binding
    targets = memo(merge_targets, binding.targets, decision.required_by) if decision.required_by else binding.targets
    others = Divisions(binding.completions, decision.shares)
    shares = (targets, binding.replicas, binding.divided, binding.workload, others)
    rendering = render_placed(template, *shares, "Abort", context)
    return {name: manifest.digest for name, manifest in rendering.manifests.items()}
