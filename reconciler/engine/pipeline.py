"""The pure part of a pass, as one readable function: desired state and recorded state in, every member's work out.

Reads no clock and no disk: the same values give the same result, on any machine, in any order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice

from reconciler.claim.claims import Claim, claim_template, index_policies, is_auto_propagated
from reconciler.interpreter import registry
from reconciler.model.binding import Binding, TargetCluster, Unschedulable
from reconciler.model.desired import DesiredState, ResourceTemplate
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedBinding, RecordedState
from reconciler.model.work import RenderedManifest, Work
from reconciler.render.template import RenderContext, Rendering, render_template
from reconciler.schedule.decide import schedule_everywhere, schedule_template
from reconciler.transition.keep import broken_source, without_departed
from reconciler.transition.steps import Step, next_step

Decision = Binding | Unschedulable | None


@dataclass(frozen=True, slots=True)
class Course:
    """What the stages said about one template, from its claim to its manifests."""

    template: ResourceTemplate
    claim: Claim
    decision: Decision
    """None: no policy claims it, or the claiming one waits."""
    step: Step
    rendering: Rendering
    held: str = ""
    """Why its objects are neither applied nor pruned in this pass; empty when they are."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """The whole pure result for one revision."""

    desired: DesiredState
    recorded: RecordedState
    courses: Mapping[ResourceKey, Course]
    """Sorted by key."""
    works: Mapping[ClusterName, Work]
    """One per declared cluster, sorted by name."""
    issues: tuple[Issue, ...] = ()
    """Of every stage, sorted."""
    held: Mapping[ResourceKey, RecordedBinding] = field(default_factory=dict)
    """Recorded objects whose template cannot be read any more: they stay as they are."""


def compile_state(
    desired: DesiredState, recorded: RecordedState, now: datetime, memo: Memo, *, settled: bool = False
) -> Compiled:
    """claim → schedule → transition → render, for every template.

    settled: as if every handover were over; what `render` and `diff` show.
    """
    desired = _with_suspects(desired, recorded)
    policies = memo(index_policies, desired.policies)
    overrides = memo(_refs, desired.override_policies)
    fleet = frozenset(cluster.name for cluster in desired.clusters)
    broken_clusters = _broken_clusters(desired, recorded, fleet)
    context = memo(RenderContext, desired.clusters, desired.override_policies, desired.settings.instance, memo)
    volume_claims = memo(_manifests, memo.tuple(template for template in desired.templates if template.key.kind == _CLAIM))
    courses = {}
    for template in desired.templates:
        previous = without_departed(recorded.bindings.get(template.key), fleet | broken_clusters)
        claim = memo(claim_template, template, previous.binding.policy if previous else None, policies, overrides)
        decision = _decide(claim, desired, previous, memo)
        frozen_by = broken_source(previous, desired.broken_files, broken_clusters)
        step = next_step(
            decision,
            previous,
            desired.settings,
            now,
            break_first=memo(_runs_once, template, volume_claims),
            frozen_by=frozen_by,
            settled=settled,
        )
        rendering = _render(template, claim, step, previous, desired, context)
        courses[template.key] = Course(template, claim, decision, step, rendering, _held(previous, desired))
    held = {
        key: binding
        for key, binding in recorded.bindings.items()
        if key not in courses and binding.template_file in desired.broken_files
    }
    issues = sorted({*desired.issues, *_complaints(courses)})
    return Compiled(desired, recorded, courses, _works(desired, courses, held, memo), tuple(issues), held)


def _decide(claim: Claim, desired: DesiredState, previous: RecordedBinding | None, memo: Memo) -> Decision:
    if claim.policy is None:
        return memo(schedule_everywhere, claim.template, desired.clusters, memo) if is_auto_propagated(claim.template) else None
    if claim.waiting_for:
        message = f"{claim.policy.ref} waits for {', '.join(claim.waiting_for)} (spec.dependentOverrides)"
        return Unschedulable(claim.template.key, claim.policy.ref, "WaitingForOverrides", message)
    return memo(
        schedule_template,
        claim.template,
        claim.policy,
        desired.clusters,
        memo(_last_decision, previous) if previous else None,
        memo,
        desired.settings.empty_workloads,
    )


def _last_decision(previous: RecordedBinding) -> Binding:
    """Not what is in force while copies change hands: those that are leaving must not attract new ones."""
    return previous.binding if previous.decided is None else replace(previous.binding, targets=previous.decided)


def _render(
    template: ResourceTemplate,
    claim: Claim,
    step: Step,
    previous: RecordedBinding | None,
    desired: DesiredState,
    context: RenderContext,
) -> Rendering:
    if step.binding is None:
        return _NOTHING
    conflict = (claim.policy.conflict_resolution if claim.policy else "") or desired.settings.conflict_resolution
    placed = step.binding
    targets = placed.targets
    if previous is not None and previous.binding.targets == targets:
        targets = previous.binding.targets
    return context.memo(_rendered, template, targets, placed.replicas, placed.divided, placed.workload, conflict, context)


def _rendered(
    template: ResourceTemplate,
    targets: tuple[TargetCluster, ...],
    replicas: int,
    divided: bool,
    workload: bool,
    conflict: str,
    context: RenderContext,
) -> Rendering:
    """Is given what rendering looks at and no more: a decision that is confirmed differs in its reasons, and need not be
    rendered again."""
    if divided:
        template = _counted(template)
    placement = Binding(template.key, None, targets, replicas, divided, workload)
    return _refuse_renamed(template, render_template(template, placement, conflict, context))


def _counted(template: ResourceTemplate) -> ResourceTemplate:
    """With the number that Kubernetes would fill in, so that a cluster's share has a place to be written to."""
    manifest = registry.with_default_count(template.manifest)
    return template if manifest is template.manifest else replace(template, manifest=manifest)


