"""A workload's selector against the labels of its own Pods: an API server refuses a workload that does not select them.

ValidateDeploymentSpec, ValidateStatefulSetSpec, ValidateDaemonSetSpec and ValidatePodTemplateSpecForReplicaSet (Kubernetes
pkg/apis/apps/validation), and validateJobSpec (pkg/apis/batch/validation).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.load.schemas.explain_violations import Violation, invalid
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, mapping
from reconciler.model.selector import InvalidSelectorError, parse_label_selector

_APPS = ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")
_LABELS = ("spec", "template", "metadata", "labels")


def label_violations(manifest: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """An error where `spec.selector` is empty, or the Pods lack a label that it asks for; none for other kinds, for a Job without
    `manualSelector`, and for a selector that its schema refuses."""
    by_hand = gvk.group == "batch" and gvk.kind == "Job" and get(manifest, "spec", "manualSelector") is True
    selector = get(manifest, "spec", "selector")
    if selector is None or not (by_hand or (gvk.group == "apps" and gvk.kind in _APPS)):
        return []
    if gvk.group == "apps" and isinstance(selector, Mapping) and not any(selector.values()):
        return [invalid(("spec", "selector"), "is empty", "Write matchLabels with the labels of the Pods.")]
    labels = mapping(manifest, *_LABELS)
    if _asks_only_for(selector, labels):
        return []
    try:
        missing = [one for one in parse_label_selector(selector).requirements if not one.matches(labels)]
    except InvalidSelectorError:
        return []
    if not missing:
        return []
    path = next(_LABELS[:length] for length in range(len(_LABELS), 0, -1) if get(manifest, *_LABELS[:length]) is not None)
    asked = ", ".join(map(str, missing))
    message = f"{'.'.join(_LABELS)} does not match spec.selector, which asks for {asked}: an API server refuses that"
    remedy = "Write the same labels in both. The selector of an object that exists cannot be changed."
    return [Violation(path, Severity.ERROR, "InvalidValue", message, remedy)]


def _asks_only_for(selector: object, labels: Mapping[str, Any]) -> bool:
    """Whether the selector consists of labels that are there, as nearly all do; then there is no need to parse it."""
    if not isinstance(selector, Mapping) or selector.keys() != {"matchLabels"}:
        return False
    wanted = selector["matchLabels"]
    return isinstance(wanted, Mapping) and all(
        isinstance(value, str) and labels.get(name) == value for name, value in wanted.items()
    )
