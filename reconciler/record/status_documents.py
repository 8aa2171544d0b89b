"""`RecordedState` ⇄ the files of the status branch. Equal facts give equal bytes: no times but those that began something.

revision.yaml                                     the revision reconciled, the version of this layout
clusters/<name>.yaml                              one member: ready or not, counts, the digest of all it is to hold
bindings/<namespace>/<Kind>.<group>/<name>.yaml   one decision and its result
rebalancers/<name>.yaml                           which workloads of a WorkloadRebalancer have had their turn
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.documents.reader import read_stream
from reconciler.documents.writer import dump
from reconciler.errors import ReconcilerError
from reconciler.model.binding import Binding, RequiredBy, TargetCluster
from reconciler.model.cluster import Taint
from reconciler.model.health import Health, HealthStatus
from reconciler.model.keys import ClusterName, PolicyRef, ResourceKey, path_of
from reconciler.model.manifest import get, mapping, sequence, text
from reconciler.model.memo import Memo
from reconciler.model.policy import Suspension
from reconciler.model.recorded import ClusterStatus, RecordedBinding, RecordedCluster, RecordedState
from reconciler.record.cluster_facts import facts_of, models_of, parse_facts

API_VERSION = "status.reconciler.dev/v1alpha1"
LAYOUT = 1
"""Raised when older programs could no longer read what we write."""


class UnreadableStatusError(ReconcilerError):
    """The status branch holds something that this version cannot read."""


def files_of(state: RecordedState, memo: Memo | None = None) -> dict[str, bytes]:
    """Every document of the branch, by path. The README is `readme.py`'s.

    memo: remembers the text of what did not change.
    """
    written = memo or Memo()
    files = {"revision.yaml": _text(_revision(state))}
    files |= {f"clusters/{cluster.name}.yaml": written(_cluster_text, cluster) for cluster in state.clusters.values()}
    files |= {f"bindings/{path_of(key)}.yaml": written(_binding_text, recorded) for key, recorded in state.bindings.items()}
    files |= {f"rebalancers/{name}.yaml": _text(_rebalancer(name, done)) for name, done in state.rebalanced.items()}
    return dict(sorted(files.items()))


def _text(document: Mapping[str, Any]) -> bytes:
    return dump(document).encode()


def _cluster_text(cluster: RecordedCluster) -> bytes:
    return _text(_cluster(cluster))


def _binding_text(recorded: RecordedBinding) -> bytes:
    return _text(_binding(recorded))


def state_of(files: Mapping[str, bytes]) -> RecordedState:
    """What the branch says. Raises UnreadableStatusError, naming the file; an absent branch is the empty state.

    Files that are not ours to write are not looked at.
    """
    documents = {path: _read(path, data) for path, data in sorted(files.items()) if is_document(path)}
    revision = documents.get("revision.yaml", {})
    layout = get(revision, "spec", "layout", default=LAYOUT)
    if layout != LAYOUT:
        raise UnreadableStatusError(
            f"revision.yaml: layout {layout} of the status branch is not this version's ({LAYOUT})",
            remedy="Use the version of the program that wrote it, or a newer one.",
        )
    clusters = [_parse_cluster(path, document) for path, document in documents.items() if get(document, "kind") == "Cluster"]
    bindings = [_parse_binding(path, document) for path, document in documents.items() if get(document, "kind") == "Binding"]
    return RecordedState(
        revision=text(revision, "spec", "revision"),
        bindings={recorded.binding.key: recorded for recorded in bindings},
        clusters={cluster.name: cluster for cluster in clusters},
        rebalanced={
            text(document, "metadata", "name"): tuple(sorted(map(_parse_resource, sequence(document, "status", "done"))))
            for document in documents.values()
            if get(document, "kind") == "Rebalancer"
        },
    )


def is_document(path: str) -> bool:
    """Whether a file of the branch is one of those that `files_of` names."""
    return path == "revision.yaml" or (path.startswith(("bindings/", "clusters/", "rebalancers/")) and path.endswith(".yaml"))


def _read(path: str, data: bytes) -> Mapping[str, Any]:
    documents, errors = read_stream(data)
    if errors or len(documents) != 1 or not isinstance(documents[0].value, dict):
        why = f"line {errors[0].line}: {errors[0].message}" if errors else "it is not one mapping"
        raise UnreadableStatusError(
            f"{path} on the status branch cannot be read: {why}",
            remedy=_EDITED,
        )
    return documents[0].value


def _revision(state: RecordedState) -> dict[str, Any]:
    return {"apiVersion": API_VERSION, "kind": "Revision", "spec": {"layout": LAYOUT, "revision": state.revision}}


def _cluster(cluster: RecordedCluster) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "Cluster",
        "metadata": {"name": cluster.name},
        "spec": {"file": cluster.file} | models_of(cluster.capacity),
        "status": _given(
            ready=cluster.ready,
            message=cluster.message,
            digest=cluster.digest,
            kubernetesVersion=cluster.version,
            taints=[_given(key=taint.key, value=taint.value, effect=taint.effect) for taint in cluster.taints],
            objects={"total": cluster.objects, "applied": cluster.applied, "current": cluster.current},
        )
        | facts_of(cluster.apis, cluster.capacity),
    }


def _parse_cluster(path: str, document: Mapping[str, Any]) -> RecordedCluster:
    status = mapping(document, "status")
    try:
        total, applied, current = (_count(get(status, "objects", name, default=0)) for name in ("total", "applied", "current"))
        apis, capacity = parse_facts(document)
    except ValueError as error:
        raise UnreadableStatusError(f"{path} on the status branch cannot be read: {error}", remedy=_EDITED) from error
    return RecordedCluster(
        name=ClusterName(text(document, "metadata", "name")),
        file=text(document, "spec", "file"),
        ready=bool(get(status, "ready")),
        message=text(status, "message"),
        objects=total,
        applied=applied,
        current=current,
        digest=text(status, "digest"),
        taints=tuple(Taint(text(t, "key"), text(t, "value"), text(t, "effect")) for t in sequence(status, "taints")),
        version=text(status, "kubernetesVersion"),
        apis=apis,
        capacity=capacity,
    )


def _rebalancer(name: str, done: Iterable[ResourceKey]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "Rebalancer",
        "metadata": {"name": name},
        "status": {"done": [_resource(key) for key in done]},
    }


def _binding(recorded: RecordedBinding) -> dict[str, Any]:
    binding = recorded.binding
    policy = None if binding.policy is None else _reference(binding.policy) | _given(file=recorded.policy_file)
    return {
        "apiVersion": API_VERSION,
        "kind": "Binding",
        "metadata": _given(namespace=binding.key.namespace, name=binding.key.name),
        "spec": _given(
            resource=_resource(binding.key),
            template=recorded.template_file,
            policy=policy,
            overrides=[_reference(ref) | {"file": file} for ref, file in recorded.overrides],
            rules=list(recorded.rule_files),
            replicas=binding.replicas if binding.workload else None,
            divided=binding.divided or None,
            affinity=binding.affinity_name,
            placement=binding.placement_digest,
            clusters=_targets(binding.targets),
            decided=None if recorded.decided is None else {"clusters": _targets(recorded.decided)},
            leaving=[{"name": name, "since": _time(since)} for name, since in sorted(recorded.leaving.items())],
            requiredBy=[_resource(one.key) | {"clusters": _targets(one.targets)} for one in recorded.required_by],
            suspension=_suspension(recorded.suspension),
            preserveResourcesOnDeletion=recorded.preserve or None,
            activation=_given(template=recorded.template_digest, policy=recorded.policy_digest) or None,
        ),
        "status": _given(
            message=recorded.message,
            conditions=_conditions(recorded),
            clusters=_statuses(recorded.statuses),
            aggregated=recorded.aggregated,
        ),
    }


def _resource(key: ResourceKey) -> dict[str, Any]:
    return _given(group=key.group, kind=key.kind, namespace=key.namespace, name=key.name)


def _parse_resource(document: Any) -> ResourceKey:
    return ResourceKey(*[text(document, field) for field in ("group", "kind", "namespace", "name")])


def _suspension(suspension: Suspension) -> dict[str, Any] | None:
    """In the words of the policy."""
    return _given(dispatching=suspension.everywhere or None, dispatchingOnClusters=sorted(suspension.clusters)) or None


def _targets(targets: Iterable[TargetCluster]) -> list[dict[str, Any]]:
    """Clusters with the same number stand together: over a large fleet most are alike, and each is read back in every pass."""
    names: dict[int, list[str]] = {}
    for target in targets:
        names.setdefault(target.replicas, []).append(target.name)
    return [_given(names=found, replicas=replicas or None) for replicas, found in sorted(names.items())]


def _parse_targets(documents: Iterable[Any]) -> tuple[TargetCluster, ...]:
    return tuple(
        sorted(
            TargetCluster(ClusterName(name), _count(get(document, "replicas", default=0)))
            for document in documents
            for name in sequence(document, "names")
        )
    )


def _statuses(statuses: Iterable[ClusterStatus]) -> list[dict[str, Any]]:
    """Clusters that fare alike stand together, by their first name."""
    groups: dict[ClusterStatus, list[str]] = {}
    for status in statuses:
        groups.setdefault(replace(status, cluster=_ANY, reflected=None), []).append(status.cluster)
    return [_status(status, names) for status, names in sorted(groups.items(), key=lambda group: group[1])]


def _status(status: ClusterStatus, names: list[str]) -> dict[str, Any]:
    health = _given(status=str(status.health.status), reason=status.health.reason, message=status.health.message)
    return _given(
        names=names,
        applied=status.applied,
        message=status.message,
        health=health,
        digest=status.digest,
        corrected=status.corrected,
    )


def _conditions(recorded: RecordedBinding) -> list[dict[str, Any]]:
    """Karmada's two conditions of a binding, without times."""
    waiting = [status.cluster for status in recorded.statuses if not status.applied]
    return [
        _given(type="Scheduled", status=_truth(not recorded.message), message=recorded.message),
        _given(
            type="FullyApplied",
            status=_truth(not waiting and bool(recorded.statuses)),
            message=f"not applied on {', '.join(waiting)}" if waiting else "",
        ),
    ]


