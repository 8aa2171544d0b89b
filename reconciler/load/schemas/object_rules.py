"""What an API server refuses in an object of a built-in kind, although each field by itself is allowed: fields that must not be
absent, or must not stand beside each other. `pod_rules.py` has the rules of Pods, `pod_labels.py` those of selectors and labels.

Kubernetes pkg/apis/*/validation; a test compares this with a real API server (`tests/support/refused_objects.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from reconciler.load.schemas.explain_violations import Path, Violation, duplicate, invalid, missing
from reconciler.load.schemas.pod_labels import label_violations
from reconciler.load.schemas.pod_rules import pod_violations
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.quantity import Quantity, QuantityError

_LONGEST_CRON_JOB = 52
"""Characters of its name: a Job adds 11 of its own."""
_FIELDS_OF_A_SCHEDULE = 5


def rule_violations(manifest: Manifest, gvk: GroupVersionKind, valid: Manifest | None = None) -> list[Violation]:
    """What an API server refuses beyond the schema; empty for kinds without rules. The document may have errors of its schema.

    valid: a document of the same kind without violations. Pods that the two share are not checked again.
    """
    rule = _RULES.get((gvk.group, gvk.kind))
    return [
        *label_violations(manifest, gvk),
        *pod_violations(manifest, gvk, valid),
        *(rule(manifest) if rule is not None else ()),
    ]


def _service(manifest: Manifest) -> Iterator[Violation]:
    path, spec = ("spec",), mapping(manifest, "spec")
    kind, ports = text(spec, "type") or "ClusterIP", sequence(spec, "ports")
    if kind == "ExternalName":
        if not text(spec, "externalName"):
            yield missing(path, (*path, "externalName"), "a Service of type ExternalName needs it", "Add it.")
    elif not ports and text(spec, "clusterIP") != "None":
        parent = path if spec else ()
        yield missing(parent, (*path, "ports"), "only a headless Service (clusterIP: None) may have no port", "Add a port.")
    seen: set[str] = set()
    for number, port in enumerate(ports):
        place, name = (*path, "ports", number), text(port, "name")
        if not name and ports[1:]:
            yield missing(place, (*place, "name"), "each of several ports needs a name", "Add one.")
        elif name in seen:
            yield duplicate((*place, "name"), "is also the name of a port before it", "Give each port its own name.")
        seen.add(name)
        if kind == "ClusterIP" and get(port, "nodePort"):
            yield invalid((*place, "nodePort"), "is not allowed for type ClusterIP", "Remove it, or write type: NodePort.")


def _claim(manifest: Manifest) -> Iterator[Violation]:
    yield from _claim_spec(manifest, ("spec",))


def _claim_spec(manifest: Manifest, path: Path) -> Iterator[Violation]:
    """path: of the specification of a PersistentVolumeClaim."""
    spec = mapping(manifest, *path)
    parent = path if spec else path[:-1]
    if not sequence(spec, "accessModes"):
        yield missing(parent, (*path, "accessModes"), "a claim needs at least one", "Add one, such as ReadWriteOnce.")
    field = (*path, "resources", "requests", "storage")
    requested = get(manifest, *field)
    if requested is None:
        deepest = next(field[:n] for n in range(len(field), -1, -1) if get(manifest, *field[:n]) is not None)
        yield missing(deepest, field, "a claim needs a size", "Add it, such as 1Gi.")
        return
    try:
        is_positive = Quantity.from_json(requested) > Quantity()
    except QuantityError:
        return  # The schema says so.
    if not is_positive:
        yield invalid(field, "must be more than 0", "Write the size, such as 1Gi.")


def _deployment(manifest: Manifest) -> Iterator[Violation]:
    path = ("spec", "strategy", "rollingUpdate")
    update = get(manifest, *path)
    if text(manifest, "spec", "strategy", "type") == "Recreate":
        if update is not None:
            remedy = "Remove rollingUpdate, or write type: RollingUpdate."
            yield invalid(path, "is not allowed for type Recreate", remedy)
    elif all(get(update, name) in (0, "0%") for name in ("maxSurge", "maxUnavailable")):
        yield invalid((*path, "maxUnavailable"), "and maxSurge are both 0: no Pod could be replaced", "Raise one of them.")


def _stateful_set(manifest: Manifest) -> Iterator[Violation]:
    path = ("spec", "updateStrategy", "rollingUpdate")
    if text(manifest, *path[:-1], "type") == "OnDelete" and get(manifest, *path) is not None:
        yield invalid(path, "is not allowed for type OnDelete", "Remove rollingUpdate, or write type: RollingUpdate.")
    for number, _ in enumerate(sequence(manifest, "spec", "volumeClaimTemplates")):
        yield from _claim_spec(manifest, ("spec", "volumeClaimTemplates", number, "spec"))


def _cron_job(manifest: Manifest) -> Iterator[Violation]:
    path, schedule = ("spec", "schedule"), get(manifest, "spec", "schedule")
    if len(text(manifest, "metadata", "name")) > _LONGEST_CRON_JOB:
        message = f"has more than {_LONGEST_CRON_JOB} characters, and its Jobs add to it"
        yield invalid(("metadata", "name"), message, "Shorten it.")
    if not isinstance(schedule, str) or schedule.startswith("@"):
        return
    if "TZ=" in schedule:
        yield invalid(path, "must not have a time zone", "Write it in spec.timeZone.")
    elif len(schedule.split()) != _FIELDS_OF_A_SCHEDULE:
        remedy = "Write minute, hour, day of the month, month and day of the week, such as 0 3 * * *, or @daily."
        yield invalid(path, f"has {len(schedule.split())} fields", remedy)


def _autoscaler(manifest: Manifest) -> Iterator[Violation]:
    least, most = get(manifest, "spec", "minReplicas"), get(manifest, "spec", "maxReplicas")
    least = 1 if least is None else least
    if isinstance(least, int) and isinstance(most, int) and least > most > 0:
        yield invalid(("spec", "maxReplicas"), "is less than minReplicas", "Correct one of them.")


def _disruption_budget(manifest: Manifest) -> Iterator[Violation]:
    if get(manifest, "spec", "minAvailable") is not None and get(manifest, "spec", "maxUnavailable") is not None:
        yield invalid(("spec", "maxUnavailable"), "must not stand beside minAvailable", "Keep one of the two.")


def _ingress(manifest: Manifest) -> Iterator[Violation]:
    spec = mapping(manifest, "spec")
    if get(spec, "defaultBackend") is None and not sequence(spec, "rules"):
        parent: Path = ("spec",) if spec else ()
        yield missing(parent, ("spec", "rules"), "an Ingress needs rules or a defaultBackend", "Add one of them.")
    for rule, one in enumerate(sequence(spec, "rules")):
        for number, item in enumerate(sequence(one, "http", "paths")):
            place = ("spec", "rules", rule, "http", "paths", number)
            path = text(item, "path")
            if get(item, "pathType") in ("Exact", "Prefix") and not path.startswith("/"):
                if path:
                    yield invalid((*place, "path"), "does not begin with /", "Write an absolute path.")
                else:
                    yield missing(place, (*place, "path"), "this pathType needs it", "Add it, such as /.")


_RULES: Mapping[tuple[str, str], Callable[[Manifest], Iterator[Violation]]] = {
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Service"): _service,
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): _autoscaler,
    ("batch", "CronJob"): _cron_job,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("policy", "PodDisruptionBudget"): _disruption_budget,
}
"""(group, kind) → its rule."""
