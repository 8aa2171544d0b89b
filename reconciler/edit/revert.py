"""A commit that takes back what a rollout brings: planned from trees and what revisions declare. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.model.desired import DesiredState
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.overrides import OverridePolicy
from reconciler.model.policy import PropagationPolicy
from reconciler.model.rollout import OnFailure, RecordedRollout, RolloutPhase
from reconciler.model.tree import Tree
from reconciler.model.wording import first_few, plural
from reconciler.pipeline.compiled import Compiled


@dataclass(frozen=True, slots=True)
class Revert:
    """What is to be taken back, of one rollout."""

    base: str
    """The commit whose content comes back."""
    target: str
    """The commit that is taken back."""
    files: frozenset[str]
    """The files that declare the objects of the rollout, or what governs them, in one of the two."""
    message: str
    """Of the commit."""
    failures: Mapping[ClusterName, str] = field(default_factory=dict)
    """By cluster, why it failed, sorted."""
    objects: tuple[ResourceKey, ...] = ()
    """What comes back, sorted."""


@dataclass(frozen=True, slots=True)
class RevertedFiles:
    """The files of a revert, against the newest commit."""

    blobs: dict[str, str | None]
    """Path → Git's id of the content that comes back; None for a file that goes. Sorted."""
    newer: tuple[str, ...]
    """Files that a newer commit changed again, sorted: they are not taken back."""


def reverts_of(compiled: Compiled, rollouts: Iterable[RecordedRollout]) -> list[Revert]:
    """For the rollouts that failed and whose strategy asks for it. rollouts: as they are after the pass."""
    failed = [one for one in rollouts if one.phase is RolloutPhase.FAILED and not one.kept]
    strategies = compiled.rollouts.strategies
    wanted = [one for one in failed if one.name in strategies and strategies[one.name].on_failure is OnFailure.REVERT]
    found = [revert_of(one, compiled.desired) for one in wanted]
    return [one for one in found if one is not None]


def revert_of(rollout: RecordedRollout, desired: DesiredState, *, aborted: bool = False) -> Revert | None:
    """None where one of the two commits cannot be read.

    desired: the revision in force, with the earlier ones. aborted: whether a person takes it back, and no failure does.
    """
    before = desired.earlier.get(rollout.base)
    after = desired if rollout.target == desired.revision else desired.earlier.get(rollout.target)
    if before is None or after is None:
        return None
    files = _files(before, rollout.objects) | _files(after, rollout.objects)
    changed = {one.origin.file for one in _changed_overrides(before, after)}
    policies = {one.origin.file for one in _changed_policies(rollout, before, after)}
    return Revert(
        rollout.base,
        rollout.target,
        frozenset(files | changed | policies),
        _message(rollout, aborted=aborted),
        dict(sorted(rollout.failures.items())),
        tuple(rollout.objects),
    )


def files_of_revert(revert: Revert, base: Tree, target: Tree, head: Tree) -> RevertedFiles:
    """base, target, head: the files of the two commits, and of the newest one."""
    differing = sorted(path for path in revert.files if base.get(path) != target.get(path))
    newer = tuple(path for path in differing if head.get(path) not in (target.get(path), base.get(path)))
    taken = [path for path in differing if path not in newer and head.get(path) != base.get(path)]
    return RevertedFiles({path: base[path].blob if path in base else None for path in taken}, newer)


def _files(revision: DesiredState, keys: Collection[ResourceKey]) -> set[str]:
    return {template.origin.file for template in revision.templates if template.key in keys}


def _changed_policies(rollout: RecordedRollout, before: DesiredState, after: DesiredState) -> list[PropagationPolicy]:
    """Those of the rollout that are in one of the two only, or not the same in both."""
    every = (*before.policies, *after.policies)
    own = [one for one in every if one.ref == rollout.policy or (rollout.policy is None and not one.rollout)]
    return [one for one in own if one not in before.policies or one not in after.policies]


def _changed_overrides(before: DesiredState, after: DesiredState) -> list[OverridePolicy]:
    """Those that are in one of the two only, or not the same in both."""
    return [one for one in (*before.override_policies, *after.override_policies) if not _is_in_both(one, before, after)]


def _is_in_both(policy: OverridePolicy, before: DesiredState, after: DesiredState) -> bool:
    return policy in before.override_policies and policy in after.override_policies


def _message(rollout: RecordedRollout, *, aborted: bool) -> str:
    failures: dict[ClusterName, str] = rollout.failures
    why = "its rollout is aborted" if aborted else f"its rollout failed on {first_few(sorted(failures), 3)}"
    lines = [f"Revert {rollout.target[:10]}: {why}", ""]
    lines += [f"- {name}: {reason}" for name, reason in sorted(failures.items())]
    count = sum(one not in rollout.progress for one in rollout.clusters)
    lines += ["", f"{plural(count, 'cluster')} did not get the change. This commit brings {rollout.base[:10]} back for:", ""]
    keys = list(rollout.objects)
    lines += [f"- {key}" for key in keys[:_NAMED]]
    lines += [f"- and {len(keys) - _NAMED} more"] if len(keys) > _NAMED else []
    return "\n".join(lines) + "\n"


_NAMED = 20
"""Objects that the message names."""
