"""Which Services and Ingresses stay on a member because a workload that they lead to has not moved away yet.

A Service moves as soon as its policy says so, and is ready at once; the Pods behind it may take minutes, and their old copies
serve until then (`transition/handover.py`). Without their Service nobody would reach them. Karmada removes both at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.interpreter.registry import pod_spec_path
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import Manifest, mapping, sequence, text


def leads_to(candidates: Mapping[ResourceKey, Manifest], leaving: Mapping[ResourceKey, Manifest]) -> dict[ResourceKey, str]:
    """The candidates that must stay for now, each with the reason.

    candidates: live objects that would be pruned. leaving: live workloads that stay until their new copies are Current.
    """
    reasons: dict[ResourceKey, str] = {}
    services = {key: one for key, one in candidates.items() if (key.group, key.kind) == ("", "Service")} if leaving else {}
    for key, service in services.items():
        selector = mapping(service, "spec", "selector")
        for workload, manifest in sorted(leaving.items()):
            if selector and workload.namespace == key.namespace and selector.items() <= _pod_labels(workload, manifest).items():
                reasons[key] = f"it leads to {workload}, which stays here until its new copy is Current"
                break
    for key, ingress in candidates.items() if reasons else ():
        if (key.group, key.kind) == ("networking.k8s.io", "Ingress"):
            held = next((one for one in _services(key, ingress) if one in reasons), None)
            if held is not None:
                reasons[key] = f"it leads to {held}, which stays here for now"
    return reasons


def _pod_labels(key: ResourceKey, manifest: Manifest) -> Mapping[str, object]:
    path = pod_spec_path(key.group, key.kind)
    return {} if path is None else mapping(manifest, *path[:-1], "metadata", "labels")


def _services(key: ResourceKey, ingress: Manifest) -> Iterator[ResourceKey]:
    """The Services of its backends."""
    rules = sequence(ingress, "spec", "rules")
    backends = [mapping(path, "backend") for rule in rules for path in sequence(rule, "http", "paths")]
    for backend in (mapping(ingress, "spec", "defaultBackend"), *backends):
        if name := text(backend, "service", "name"):
            yield ResourceKey("", "Service", key.namespace, name)
