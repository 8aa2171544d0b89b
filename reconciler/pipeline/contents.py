"""What Charts and Kustomizes run: the Pods of their children. Quotas and the capacity of members count these.

That is known when they have been expanded, and decisions come before. So a pass decides twice where it matters: first as if
nothing was inside of them, which says where each one goes and what it expands to; then with what this runs. It is the same in
each pass, whatever earlier ones did. Where it is not known what one expands to, what it was counted as before still counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from reconciler.interpreter.precedence import Interpreter
from reconciler.interpreter.rules import MalformedObjectError
from reconciler.model.binding import Binding, Unschedulable
from reconciler.model.desired import ResourceTemplate
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, get, mapping
from reconciler.model.memo import Memo
from reconciler.model.quantity import Format, Quantity
from reconciler.model.quota import PODS
from reconciler.model.work import RenderedManifest
from reconciler.model.workload import Contents, PodSet, Resources
from reconciler.pipeline.children import Children
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.quotas import limited_namespaces, written
from reconciler.pipeline.snapshot import Snapshot

_Pods = tuple[tuple[ResourceKey, PodSet], ...]
"""Of one copy: each child with what it runs."""
_Parent = tuple[Binding | Unschedulable | None, tuple[ClusterName, ...], tuple[RenderedManifest, ...], tuple[ClusterName, ...]]
"""The first arguments of `_contents_of`."""


def with_contents(snapshot: Snapshot, children: Children, memo: Memo) -> Snapshot:
    """The snapshot in which the objects that are expanded say what they run; the same one where that matters to nothing.

    children: of the first decision.
    """
    desired = snapshot.desired
    if not children.templates or not (limited_namespaces(snapshot) or any(one.capacity is not None for one in desired.clusters)):
        return snapshot
    own: defaultdict[ResourceKey, list[ResourceTemplate]] = defaultdict(list)
    for item in children.templates.values():
        if item.template.parent is not None:
            own[item.template.parent.key].append(item.template)
    found = {
        key: memo(_contents_of, *_arguments(item, memo), memo.tuple(own[key]), snapshot.interpreter, memo=memo)
        for key, item in children.templates.items()
        if item.template.is_expanded
    }
    templates = memo.tuple(_saying(one, found.get(one.key), memo) for one in desired.templates)
    return snapshot if templates is desired.templates else replace(snapshot, desired=replace(desired, templates=templates))


def with_counted(
    templates: Mapping[ResourceKey, CompiledTemplate], formats: Mapping[str, Mapping[str, Format]], memo: Memo
) -> Mapping[ResourceKey, CompiledTemplate]:
    """The objects that are expanded and their children, in which each child says what it counts as against the quotas of its
    namespace. One that stays as it is counts as before. formats: as in `Quotas`."""
    counted = {}
    for key, item in templates.items():
        if item.template.parent is None or key.namespace not in formats:
            continue
        contents = templates[item.template.parent.key].template.contents
        counted[key] = memo(_counting, item, contents, formats[key.namespace])
    return {**templates, **counted} if counted else templates


def _counting(item: CompiledTemplate, contents: Contents | None, formats: Mapping[str, Format]) -> CompiledTemplate:
    last = item.decided.previous
    if contents is None or item.placed.held:
        amounts = last.counted if last is not None else {}
    else:
        requested = contents.requested.get(item.template.key)
        amounts = written(requested, formats) if requested else {}
    return replace(item, decided=replace(item.decided, counted=amounts)) if amounts else item


def _saying(template: ResourceTemplate, contents: Contents | None, memo: Memo) -> ResourceTemplate:
    return template if contents is None else memo(_with_contents, template, contents)


def _with_contents(template: ResourceTemplate, contents: Contents) -> ResourceTemplate:
    return replace(template, contents=contents)


def _arguments(parent: CompiledTemplate, memo: Memo) -> _Parent:
    """The same objects for the same parent."""
    rendering = parent.rendering
    names = memo.tuple(name for name in rendering.manifests if name not in rendering.failed)
    manifests = memo.tuple(rendering.manifests[name] for name in names)
    return parent.decided.scheduling, names, manifests, memo.tuple(sorted(rendering.failed))


def _contents_of(
    scheduling: Binding | Unschedulable | None,
    names: tuple[ClusterName, ...],
    manifests: tuple[RenderedManifest, ...],
    failed: tuple[ClusterName, ...],
    children: tuple[ResourceTemplate, ...],
    interpreter: Interpreter,
    *,
    memo: Memo,
) -> Contents | None:
    """None where nothing is known of any copy. names, manifests: of the parent, where it is known. failed: the other clusters."""
    known: dict[ClusterName, list[tuple[ResourceKey, PodSet]]] = {name: [] for name in names}
    for child in children:
        for name, pods in memo(_pods_by_cluster, child, interpreter).items():
            if name in known:
                known[name] += [(child.key, one) for one in pods]
    if not known:
        return None
    copies = {name: tuple(pods) for name, pods in known.items()}
    largest = max(copies.values(), key=_size)
    wanted = [target.name for target in scheduling.targets] if isinstance(scheduling, Binding) else []
    requested: defaultdict[ResourceKey, Counter[str]] = defaultdict(Counter)
    for name in wanted:  # A member that waits for its turn counts as the largest of the others.
        for key, one in copies.get(name, largest):
            requested[key].update(_total(one))
    return Contents(
        tuple(pods for _, pods in largest),
        _per_replica(copies, {name: _count(one.manifest, interpreter) for name, one in zip(names, manifests, strict=True)}),
        {key: dict(sorted(amounts.items())) for key, amounts in sorted(requested.items())},
        not set(failed) & set(wanted),
    )


def _pods_by_cluster(child: ResourceTemplate, interpreter: Interpreter) -> Mapping[ClusterName, tuple[PodSet, ...]]:
    """What a child runs on each cluster; nothing where it cannot be read, which is reported elsewhere."""
    same: dict[int, tuple[PodSet, ...]] = {}
    for manifest in child.parts.values():
        if id(manifest) not in same:
            same[id(manifest)] = _pods_of(manifest, interpreter)
    return {name: pods for name, manifest in child.parts.items() if (pods := same[id(manifest)])}


def _pods_of(manifest: Manifest, interpreter: Interpreter) -> tuple[PodSet, ...]:
    try:
        components = interpreter.components(manifest)
        if components is not None:
            parts = [(int(get(one, "replicas", default=0)), get(one, "replicaRequirements")) for one in components]
        else:
            count = interpreter.count(manifest)
            parts = [(count, interpreter.requirements(manifest) if count else None)]
        return tuple(PodSet(count, _requests(needs)) for count, needs in parts if count > 0)
    except MalformedObjectError:
        return ()


def _requests(needs: Manifest | None) -> Resources:
    return {name: Quantity.from_json(value) for name, value in mapping(needs, "resourceRequest").items()}


def _total(pods: PodSet) -> dict[str, int]:
    """In billionths."""
    total = {name: amount.nanos * pods.count for name, amount in pods.requests.items()}
    return {**total, PODS: pods.count * 10**9}


def _size(pods: _Pods) -> tuple[int, int, int]:
    total: Counter[str] = Counter()
    for _, one in pods:
        total.update(_total(one))
    return total["cpu"], total["memory"], total[PODS]


def _per_replica(copies: Mapping[ClusterName, _Pods], replicas: Mapping[ClusterName, int]) -> Resources | None:
    """What all Pods of a copy request, divided by its replicas: the largest share of any copy. None where none has replicas."""
    shares: dict[str, int] = {}
    for name, pods in copies.items():
        total: Counter[str] = Counter()
        for _, one in pods:
            total.update(_total(one))
        for resource, amount in total.items() if replicas[name] else ():
            if resource != PODS:
                shares[resource] = max(shares.get(resource, 0), -(-amount // replicas[name]))
    if not any(replicas.values()):
        return None
    return {resource: Quantity(amount, -9, Format.DECIMAL_SI) for resource, amount in sorted(shares.items())}


def _count(manifest: Manifest, interpreter: Interpreter) -> int:
    try:
        return interpreter.count(manifest)
    except MalformedObjectError:
        return 0
