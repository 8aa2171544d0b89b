"""Defaults and checks of OverridePolicy and ClusterOverridePolicy (Karmada, pkg/util/validation/validation.go).

The overriders of the old style, at the top level, are not checked there, and so not here either. No message quotes a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.metadata import annotation_refusals
from reconciler.load.admission.placement import affinity_refusals
from reconciler.load.admission.propagation import selector_refusals, stored_selectors
from reconciler.load.admission.refusal import Path, key_refusals, refusal, value_refusals
from reconciler.load.violations import Complaint
from reconciler.model.manifest import Manifest, get, mapping, sequence, with_value

_LOOKED_AT = (
    "plaintext",
    "imageOverrider",
    "commandOverrider",
    "argsOverrider",
    "labelsOverrider",
    "annotationsOverrider",
)
"""What makes overriders of the old style clash with rules; fieldOverrider does not, it is merely not acted on."""


def stored_override_policy(document: Manifest, namespace: str = "") -> Manifest:
    """With defaults. namespace: the policy's own; empty for a cluster-wide policy."""
    selectors = get(document, "spec", "resourceSelectors")
    if not isinstance(selectors, list):
        return document
    changed: Manifest = with_value(document, ("spec", "resourceSelectors"), stored_selectors(selectors, namespace))
    return changed


def override_refusals(document: Manifest, namespace: str) -> Iterator[Complaint]:
    """Of a policy with its defaults. namespace: as in `stored_override_policy`."""
    spec, path = mapping(document, "spec"), ("spec",)
    yield from selector_refusals(spec, namespace)
    yield from affinity_refusals(get(spec, "targetCluster"), (*path, "targetCluster"))
    if _has_rules(spec, namespace):
        if get(spec, "targetCluster") is not None:
            what = "has both overrideRules and the old targetCluster, which exclude each other"
            yield refusal(path, what, "Move targetCluster into a rule.")
        if any(sequence(spec, "overriders", name) for name in _LOOKED_AT):
            what = "stands beside overrideRules, and they exclude each other"
            yield refusal((*path, "overriders"), what, "Move what it says into a rule.")
    for index, rule in enumerate(sequence(spec, "overrideRules")):
        place = (*path, "overrideRules", index)
        yield from _overrider_refusals(mapping(rule, "overriders"), (*place, "overriders"))
        yield from affinity_refusals(get(rule, "targetCluster"), (*place, "targetCluster"))


def _has_rules(spec: Mapping[str, Any], namespace: str) -> bool:
    """An empty list is gone when the webhook of the namespaced kind has written the policy anew; the other kind has none."""
    return bool(sequence(spec, "overrideRules")) if namespace else isinstance(get(spec, "overrideRules"), list)


def _overrider_refusals(overriders: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    for index, item in enumerate(sequence(overriders, "annotationsOverrider")):
        yield from annotation_refusals(mapping(item, "value"), (*path, "annotationsOverrider", index, "value"))
    for index, item in enumerate(sequence(overriders, "labelsOverrider")):
        place = (*path, "labelsOverrider", index, "value")
        for key, value in mapping(item, "value").items():
            yield from key_refusals(key, place)
            yield from value_refusals(value, (*place, key))
    for index, item in enumerate(sequence(overriders, "imageOverrider")):
        yield from _pointer_refusals(get(item, "predicate", "path"), (*path, "imageOverrider", index, "predicate", "path"))
    for index, item in enumerate(sequence(overriders, "fieldOverrider")):
        yield from _field_refusals(item, (*path, "fieldOverrider", index))


def _field_refusals(overrider: Any, path: Path) -> Iterator[Complaint]:
    if bool(sequence(overrider, "json")) == bool(sequence(overrider, "yaml")):
        remedy = "Give exactly one of the two, with at least one step."
        yield refusal(path, "must change the text either as json or as yaml", remedy)
    yield from _pointer_refusals(get(overrider, "fieldPath"), (*path, "fieldPath"))
    for form in ("json", "yaml"):
        for index, step in enumerate(sequence(overrider, form)):
            place = (*path, form, index)
            yield from _pointer_refusals(get(step, "subPath"), (*place, "subPath"))
            operator, stated = get(step, "operator"), get(step, "value") is not None
            if operator in ("add", "replace") and not stated:
                yield refusal(place, "has no value", "State the value to add or to put in place.")
            if operator == "remove" and stated:
                yield refusal(place, "removes, and has a value all the same", "Take the value out.")


def _pointer_refusals(pointer: Any, path: Path) -> Iterator[Complaint]:
    """Only the beginning is looked at, as in Karmada: escapes come to light when the pointer is followed."""
    if isinstance(pointer, str) and pointer and not pointer.startswith("/"):
        yield refusal(path, "must be a JSON pointer (RFC 6901)", "Begin it with '/', as in /spec/replicas.")