def _parse_binding(path: str, document: Mapping[str, Any]) -> RecordedBinding:
    spec, status = mapping(document, "spec"), mapping(document, "status")
    key = _parse_resource(mapping(spec, "resource"))
    policy = get(spec, "policy")
    replicas = get(spec, "replicas")
    try:
        return RecordedBinding(
            binding=Binding(
                key=key,
                policy=None if policy is None else _parse_reference(policy),
                targets=_parse_targets(sequence(spec, "clusters")),
                replicas=_count(replicas or 0),
                divided=bool(get(spec, "divided")),
                workload=replicas is not None,
                affinity_name=text(spec, "affinity"),
                placement_digest=text(spec, "placement"),
            ),
            template_file=text(spec, "template"),
            policy_file=text(policy, "file"),
            overrides=tuple((_parse_reference(item), text(item, "file")) for item in sequence(spec, "overrides")),
            rule_files=tuple(sequence(spec, "rules")),
            leaving={ClusterName(text(item, "name")): _moment(text(item, "since")) for item in sequence(spec, "leaving")},
            decided=_parse_targets(sequence(spec, "decided", "clusters")) if "decided" in spec else None,
            statuses=_parse_statuses(sequence(status, "clusters")),
            message=text(status, "message"),
            required_by=tuple(
                RequiredBy(_parse_resource(item), _parse_targets(sequence(item, "clusters")))
                for item in sequence(spec, "requiredBy")
            ),
            suspension=Suspension(
                bool(get(spec, "suspension", "dispatching")),
                frozenset(sequence(spec, "suspension", "dispatchingOnClusters")),
            ),
            preserve=bool(get(spec, "preserveResourcesOnDeletion")),
            template_digest=text(spec, "activation", "template"),
            policy_digest=text(spec, "activation", "policy"),
            aggregated=mapping(status, "aggregated") or None,
        )
    except ValueError as error:
        raise UnreadableStatusError(f"{path} on the status branch cannot be read: {error}", remedy=_EDITED) from error


