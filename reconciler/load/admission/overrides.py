"""Defaults and checks of OverridePolicy and ClusterOverridePolicy (Karmada, pkg/util/validation/validation.go).

Karmada does not check overriders of the older form, at the top level of `spec`; neither does this module. No message quotes a
value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.load.admission.metadata import annotation_refusals
from reconciler.load.admission.placement import affinity_refusals
from reconciler.load.admission.propagation import selector_refusals, stored_selectors
from reconciler.load.admission.refusal import Path, key_refusals, refusal, value_refusals
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.manifest import Manifest, get, mapping, sequence, with_value

_EXCLUSIVE = (
    "plaintext",
    "imageOverrider",
    "commandOverrider",
    "argsOverrider",
    "labelsOverrider",
    "annotationsOverrider",
)
"""Overriders of the older form that must not occur together with rules. fieldOverrider may; Karmada ignores it there."""


def stored_override_policy(document: Manifest, namespace: str = "") -> Manifest:
    """The policy with defaults. namespace: the policy's own; empty for a cluster-wide policy."""
    selectors = get(document, "spec", "resourceSelectors")
    if not isinstance(selectors, list):
        return document
    changed: Manifest = with_value(document, ("spec", "resourceSelectors"), stored_selectors(selectors, namespace))
    return changed


def override_refusals(document: Manifest, namespace: str) -> Iterator[Violation]:
    """Why Karmada would refuse a policy. document: with defaults. namespace: as in `stored_override_policy`."""
    spec, path = mapping(document, "spec"), ("spec",)
    yield from selector_refusals(spec, namespace)
    yield from affinity_refusals(get(spec, "targetCluster"), (*path, "targetCluster"))
    if _has_rules(spec, namespace):
        if get(spec, "targetCluster") is not None:
            what = "has both overrideRules and the older targetCluster, which exclude each other"
            yield refusal(path, what, "Move targetCluster into a rule.")
        if any(sequence(spec, "overriders", name) for name in _EXCLUSIVE):
            what = "is used together with overrideRules; they exclude each other"
            yield refusal((*path, "overriders"), what, "Move its overriders into a rule.")
    for index, rule in enumerate(sequence(spec, "overrideRules")):
        place = (*path, "overrideRules", index)
        yield from _overrider_refusals(mapping(rule, "overriders"), (*place, "overriders"))
        yield from affinity_refusals(get(rule, "targetCluster"), (*place, "targetCluster"))


def _has_rules(spec: Mapping[str, Any], namespace: str) -> bool:
    """Whether Karmada's checks see `overrideRules`. The webhook of the namespaced kind removes an empty list first; the
    cluster-wide kind has no such webhook."""
    return bool(sequence(spec, "overrideRules")) if namespace else isinstance(get(spec, "overrideRules"), list)


def _overrider_refusals(overriders: Mapping[str, Any], path: Path) -> Iterator[Violation]:
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


def _field_refusals(overrider: Any, path: Path) -> Iterator[Violation]:
    if bool(sequence(overrider, "json")) == bool(sequence(overrider, "yaml")):
        remedy = "Write exactly one of the two, with at least one operation."
        yield refusal(path, "must change the text either as json or as yaml", remedy)
    yield from _pointer_refusals(get(overrider, "fieldPath"), (*path, "fieldPath"))
    for form in ("json", "yaml"):
        for index, operation in enumerate(sequence(overrider, form)):
            place = (*path, form, index)
            yield from _pointer_refusals(get(operation, "subPath"), (*place, "subPath"))
            operator, has_value = get(operation, "operator"), get(operation, "value") is not None
            if operator in ("add", "replace") and not has_value:
                yield refusal(place, "has no value", "Write the value to add or to replace with.")
            if operator == "remove" and has_value:
                yield refusal(place, "has the operator remove and a value", "Remove the value.")


def _pointer_refusals(pointer: Any, path: Path) -> Iterator[Violation]:
    """Checks only the first character, as Karmada does. Wrong escapes are reported when the pointer is used."""
    if isinstance(pointer, str) and pointer and not pointer.startswith("/"):
        yield refusal(path, "must be a JSON pointer (RFC 6901)", "Begin it with '/', as in /spec/replicas.")
