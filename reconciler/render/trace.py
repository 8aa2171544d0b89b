"""How one cluster's manifest came about, step by step, for whoever asks which rule wrote a field and what stood there before.

The steps are those of `template.py`, taken once more for the one cluster with every rule on its own. Values are in here as they
are: whoever shows a Secret masks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.interpreter import registry
from reconciler.model.binding import Binding
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import Manifest, text
from reconciler.render.override import Rule, Signature, apply_rules
from reconciler.render.placed import counted
from reconciler.render.template import RenderContext, by_numbers, signatures_of, with_numbers


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    """template, scheduling, override or cleaning."""
    manifest: Manifest
    """The object after it; where it failed, as it was before."""
    rule: Rule | None = None
    """Of an override."""
    error: str = ""
    """Why it failed, and with it the rendering; empty when it did not."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    path: str
    """RFC 6901 pointer."""
    before: Any
    """ABSENT where there was nothing."""
    after: Any


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""Stands for a field that is not there, which is not the same as null."""


def trace(template: ResourceTemplate, binding: Binding, cluster: ClusterName, context: RenderContext) -> tuple[Step, ...]:
    """The template first. Ends with the step that fails, if one does. Empty where the cluster is no target, or not known."""
    if cluster not in binding.cluster_names or all(known.name != cluster for known in context.clusters):
        return ()
    return tuple(_steps(template, binding, cluster, context))


def changed_fields(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """What differs, as small as it can be told. A list that grew or shrank differs as a whole: its places say nothing."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            pointer = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from changed_fields(before.get(name, ABSENT), after.get(name, ABSENT), pointer)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from changed_fields(old, new, f"{path}/{place}")
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield FieldChange(path, before, after)


def _steps(template: ResourceTemplate, binding: Binding, cluster: ClusterName, context: RenderContext) -> Iterator[Step]:
    manifest = template.manifest
    yield Step("template", manifest)
    try:
        manifest = _with_its_numbers(template, binding, cluster, context)
    except ReconcilerError as failure:
        yield Step("scheduling", manifest, error=failure.message)
        return
    yield Step("scheduling", manifest)
    for cluster_wide in (True, False):
        namespace = "" if cluster_wide else text(manifest, "metadata", "namespace")
        if cluster_wide or namespace:
            for step in _overridden(manifest, signatures_of(manifest, namespace, context)[cluster]):
                yield step
                manifest = step.manifest
                if step.error:
                    return
    try:
        yield Step("cleaning", registry.clean(manifest))
    except ReconcilerError as failure:
        yield Step("cleaning", manifest, error=failure.message)


def _with_its_numbers(template: ResourceTemplate, binding: Binding, cluster: ClusterName, context: RenderContext) -> Manifest:
    if binding.divided:
        template = counted(template)
    groups = by_numbers(template, binding, template.uid, context.memo)
    numbers = next(numbers for numbers, names in groups.items() if cluster in names)
    return with_numbers(template.manifest, numbers, context.interpreter)[0]


def _overridden(manifest: Manifest, rules: Signature) -> Iterator[Step]:
    for rule in rules:
        try:
            manifest = apply_rules(manifest, (rule,)).manifest
        except ReconcilerError as failure:
            yield Step("override", manifest, rule, failure.message)
            return
        yield Step("override", manifest, rule)
