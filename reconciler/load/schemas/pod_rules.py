"""What an API server refuses in the Pods of an object, although each field by itself is allowed: what must not be absent, what
must not occur twice, and what must fit together.

ValidatePodSpec and ValidatePodTemplateSpec (Kubernetes pkg/apis/core/validation), and the restart policies (pkg/apis/apps,
pkg/apis/batch). A test compares this with a real API server (`tests/support/refused_objects.py`). Older servers look at the Pods
of a StatefulSet only when its controller creates them; then no Pod ever starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from reconciler.interpreter.pod_references import POD_SPECS_WITHOUT_RULES
from reconciler.interpreter.registry import pod_spec_path
from reconciler.load.schemas.explain_violations import Path, Violation, duplicate, invalid, missing
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get, mapping, sequence, text
from reconciler.model.quantity import Quantity, QuantityError
from reconciler.model.wording import first_few, one_of

Item: TypeAlias = tuple[Path, Mapping[str, Any]]
"""One item of a list, with its path."""

_ALWAYS = ("Always",)
_ENDS = ("Never", "OnFailure")
_RESTART: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{("apps", kind): _ALWAYS for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
    ("", "ReplicationController"): _ALWAYS,
    ("batch", "CronJob"): _ENDS,
    ("batch", "Job"): _ENDS,
}
"""(group, kind) → the restart policies that its Pods may have. An absent one is Always."""
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_SCALARS = (str, int, float)
_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")


def pod_violations(manifest: Manifest, gvk: GroupVersionKind, valid: Manifest | None = None) -> Iterator[Violation]:
    """The violations in the Pods of a built-in kind; none for kinds without Pods. valid: as for `rule_violations`."""
    kind = (gvk.group, gvk.kind)
    path = POD_SPECS_WITHOUT_RULES.get(kind) or pod_spec_path(*kind)
    if path is None or (get(manifest, *path[:-1]) is None and path[:-1]):
        return  # Where a template is missing, the schema says so.
    pod, good = mapping(manifest, *path), mapping(valid, *path)
    of_claims = [get(side, "spec", "volumeClaimTemplates") for side in (manifest, valid)]
    shares_volumes = valid is not None and pod.get("volumes") is good.get("volumes") and of_claims[0] is of_claims[1]
    if shares_volumes and pod is good:
        return
    if not sequence(pod, "containers"):
        yield missing(_deepest(manifest, path), (*path, "containers"), "a Pod has at least one container", "Add one.")
    yield from _restart_policy(pod, path, _RESTART.get(kind, ()), manifest)
    yield from _volumes(pod, path)
    known = {text(one, "name") for _, one in _items(pod, path, "volumes")}
    known |= {text(one, "metadata", "name") for one in sequence(manifest, "spec", "volumeClaimTemplates")}
    names: set[str] = set()
    for field in ("containers", "initContainers"):
        checked = set(map(id, sequence(good, field))) if shares_volumes else ()
        for place, container in _items(pod, path, field):
            name = text(container, "name")
            if field == "initContainers" and name in names:
                yield duplicate((*place, "name"), "is also the name of a container", "Give each container of a Pod its own name.")
            names.add(name)
            if id(container) not in checked:
                yield from _container(container, place, known)


def _container(container: Mapping[str, Any], path: Path, volumes: set[str]) -> Iterator[Violation]:
    if get(container, "image") is None:
        yield missing(path, (*path, "image"), "", "Write the image of the container.")
    yield from _ports(container, path)
    yield from _mounts(container, path, volumes)
    for probe in _PROBES:
        if isinstance(get(container, probe), Mapping):
            yield from _probe(container[probe], (*path, probe))
    for place, variable in _items(container, path, "env"):
        if text(variable, "value") and get(variable, "valueFrom") is not None:
            yield invalid((*place, "valueFrom"), "stands beside a value", "Keep one of the two.")
    yield from _requests(mapping(container, "resources"), (*path, "resources"))


def _restart_policy(pod: Mapping[str, Any], path: Path, allowed: tuple[str, ...], manifest: Manifest) -> Iterator[Violation]:
    policy = get(pod, "restartPolicy") or "Always"
    if not allowed or policy in allowed or policy not in (*_ALWAYS, *_ENDS):
        return  # The schema refuses other words.
    remedy = f"Write {one_of(allowed)}." if allowed != _ALWAYS else "Write Always, or leave it out. A Job may end."
    field = (*path, "restartPolicy")
    if get(pod, "restartPolicy"):
        yield invalid(field, f"must not be {policy} for this kind", remedy)
    else:
        yield missing(_deepest(manifest, path), field, f"the default, {policy}, is not allowed for this kind", remedy)


def _volumes(pod: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    for place, volume in _items(pod, path, "volumes"):
        sources = sorted(name for name, value in volume.items() if name != "name" and value is not None)
        if sources[1:]:
            yield invalid(place, f"has more than one source ({first_few(sources, 3)})", "Make a volume of each.")


def _ports(container: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    seen: set[str] = set()
    for place, port in _items(container, path, "ports"):
        name = text(port, "name")
        if name and name in seen:
            yield duplicate(
                (*place, "name"), "is also the name of a port before it", "Give each port of a container its own name."
            )
        seen.add(name)


def _mounts(container: Mapping[str, Any], path: Path, volumes: set[str]) -> Iterator[Violation]:
    for field in ("volumeMounts", "volumeDevices"):
        for place, mount in _items(container, path, field):
            name = text(mount, "name")
            if name and name not in volumes:
                remedy = "Add the volume to volumes, or correct the name."
                known = f" (it has {first_few(sorted(volumes - {''}), 3)})" if volumes - {""} else ""
                yield invalid((*place, "name"), f"names {name}, and the Pod has no such volume{known}", remedy)


def _probe(probe: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    handlers = [name for name in _HANDLERS if probe.get(name) is not None]
    if not handlers:
        yield invalid(path, "does not say what it tries", f"Add {one_of(_HANDLERS)}.")
    elif handlers[1:]:
        yield invalid(path, f"has more than one handler ({', '.join(handlers)})", "Keep one of them.")


def _requests(resources: Mapping[str, Any], path: Path) -> Iterator[Violation]:
    limits = mapping(resources, "limits")
    for name, requested in sorted(mapping(resources, "requests").items()):
        limit = limits.get(name)
        if isinstance(limit, _SCALARS) and isinstance(requested, _SCALARS) and _is_above(requested, limit):
            yield invalid((*path, "requests", name), f"is more than the limit of {limit}", "Lower it, or raise the limit.")


@lru_cache(maxsize=10_000)
def _is_above(requested: str | float, limit: str | float) -> bool:
    """False where one of them is no quantity: the schema says so."""
    try:
        return requested != limit and Quantity.from_json(requested) > Quantity.from_json(limit)
    except QuantityError:
        return False


def _items(parent: Mapping[str, Any], path: Path, field: str) -> Iterable[Item]:
    """The mappings in a list."""
    for number, item in enumerate(sequence(parent, field)):
        if type(item) is dict or isinstance(item, Mapping):  # A check of the abstract class takes five times as long.
            yield (*path, field, number), item


def _deepest(manifest: Manifest, path: Path) -> Path:
    """The part of the path that exists."""
    return next(path[:length] for length in range(len(path), -1, -1) if get(manifest, *path[:length]) is not None)
