"""What each overrider did to each object: the override rules are applied again, one overrider at a time.

Clusters that share one rendered manifest share one run, so the number of runs does not grow with the number of clusters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest
from reconciler.model.memo import Memo
from reconciler.model.overrides import CommandArgsOverrider
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.pipeline.render_context import context_for
from reconciler.render.override import Rule
from reconciler.render.render_template import RenderContext
from reconciler.render.trace import ABSENT, RenderStep, changed_fields, overlap, overrider_steps, trace


@dataclass(frozen=True, slots=True)
class OverriderRun:
    """One overrider and one object to which it was applied."""

    rule: Rule
    position: int
    """Of the overrider in `rule.rule.overriders`."""
    before: Manifest
    """The object before the overrider."""
    fields: tuple[str, ...]
    """RFC 6901 pointers of the fields that it changed."""
    cleaned: tuple[str, ...] = ()
    """RFC 6901 pointers of fields that the overrider set and that cleaning removes afterwards."""


@dataclass(frozen=True, slots=True)
class OverrideRun:
    """One template with the rules of one or more clusters."""

    template: ResourceTemplate
    before_namespaced: Manifest
    """The object after the cluster-wide override policies; OverridePolicies select this object."""
    overridden: Manifest
    """The object after all overriders, before it is cleaned."""
    overriders: tuple[OverriderRun, ...]
    """In the order in which they were applied."""
    clusters: tuple[ClusterName, ...]
    """Those that get the manifest."""


def override_runs(compiled: Compiled, keys: Collection[ResourceKey] | None = None) -> tuple[OverrideRun, ...]:
    """One run for each distinct manifest of each template. Empty if there are no override policies.

    keys: only these templates.
    """
    desired = compiled.desired
    if not desired.override_policies:
        return ()
    memo = Memo()
    items = [item for key, item in compiled.templates.items() if keys is None or key in keys]
    return tuple(run for item in items for run in _runs_of(item, context_for(item.template, desired, compiled.interpreter, memo)))


def _runs_of(item: CompiledTemplate, context: RenderContext) -> Iterator[OverrideRun]:
    binding = item.placed.in_force(item.template.key)
    alike: defaultdict[int, list[ClusterName]] = defaultdict(list)
    for name, rendered in item.rendering.manifests.items():
        alike[id(rendered)].append(name)
    if binding is None:
        return
    for names in alike.values():
        steps = trace(item.template, binding, names[0], context)
        overriders = tuple(_overriders(steps, _cleaned_fields(steps)))
        yield OverrideRun(item.template, _before_namespaced(steps), steps[-2].manifest, overriders, tuple(names))


def _before_namespaced(steps: tuple[RenderStep, ...]) -> Manifest:
    manifest = steps[0].manifest
    for step in steps:
        if step.name == "cleaning" or (step.rule is not None and step.rule.policy.kind == "OverridePolicy"):
            break
        manifest = step.manifest
    return manifest


def _cleaned_fields(steps: tuple[RenderStep, ...]) -> tuple[str, ...]:
    """Pointers of the fields that cleaning removes."""
    before, cleaning = steps[-2].manifest, steps[-1].manifest
    return tuple(field.path for field in changed_fields(before, cleaning) if field.after in (ABSENT, None))


def _overriders(steps: tuple[RenderStep, ...], cleaned: tuple[str, ...]) -> Iterator[OverriderRun]:
    for step in overrider_steps(steps):
        fields = tuple(changed_fields(step.before, step.after))
        written = [field.path for field in fields if field.after is not ABSENT]
        lost = tuple(path for path in cleaned if any(overlap(path, place) for place in written))
        if isinstance(step.rule.rule.overriders[step.position], CommandArgsOverrider):
            # Every operator creates an absent list; an empty one is none to the container.
            fields = tuple(field for field in fields if field.before is not ABSENT or field.after != [])
        yield OverriderRun(step.rule, step.position, step.before, tuple(field.path for field in fields), lost)