def _parse_statuses(documents: Iterable[Any]) -> tuple[ClusterStatus, ...]:
    found = (
        replace(status, cluster=ClusterName(name))
        for document in documents
        for status in (_parse_status(document),)
        for name in sequence(document, "names")
    )
    return tuple(sorted(found, key=lambda status: status.cluster))


def _parse_status(document: Any) -> ClusterStatus:
    """What holds for all clusters of a group; the caller puts in their names."""
    health = mapping(document, "health")
    return ClusterStatus(
        cluster=_ANY,
        applied=bool(get(document, "applied")),
        health=Health(HealthStatus(text(health, "status")), text(health, "message"), text(health, "reason")),
        message=text(document, "message"),
        digest=text(document, "digest"),
        corrected=text(document, "corrected"),
    )


def _reference(ref: PolicyRef) -> dict[str, Any]:
    return _given(kind=ref.kind, namespace=ref.namespace, name=ref.name)


def _parse_reference(document: Any) -> PolicyRef:
    return PolicyRef(text(document, "kind"), text(document, "namespace"), text(document, "name"))


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that say something: absent, empty text and empty lists are left out."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(f"{written} names no time zone")
    return moment


def _count(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("a count is no whole number")
    return value


def _truth(value: bool) -> str:
    return "True" if value else "False"


_ANY = ClusterName("")


_EDITED = "Someone edited it: revert that commit, or delete the file to have it written anew."