def _refuse_renamed(template: ResourceTemplate, rendering: Rendering) -> Rendering:
    """An override that changes what an object is called would lose track of it, and may collide with another."""
    key = template.key
    # The key of a manifest that kept its name is the template's own; comparing a million of them by value costs a second.
    renamed = {name: given for name, given in rendering.manifests.items() if given.key is not key and given.key != key}
    if not renamed:
        return rendering
    failed = {name: _renamed(template, manifest) for name, manifest in renamed.items()}
    kept = {name: manifest for name, manifest in rendering.manifests.items() if name not in renamed}
    return Rendering(kept, {**rendering.failed, **failed})


def _renamed(template: ResourceTemplate, manifest: RenderedManifest) -> Issue:
    last = manifest.overrides[-1] if manifest.overrides else None
    message = f"{template.key} would become {manifest.key} by an override"
    remedy = "Overrides may not change kind, namespace or name; write a second template."
    return error("OverrideRenames", message, remedy, origin=last.origin if last else template.origin, subject=template.key)


def _runs_once(template: ResourceTemplate, volume_claims: Mapping[ResourceKey, Manifest]) -> bool:
    """Whether two copies must not run at once: by kind, or because it mounts a volume that only one may hold."""
    if registry.breaks_first(template.manifest):
        return True
    mounted = (ResourceKey("", _CLAIM, template.key.namespace, name) for name in registry.claim_names(template.manifest))
    return any(registry.breaks_first(volume_claims[key]) for key in mounted if key in volume_claims)


def _manifests(templates: tuple[ResourceTemplate, ...]) -> Mapping[ResourceKey, Manifest]:
    return {template.key: template.manifest for template in templates}


def _held(previous: RecordedBinding | None, desired: DesiredState) -> str:
    """An override policy that acted on the object and cannot be read any more: without it the object would change."""
    files = sorted(file for _, file in previous.overrides if file in desired.broken_files) if previous else []
    return f"{files[0]} has an error, and an override policy in it governs this object" if files else ""


def _works(
    desired: DesiredState, courses: Mapping[ResourceKey, Course], held: Mapping[ResourceKey, RecordedBinding], memo: Memo
) -> dict[ClusterName, Work]:
    kept = frozenset({key for key, course in courses.items() if course.held} | held.keys())
    acting = {key: course.rendering for key, course in courses.items() if not course.held}
    failed: defaultdict[ClusterName, dict[ResourceKey, Issue]] = defaultdict(dict)
    for key, rendering in acting.items():
        for name, issue in rendering.failed.items():
            failed[name][key] = issue
    # Put together in blocks, each remembered: one changed template costs its block, and not a million steps.
    renderings = iter(acting.values())
    blocks = [memo(_by_cluster, memo.tuple(block)) for block in iter(lambda: tuple(islice(renderings, _BLOCK)), ())]
    names = sorted(cluster.name for cluster in desired.clusters)
    manifests = {name: tuple(chain.from_iterable(block.get(name, ()) for block in blocks)) for name in names}
    return {name: Work(name, manifests[name], kept, failed.get(name, {})) for name in names}


def _by_cluster(renderings: tuple[Rendering, ...]) -> Mapping[ClusterName, Sequence[RenderedManifest]]:
    manifests: defaultdict[ClusterName, list[RenderedManifest]] = defaultdict(list)
    for rendering in renderings:
        for name, manifest in rendering.manifests.items():
            manifests[name].append(manifest)
    return manifests


def _complaints(courses: Mapping[ResourceKey, Course]) -> Iterator[Issue]:
    for key, course in courses.items():
        place = course.template.origin
        if isinstance(course.decision, Unschedulable):
            remedy = "Correct the policy's placement; until then what was placed stays."
            yield error(course.decision.reason, f"{key}: {course.decision.message}", remedy, origin=place, subject=key)
        elif course.decision is None:
            remedy = "Add a policy that selects it, or leave the file out with spec.exclude of the Configuration."
            yield warning("Unclaimed", f"{key}: {course.claim.reason}", remedy, origin=place, subject=key)
        yield from course.rendering.failed.values()


def _with_suspects(desired: DesiredState, recorded: RecordedState) -> DesiredState:
    """A file that vanished while one that nobody knew cannot be read may be that very file, moved: it counts as broken, too."""
    if not desired.broken_files or desired.broken_files <= (known := recorded.files):
        return desired
    vanished = known - desired.files
    return replace(desired, broken_files=desired.broken_files | vanished)


def _broken_clusters(desired: DesiredState, recorded: RecordedState, fleet: frozenset[ClusterName]) -> frozenset[ClusterName]:
    """Members that were declared in a file that has an error now, and are not declared any more."""
    return frozenset(
        name for name, cluster in recorded.clusters.items() if name not in fleet and cluster.file in desired.broken_files
    )


def _refs(policies: tuple[object, ...]) -> frozenset[PolicyRef]:
    return frozenset(policy.ref for policy in policies)  # type: ignore[attr-defined]


_CLAIM = "PersistentVolumeClaim"
_NOTHING = Rendering({}, {})
_BLOCK = 64
"""Renderings that are put together at once."""
