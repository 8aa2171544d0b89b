"""Objects that can never have their turn: they wait for each other in a circle, or for something that is placed elsewhere.

Who waits for whom is known when the manifests of each member are. Members that get the same manifests are looked at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from reconciler.interpreter.containers import Containers, is_container, is_namespace
from reconciler.interpreter.precedence import Interpreter
from reconciler.model.dependency_graph import cycles
from reconciler.model.desired import DesiredState
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.ordering import Dependency, dependencies_of, group_of, states_order, wave_of
from reconciler.model.origin import Origin
from reconciler.model.wording import first_few
from reconciler.model.work import RenderedManifest
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.plan.member_order import MemberOrder, order_of

Node = tuple[str, ResourceKey, int]
"""Member, object, 0. For all objects up to a place of an ordered namespace: member, the namespace as a key without a kind, and
the number of the place from 1."""
Copies = Mapping[Node, RenderedManifest]
Orders = Mapping[ClusterName, MemberOrder]
Families = dict[tuple[ClusterName, ResourceKey], list[ResourceKey]]
"""(member, Chart) → what it expands to there."""
Held = Mapping[ClusterName, tuple[RenderedManifest, ...]]


def order_issues(
    templates: Mapping[ResourceKey, CompiledTemplate], desired: DesiredState, interpreter: Interpreter, memo: Memo
) -> Iterator[Issue]:
    """Nothing where no template says anything about its order."""
    stating = [key for block in memo.blocks(templates.values()) for key in memo(_stating, block)]
    if not stating:
        return
    groups = {group_of(key) for key in stating} - {""}
    chosen = [key for key in templates if key in set(stating) or group_of(key) in groups or is_container(key)]
    chosen = [key for key in chosen if not templates[key].template.is_expanded]
    by_member: dict[ClusterName, list[RenderedManifest]] = {}
    for key in chosen:
        for name, manifest in templates[key].rendering.manifests.items():
            by_member.setdefault(name, []).append(manifest)
    orders: dict[ClusterName, MemberOrder] = {}
    held: dict[ClusterName, tuple[RenderedManifest, ...]] = {}
    names: dict[int, list[ClusterName]] = {}
    crossing = any(one.cluster for key in stating for one in dependencies_of(templates[key].template.manifest, key.namespace))
    for name in sorted(by_member):
        manifests = memo.tuple(by_member[name])
        names.setdefault(id(manifests), []).append(name)
        if crossing or len(names[id(manifests)]) == 1:
            held[name] = manifests
            orders[name] = memo(order_of, manifests, name, interpreter)
    alike = {name: [name] if crossing else names[id(manifests)] for name, manifests in held.items()}
    yield from _unplaced(orders, held, desired, alike, _parents_on(templates))
    yield from _unobserved(orders, held, desired)
    yield from _cycles(orders, held)


def _stating(items: tuple[CompiledTemplate, ...]) -> list[ResourceKey]:
    """The templates that say something about their order."""
    return [one.template.key for one in items if states_order(one.template.manifest) and not one.template.is_expanded]


def _parents_on(templates: Mapping[ResourceKey, CompiledTemplate]) -> dict[ClusterName, set[ResourceKey]]:
    """By member, what is expanded there, and written nowhere."""
    found: dict[ClusterName, set[ResourceKey]] = {}
    for key, item in templates.items():
        for name in item.rendering.manifests if item.template.is_expanded else ():
            found.setdefault(name, set()).add(key)
    return found


def _unplaced(
    orders: Orders,
    held: Held,
    desired: DesiredState,
    alike: Mapping[ClusterName, list[ClusterName]],
    parents: Mapping[ClusterName, Collection[ResourceKey]],
) -> Iterator[Issue]:
    """Dependencies that a member cannot meet, by the files: each is told once, with the members. alike: those with the same
    manifests, by the first of them. parents: what is expanded on each member."""
    members = {cluster.name for cluster in desired.clusters}
    declared = {template.key for template in desired.templates}
    placed = {name: {one.declared for one in manifests} | {one.key for one in manifests} for name, manifests in held.items()}
    found: dict[tuple[ResourceKey, Dependency, Origin], list[ClusterName]] = {}
    for name, order in orders.items():
        by_key = {one.key: one for one in held[name]}
        for key, dependencies in order.declared.items():
            for dependency in dependencies:
                there = ClusterName(dependency.cluster or name)
                absent = dependency.key not in placed.get(there, ()) and dependency.key not in parents.get(there, ())
                missing = dependency.key in declared and absent
                if there not in members or missing:
                    found.setdefault((by_key[key].declared, dependency, by_key[key].origin), []).extend(alike[name])
    for (key, dependency, origin), names in sorted(found.items()):
        there = ClusterName(dependency.cluster)
        what = f"that is not placed on {there or first_few(sorted(names), 3)}"
        if there and there not in members:
            what = f"{there} is no declared cluster"
        message = f"{key} depends on {dependency.key}, but {what}"
        yield warning("DependencyNotPlaced", message, _PLACE_IT, origin=origin, subject=key)


def _unobserved(orders: Orders, held: Held, desired: DesiredState) -> Iterator[Issue]:
    """Dependencies on objects of other members that no file declares, where one of the two members is kept by an agent: agents
    report what they apply, and read of other members what is recorded. So nobody knows whether such an object is there."""
    pulled = {cluster.name: cluster.is_pulled for cluster in desired.clusters}
    declared = {template.key for template in desired.templates}
    found: dict[tuple[ResourceKey, Dependency, Origin], list[ClusterName]] = {}
    for name, order in orders.items():
        by_key = {one.key: one for one in held[name]}
        for key, dependencies in order.declared.items():
            for dependency in dependencies:
                there = ClusterName(dependency.cluster)
                if there in pulled and dependency.key not in declared and (pulled[there] or pulled.get(name)):
                    found.setdefault((by_key[key].declared, dependency, by_key[key].origin), []).append(name)
    for (key, dependency, origin), names in sorted(found.items()):
        there = ClusterName(dependency.cluster)
        agents = first_few([one for one in sorted({*names, there}) if pulled.get(one)], 3)
        message = (
            f"{key} on {first_few(sorted(names), 3)} depends on {dependency}, which no file declares. Of such objects nothing is "
            f"recorded that agents or the leader could read of each other (members with an agent: {agents}), so it waits for ever"
        )
        remedy = f"Declare {dependency.key} and place it on {there}, or depend on an object that is declared."
        yield warning("DependencyNotObserved", message, remedy, origin=origin, subject=key)


def _cycles(orders: Orders, held: Held) -> Iterator[Issue]:
    copies: dict[Node, RenderedManifest] = {}
    needs: dict[Node, list[Node]] = {}
    families: Families = {}
    for name, manifests in held.items():
        for one in manifests:
            for parent in one.parents:
                families.setdefault((name, parent), []).append(one.key)
    for name, order in orders.items():
        if order.declared:
            _add(name, order, held[name], families, copies, needs)
    told: set[tuple[ResourceKey, ...]] = set()
    for circle in cycles(tuple(needs), needs):
        objects = [node for node in circle if not node[2]]
        keys = tuple(sorted({copies[node].declared for node in objects if node in copies}))
        if keys and keys not in told:
            told.add(keys)
            yield from _circle(circle, copies)


def _add(
    name: ClusterName,
    order: MemberOrder,
    manifests: Iterable[RenderedManifest],
    families: Families,
    copies: dict[Node, RenderedManifest],
    needs: dict[Node, list[Node]],
) -> None:
    """Adds what the objects of one member wait for to `needs`."""
    by_key = {one.key: one for one in manifests}
    copies |= {(name, key, 0): one for key, one in by_key.items()}
    for key, dependencies in order.declared.items():
        for one in dependencies:
            there = ClusterName(one.cluster) or name
            others = families.get((there, one.key), [one.key])  # Who depends on a Chart waits for what it expands to.
            needs.setdefault((name, key, 0), []).extend((there, other, 0) for other in others)
    for group, steps in order.steps.items():
        place = ResourceKey("", "", "", group)
        for number, step in enumerate(steps, 1):
            earlier = [(name, place, number - 1)] if number > 1 else []
            needs[name, place, number] = [*earlier, *((name, key, 0) for key in step if not is_namespace(key))]
            for key in step:
                if earlier and group_of(key) == group:
                    needs.setdefault((name, key, 0), []).extend(earlier)
    containers = Containers({key: one.manifest for key, one in by_key.items() if is_container(key) and key in order.declared})
    for key in by_key:
        needs.setdefault((name, key, 0), []).extend((name, one, 0) for one in containers.holding(key))


def _circle(circle: tuple[Node, ...], copies: Copies) -> Iterator[Issue]:
    """One issue for each object of the circle, all with the same drawing."""
    first = circle.index(min(node for node in circle if not node[2]))
    nodes = [*circle[first:], *circle[:first], circle[first]]
    across = len({node[0] for node in nodes}) > 1
    drawn, by_place = [], False
    last = nodes[0]
    for node in nodes[1:]:
        if node[2]:
            by_place = True
            continue
        drawn.append(_edge(copies[last], copies.get(node), node, by_place=by_place, across=across))
        last, by_place = node, False
    objects = {copies[node].declared: copies[node] for node in nodes if not node[2]}
    for key, one in sorted(objects.items()):
        message = f"{key} waits for itself: {'; '.join(drawn)}"
        yield error("DependencyCycle", message, _CUT_IT, origin=one.origin, subject=key)


def _edge(one: RenderedManifest, other: RenderedManifest | None, node: Node, *, by_place: bool, across: bool) -> str:
    key = other.declared if other is not None else node[1]
    where = f" on {node[0]}" if across else ""
    why = f"comes after wave {wave_of(other.manifest)}, that of" if by_place and other is not None else "depends on"
    return f"{one.declared} ({one.origin}) {why} {key}{where}"


_PLACE_IT = "It waits until that exists there. Correct the reference, or the policy that places one of the two."
_CUT_IT = "Remove one of these dependencies, or change a wave. Until then, they stay as they are."
