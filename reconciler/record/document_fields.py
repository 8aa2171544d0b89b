"""Fields that several documents of the status branch share, both ways.

Reading raises ValueError for a value that no version of this program writes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from reconciler.model.binding import TargetCluster
from reconciler.model.condition import Condition
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey
from reconciler.model.manifest import get, mapping, text
from reconciler.model.memo import Memo
from reconciler.model.moments import time_text
from reconciler.model.quantity import Quantity, QuantityError

API_VERSION = "status.reconciler.dev/v1alpha1"


def nonempty(**fields: Any) -> dict[str, Any]:
    """The fields that have a value. None, empty text and empty lists are left out."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def resource(key: ResourceKey) -> dict[str, Any]:
    return nonempty(group=key.group, kind=key.kind, namespace=key.namespace, name=key.name)


def parse_resource(document: Any) -> ResourceKey:
    key = ResourceKey(*[text(document, field) for field in ("group", "kind", "namespace", "name")])
    if not key.kind or not key.name:
        raise ValueError("a resource has no kind or no name")
    return key


def reference(ref: PolicyRef) -> dict[str, Any]:
    return nonempty(kind=ref.kind, namespace=ref.namespace, name=ref.name)


def parse_reference(document: Any) -> PolicyRef:
    return PolicyRef(text(document, "kind"), text(document, "namespace"), text(document, "name"))


def targets(clusters: Iterable[TargetCluster]) -> list[dict[str, Any]]:
    """Clusters with the same number of replicas are one item: in a large fleet most are equal, and short files are read fast."""
    names: dict[int, list[str]] = {}
    for target in clusters:
        names.setdefault(target.replicas, []).append(target.name)
    return [nonempty(names=group, replicas=replicas or None) for replicas, group in sorted(names.items())]


def parse_targets(documents: Iterable[Any], memo: Memo | None = None) -> tuple[TargetCluster, ...]:
    """Sorted by name.

    memo: shares equal targets, which are many in a large fleet.
    """
    memo, found = memo or Memo(), list[TargetCluster]()
    for document in documents:
        known = memo(_Targets, parse_count(get(document, "replicas", default=0)))
        found += map(known.__getitem__, memo(_names, get(document, "names")))
    return tuple(sorted(found))


class _Targets(dict[str, TargetCluster]):
    """Name of a cluster → the target with a certain number of replicas."""

    def __init__(self, replicas: int) -> None:
        super().__init__()
        self._replicas = replicas

    def __missing__(self, name: str) -> TargetCluster:
        target = self[name] = TargetCluster(ClusterName(name), self._replicas)
        return target


def parse_items(document: Any, *path: str) -> list[Any]:
    """The list at `path`; an empty one if it is absent. Any other value is an error: read as empty, it would lose a placement."""
    value = get(document, *path)
    if value is not None and not isinstance(value, list):
        raise ValueError(f"{'.'.join(path)} is not a list")
    return value or []


def parse_names(document: Any, *path: str) -> list[ClusterName]:
    """The list of names at `path`; an empty one if it is absent."""
    names = parse_items(document, *path)
    if not (all(names) and {str}.issuperset(map(type, names))):  # Most of a large branch are names.
        raise ValueError(f"{'.'.join(path)} holds something that is not a name")
    return names


def _names(value: Any) -> list[ClusterName]:
    return parse_names({"names": value}, "names")


def condition(kind: str, status: bool, message: str) -> dict[str, Any]:
    """A condition of Karmada's ResourceBinding, without times."""
    return nonempty(type=kind, status="True" if status else "False", message=message)


def parse_time(written: str) -> datetime:
    """In UTC, where a moment near the first or the last year may not exist. Raises ValueError for anything else."""
    if not isinstance(written, str):
        raise ValueError("a time is no text")
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(f"{written} has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{written} is out of range") from None


def parse_optional_time(document: Any, field: str) -> datetime | None:
    """None where the field is absent or empty."""
    written = text(document, field)
    return parse_time(written) if written else None


def condition_document(one: Condition) -> dict[str, Any]:
    """As in the status of Kubernetes' objects."""
    since = None if one.since is None else time_text(one.since)
    return nonempty(type=one.type, status=one.status, reason=one.reason, message=one.message, lastTransitionTime=since)


def parse_condition(document: Any) -> Condition:
    since = parse_optional_time(document, "lastTransitionTime")
    return Condition(text(document, "type"), text(document, "status"), since, text(document, "reason"), text(document, "message"))


def parse_count(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("a count is not a whole number")
    return value


def parse_amounts(document: Any, field: str) -> dict[str, Quantity]:
    """Quantities by resource name, sorted."""
    try:
        return {name: Quantity.from_json(value) for name, value in sorted(mapping(document, field).items())}
    except QuantityError as error:
        raise ValueError(f"{field}: {error.message}") from error
