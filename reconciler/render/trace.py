"""The steps that made one cluster's manifest: which rule wrote a field, and which value it had before.

The steps are those of `render_template.py`, repeated for one cluster with each rule as a step of its own. Values are not masked
here: code that shows a Secret must mask it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.interpreter import registry
from reconciler.model.autoscaling import TargetShares
from reconciler.model.binding import Binding
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, Path, text
from reconciler.render.override import Rule, apply_overrider, apply_rules, not_overridden
from reconciler.render.render_placement import with_default_replicas
from reconciler.render.render_template import RenderContext, group_by_numbers, signatures_of, with_numbers


@dataclass(frozen=True, slots=True)
class RenderStep:
    """One step of rendering."""

    name: str
    """template, scheduling, override or cleaning."""
    manifest: Manifest
    """The object after the step; if the step failed, the object before it."""
    rule: Rule | None = None
    """The rule of an override step."""
    error: str = ""
    """Why the step, and with it the rendering, failed; empty if it succeeded."""


@dataclass(frozen=True, slots=True)
class OverriderStep:
    """One overrider of a rule."""

    rule: Rule
    position: int
    """In `rule.rule.overriders`."""
    before: Manifest
    after: Manifest


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that a step changed."""

    path: str
    """RFC 6901 pointer."""
    before: Any
    """ABSENT if the field did not exist."""
    after: Any
    """ABSENT if the field was removed."""


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""The value of a field that does not exist, as opposed to null."""


def trace(
    template: ResourceTemplate,
    binding: Binding,
    cluster: ClusterName,
    context: RenderContext,
    shares: TargetShares | None = None,
) -> tuple[RenderStep, ...]:
    """The steps, beginning with the template and ending with the step that fails, if any. Empty if the cluster is not a
    target. shares: as for `render_template`."""
    if cluster not in binding.cluster_names or all(one.name != cluster for one in context.clusters):
        return ()
    return tuple(_steps(template, binding, cluster, context, shares))


def overrider_steps(steps: Iterable[RenderStep]) -> Iterator[OverriderStep]:
    """The override steps of `trace`, with each overrider as a step of its own. Ends before an overrider that fails."""
    before = None
    for step in steps:
        if step.rule is None or before is None:
            before = not_overridden(step.manifest)
            continue
        for position, overrider in enumerate(step.rule.rule.overriders):
            try:
                after, _ = apply_overrider(overrider, before)
            except ReconcilerError:  # The compilation reports it.
                return
            yield OverriderStep(step.rule, position, before.manifest, after.manifest)
            before = after


def changed_fields(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """The fields that differ, as deep as possible. A list whose length changed counts as one field, because its items have
    moved."""
    if before is after:  # A changed copy shares its other parts with the original.
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            old, new = before.get(name, ABSENT), after.get(name, ABSENT)
            if old is not new:
                yield from changed_fields(old, new, f"{path}{to_pointer((name,))}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changed_fields(old, new, f"{path}/{place}")
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield FieldChange(path, before, after)


def to_pointer(path: Path) -> str:
    """The path as RFC 6901 pointer."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def overlap(one: str, other: str) -> bool:
    """Whether the field of one RFC 6901 pointer is that of the other, or contains it."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _steps(
    template: ResourceTemplate, binding: Binding, cluster: ClusterName, context: RenderContext, shares: TargetShares | None
) -> Iterator[RenderStep]:
    manifest = template.manifest
    yield RenderStep("template", manifest)
    if template.parts:
        yield RenderStep("scheduling", template.parts.get(cluster, manifest))
        return
    try:
        manifest = _with_cluster_numbers(template, binding, cluster, context, shares)
    except ReconcilerError as failure:
        yield RenderStep("scheduling", manifest, error=failure.message)
        return
    yield RenderStep("scheduling", manifest)
    overridden = not_overridden(manifest)
    for cluster_wide in (True, False):
        namespace = "" if cluster_wide else text(overridden.manifest, "metadata", "namespace")
        if cluster_wide or namespace:
            for rule in signatures_of(overridden.manifest, namespace, context)[cluster]:
                try:
                    overridden = apply_rules(overridden, (rule,), context.memo)
                except ReconcilerError as failure:
                    yield RenderStep("override", overridden.manifest, rule, failure.message)
                    return
                yield RenderStep("override", overridden.manifest, rule)
    try:
        yield RenderStep("cleaning", registry.clean(overridden.manifest))
    except ReconcilerError as failure:
        yield RenderStep("cleaning", overridden.manifest, error=failure.message)


def _with_cluster_numbers(
    template: ResourceTemplate, binding: Binding, cluster: ClusterName, context: RenderContext, shares: TargetShares | None
) -> Manifest:
    if binding.divided:
        template = with_default_replicas(template)
    groups = group_by_numbers(template, binding, None, context.memo, shares)
    numbers = next(numbers for numbers, names in groups.items() if cluster in names)
    return with_numbers(template.manifest, numbers, context.interpreter)[0]
