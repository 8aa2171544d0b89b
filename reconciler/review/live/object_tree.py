"""Objects of Git, each down to its Pods: its template, the binding, the members, and what each member made of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconciler.cluster.listing import Selection
from reconciler.interpreter.precedence import Interpreter, interpreter_of
from reconciler.model.desired import DesiredState
from reconciler.model.health import NOT_FOUND, Health
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.manifest import Manifest, key_of
from reconciler.model.recorded import RecordedDecision, RecordedState
from reconciler.observe.collector import health_of
from reconciler.passes.fleet import Fleet
from reconciler.review.get import list_objects
from reconciler.review.live.owned_objects import Owned, kinds_below, owned_by


@dataclass(frozen=True, slots=True)
class MemberBranch:
    """What one member has of the object."""

    cluster: ClusterName
    replicas: int | None
    """As they were decided for it; None where no number was."""
    roots: tuple[Owned, ...]
    """The copy, or what a Chart or Kustomize was expanded to there; empty where the member did not answer."""
    recorded: Health | None
    """As the last sync saw the copy; None where it recorded nothing."""
    problem: str = ""
    """Why the member did not answer, or not in full; else why the last sync could not apply the copy."""
    answered: bool = True


@dataclass(frozen=True, slots=True)
class ObjectTree:
    key: ResourceKey
    template: str
    """`file:line`; the file alone where the template is gone from the revision; empty where there is neither."""
    policy: str
    """Empty where no policy claims it."""
    policy_file: str
    message: str
    """Why the newest decision is not in force."""
    reasons: tuple[str, ...]
    """How the decision was made, one sentence per step."""
    branches: tuple[MemberBranch, ...]
    """Sorted by member."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What Git knows about the object that the tree is about; made by `recall`."""

    key: ResourceKey
    desired: DesiredState
    recorded: RecordedState
    roots: tuple[ResourceKey, ...]
    """The objects that members hold of it: itself, or what a Chart or Kustomize was expanded to. Sorted."""

    @property
    def decision(self) -> RecordedDecision | None:
        return self.recorded.decisions.get(self.key)

    @property
    def members(self) -> frozenset[ClusterName]:
        """Those that must hold it or still do."""
        return frozenset(name for key in self.roots for name in self._holders(key))

    def roots_on(self, cluster: ClusterName) -> list[ResourceKey]:
        return [key for key in self.roots if cluster in self._holders(key)]

    @property
    def template(self) -> str:
        found = next((one for one in self.desired.templates if one.key == self.key), None)
        if found is not None:
            return str(found.origin)
        return self.decision.template_file if self.decision is not None else ""

    def _holders(self, key: ResourceKey) -> set[ClusterName]:
        decision = self.recorded.decisions.get(key)
        return decision.holders(self.recorded.report_of(key)) if decision is not None else set()


def recall(key: ResourceKey, desired: DesiredState, recorded: RecordedState) -> Recall:
    children = sorted(child for child, decision in recorded.decisions.items() if decision.parent == key)
    return Recall(key, desired, recorded, tuple(children) or (key,))


def known_keys(desired: DesiredState, recorded: RecordedState) -> list[ResourceKey]:
    """The objects that a tree can be about, sorted: templates, and what was recorded."""
    return sorted({template.key for template in desired.templates} | recorded.decisions.keys())


async def read_trees(fleet: Fleet, recalled: Sequence[Recall], clusters: Collection[str], now: datetime) -> list[ObjectTree]:
    """One look at the members for all trees. clusters: the members to show, of those that hold an object; empty for all. fleet:
    has a connection to each of them, or says why not."""
    result = await list_objects(fleet, _selections(sorted({key for known in recalled for key in known.roots})))
    objects: dict[ClusterName, dict[ResourceKey, Manifest]] = {}
    for block in result.blocks:
        for name, listing in block.listings.items():
            objects.setdefault(name, {}).update((key_of(row.object), row.object) for row in listing.rows)
    declared = {*fleet.clients, *fleet.unreachable, *fleet.pulled}

    def tree(known: Recall) -> ObjectTree:
        interpreter = interpreter_of(known.desired.customizations)
        branches = [
            _branch(known, name, objects.get(name, {}), problem, _Judge(fleet, name, interpreter, now))
            for name in sorted(known.members)
            if not clusters or name in clusters
            for problem in [result.unanswered.get(name, "" if name in declared else _UNDECLARED)]
        ]
        return _tree(known, branches)

    return [tree(known) for known in recalled]


def _tree(known: Recall, branches: Iterable[MemberBranch]) -> ObjectTree:
    decision = known.decision
    binding = decision.binding if decision is not None else None
    return ObjectTree(
        known.key,
        known.template,
        str(binding.policy) if binding is not None and binding.policy is not None else "",
        decision.policy_file if decision is not None else "",
        decision.message if decision is not None else "no sync has decided about it yet",
        binding.reasons if binding is not None else (),
        tuple(branches),
    )


class _Judge:
    """The health of an object of one member."""

    def __init__(self, fleet: Fleet, name: ClusterName, interpreter: Interpreter, now: datetime) -> None:
        client = fleet.clients.get(name)
        self._tells, self._interpreter, self._now = client is None or client.tells_health, interpreter, now

    def __call__(self, item: Manifest) -> Health:
        return health_of(item, self._now, self._tells, self._interpreter)


def _selections(roots: Iterable[ResourceKey]) -> list[Selection]:
    """The objects themselves, and everything that may be below them, by namespace."""
    named: dict[tuple[str, str], list[ResourceKey]] = {}
    for key in roots:
        named.setdefault((key.qualified_kind.lower(), key.namespace), []).append(key)
    own = [
        Selection(kind, frozenset({keys[0].kind.lower()}), tuple(key.name for key in keys), namespace, whole=True)
        for (kind, namespace), keys in sorted(named.items())
    ]
    kinds: dict[str, set[str]] = {}
    for key in roots:
        kinds.setdefault(key.namespace, set()).add(key.kind)
    below = [
        Selection(kind, frozenset({_singular(kind)}), (), namespace, whole=True)
        for namespace in sorted(filter(None, kinds))
        for kind in kinds_below(kinds[namespace])
    ]
    return [*own, *below]


def _singular(plural: str) -> str:
    return plural.partition(".")[0].removesuffix("s")


def _branch(
    known: Recall, name: ClusterName, objects: Mapping[ResourceKey, Manifest], problem: str, judge: _Judge
) -> MemberBranch:
    decision, status = known.decision, known.recorded.report_of(known.key).status_in(name)
    replicas = decision.replicas_on(name) if decision is not None else None
    recorded = status.health if status is not None else None
    keys = known.roots_on(name)
    if problem and objects.keys().isdisjoint(keys):
        return MemberBranch(name, replicas, (), recorded, problem, answered=False)
    roots = tuple(owned_by(objects[key], objects.values(), judge) if key in objects else Owned(key, NOT_FOUND) for key in keys)
    return MemberBranch(name, replicas, roots, recorded, problem or (status.message if status is not None else ""))


_UNDECLARED = "no Cluster file of this revision declares it"
