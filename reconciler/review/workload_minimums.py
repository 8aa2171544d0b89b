"""The workloads that run on, with their replicas on each member and the minimum that must be left of them. Pure.

Children of Charts and Kustomizes go where their parents go. One that has as many replicas as its parent on each member has as
many wherever that goes. Any other one has the replicas that it has there now; on a member where its parent is not yet, the fewest
that it has anywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.errors import ReconcilerError
from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.registry import replicas_path
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest, annotations_of, labels_of
from reconciler.model.selector import LabelSelector
from reconciler.model.survival import MIN_AVAILABLE_ANNOTATION, MinAvailable
from reconciler.pipeline.compiled import Compiled, CompiledTemplate


class InvalidMinimumError(ReconcilerError):
    """An annotation that is no minimum."""

    def __init__(self, template: ResourceTemplate, problem: str) -> None:
        remedy = f"Write a number, such as 2, or a percentage, such as 50% ({template.origin})."
        super().__init__(f"{template.key}: annotation {MIN_AVAILABLE_ANNOTATION}: {problem}", remedy=remedy)
        self.key, self.origin = template.key, template.origin


@dataclass(frozen=True, slots=True)
class Workload:
    placed_by: ResourceKey
    """The template whose placement is its own: itself, or its parent."""
    policy: PolicyRef | None
    targets: tuple[TargetCluster, ...]
    """Where it is, with its replicas."""
    minimum: int
    fixed: Mapping[ClusterName, int] = field(default_factory=dict)
    """Of a child that does not have the replicas of its parent: how many it has on each member where its parent is."""

    @property
    def replicas(self) -> int:
        return self.staying(())

    def staying(self, lost: Collection[str]) -> int:
        """The replicas that are left if nothing is moved."""
        return sum(target.replicas for target in self.targets if target.name not in lost)

    def left(self, scheduling: Binding | Unschedulable | None, lost: Collection[str], homeless: int) -> tuple[int, str]:
        """(replicas that are left, why no more are). scheduling: of `placed_by`, without the lost members. Where nothing can be
        decided, the copies that are left stay. homeless: how many replicas of that find no room; of one without replicas, on how
        many members."""
        if not isinstance(scheduling, Binding):
            return self.staying(lost), "" if scheduling is None else scheduling.message
        if not self.fixed:
            return sum(target.replicas for target in scheduling.targets) - homeless, ""
        fewest = min(self.fixed.values())
        left = sum(self.fixed.get(target.name, fewest) for target in scheduling.targets)
        return max(0, left - homeless * fewest), ""


def workloads_of(
    compiled: Compiled, minimum: MinAvailable, selector: LabelSelector | None
) -> Iterator[tuple[ResourceKey, Workload]]:
    """Those that run on, with replicas. Jobs, which end, have no `spec.replicas`. minimum: of workloads without the annotation.
    selector: only those with these labels, or of a parent with them. Raises InvalidMinimumError."""
    known = {item.template.parent.key for item in compiled.templates.values() if item.template.parent is not None}
    for key, item in compiled.templates.items():
        manifest = item.template.manifest
        if key in known or replicas_path(manifest) != ("spec", "replicas"):
            continue
        parent = compiled.templates[item.template.parent.key] if item.template.parent is not None else item
        placement = in_force(parent)
        if placement is None or (parent is item and not placement.workload):
            continue
        if selector is not None and not any(selector.matches(labels_of(one.template.manifest)) for one in (item, parent)):
            continue
        fixed: Mapping[ClusterName, int] = {}
        targets = placement.targets
        if parent is not item:
            shares = _shares(item, parent, compiled.interpreter)
            follows = _follows(shares, placement)
            fixed = {} if follows else shares
            targets = tuple(TargetCluster(one.name, shares.get(one.name, 0)) for one in placement.targets)
        if total := sum(target.replicas for target in targets):
            least = _minimum_of(item, parent, minimum).of(total)
            yield key, Workload(parent.template.key, placement.policy, targets, least, fixed)


def in_force(item: CompiledTemplate) -> Binding | None:
    scheduling = item.decided.scheduling
    return scheduling if isinstance(scheduling, Binding) else item.decided.transition.binding


def _shares(child: CompiledTemplate, parent: CompiledTemplate, interpreter: Interpreter) -> dict[ClusterName, int]:
    """By member where it is known what the parent comes to: the replicas of the child; 0 where it has none of it."""
    parts, failed = child.template.parts, parent.rendering.failed
    names = [name for name in parent.rendering.manifests if name not in failed]
    return {name: _count(parts[name], interpreter) if name in parts else 0 for name in names}


def _follows(shares: Mapping[ClusterName, int], placement: Binding) -> bool:
    """Whether a child has the replicas of its parent on each member."""
    return placement.workload and all(shares.get(target.name, target.replicas) == target.replicas for target in placement.targets)


def _count(manifest: Manifest, interpreter: Interpreter) -> int:
    try:
        return interpreter.count(manifest)
    except MalformedObjectError:
        return 0


def _minimum_of(item: CompiledTemplate, parent: CompiledTemplate, minimum: MinAvailable) -> MinAvailable:
    """Its own, else that of its parent."""
    for one in (item, parent):
        own = annotations_of(one.template.manifest).get(MIN_AVAILABLE_ANNOTATION)
        if own is not None:
            try:
                return MinAvailable.parse(own)
            except ValueError as error:
                raise InvalidMinimumError(one.template, str(error)) from None
    return minimum
