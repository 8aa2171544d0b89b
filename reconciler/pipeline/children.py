"""After the third step: Charts and Kustomizes become the objects that they expand to on each cluster, their children.

A child is a compiled template like any other. It is placed where its parent is and the parent's expansion has it, and has the
terms of its parent. The parent itself is written nowhere.

Where it is not known what a parent expands to, the children that are recorded there stay as they are: nothing is written, and
nothing is pruned.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.expand.rendered import Child, Objects
from reconciler.interpreter.containers import is_definition
from reconciler.model.binding import Binding, TargetCluster
from reconciler.model.cluster import Cluster
from reconciler.model.desired import ResourceTemplate
from reconciler.model.expansion import NO_EXPANSIONS, NO_NEEDS, ExpansionNeeds, Expansions, Parent
from reconciler.model.issues import Issue, error
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedDecision
from reconciler.model.write_policy import WriteRules
from reconciler.pipeline.check_children import check_child, named_children
from reconciler.pipeline.check_rendered import Schemas, schemas_for
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.decide import Decided
from reconciler.pipeline.families import Family, families_of, parents_of
from reconciler.pipeline.follow import Placed
from reconciler.pipeline.snapshot import Snapshot
from reconciler.pipeline.staged import Rollouts
from reconciler.pipeline.tenants import judge
from reconciler.render.render_template import Rendering
from reconciler.render.write_policies import with_write_policies
from reconciler.tenancy.governance import Governance
from reconciler.transition.transition import Transition


@dataclass(frozen=True, slots=True)
class Children:
    """What the parents of one compilation come to."""

    templates: Mapping[ResourceKey, CompiledTemplate] = field(default_factory=dict)
    """The parents and their children."""
    staying: Mapping[ResourceKey, RecordedDecision] = field(default_factory=dict)
    """Recorded children of which nothing is known now; they stay as they are."""
    issues: tuple[Issue, ...] = ()
    needs: ExpansionNeeds = NO_NEEDS


NO_CHILDREN = Children()


@dataclass(frozen=True, slots=True)
class _Context:
    """What all children have in common."""

    schemas: Schemas
    governance: Governance
    rules: WriteRules
    clusters: tuple[Cluster, ...]
    memo: Memo


def expand(
    decided: Mapping[ResourceKey, Decided],
    placements: Mapping[ResourceKey, Placed],
    renderings: Mapping[ResourceKey, Rendering],
    snapshot: Snapshot,
    rollouts: Rollouts,
    memo: Memo,
    expansions: Expansions = NO_EXPANSIONS,
) -> Children:
    """expansions: what is known of the programs' results."""
    parents = [key for key in memo(parents_of, snapshot.desired.templates) if key in decided]
    recorded = _recorded_children(snapshot) if parents or rollouts.staged else {}
    if not parents:
        return Children(staying=_kept_by_rollouts(recorded, parents, rollouts)) if recorded else NO_CHILDREN
    families, needs = families_of(parents, decided, placements, renderings, snapshot, expansions, memo)
    needs = _with_unplaced(needs, [family.template.key for family in families if not family.placed.targets], snapshot)
    owners, issues = _owners(families, decided, snapshot.recorded.decisions)
    desired = snapshot.desired
    definitions = memo.tuple(template for template in desired.templates if is_definition(template.key))
    schemas = memo(schemas_for, definitions, desired.clusters)
    context = memo(_Context, schemas, snapshot.governance, desired.settings.write_rules, desired.clusters, memo)
    templates: dict[ResourceKey, CompiledTemplate] = {}
    staying = _kept_by_rollouts(recorded, parents, rollouts)
    for family in families:
        key, known = family.template.key, recorded.get(family.template.key, {})
        refused = frozenset(child for child, owner in owners.items() if owner != key)
        own = _children_of(family, known, context, memo)
        staying |= {child: last for child, last in known.items() if child not in own and _stays(last, family)}
        templates |= {child: item for child, item in own.items() if child not in refused}
        templates[key] = _parent(family)
    issues += named_children(desired, {child: item.template for child, item in templates.items()})
    return Children(templates, {key: one for key, one in staying.items() if key not in templates}, tuple(issues), needs)


def _with_unplaced(needs: ExpansionNeeds, unplaced: Sequence[ResourceKey], snapshot: Snapshot) -> ExpansionNeeds:
    """With the parents that go nowhere: if the record was lost, any member may hold children of them."""
    if not unplaced:
        return needs
    names = [cluster.name for cluster in snapshot.desired.clusters]
    return replace(needs, unknown_on={name: tuple(sorted({*needs.unknown_on.get(name, ()), *unplaced})) for name in names})


def _parent(family: Family) -> CompiledTemplate:
    """With its own manifests, which show what overrides make of it."""
    own = family.rendering
    if family.failed == own.failed and not family.notices:
        return CompiledTemplate(family.decided, family.placed, own)
    notices = tuple(sorted({*own.notices, *family.notices}))
    return CompiledTemplate(family.decided, family.placed, Rendering(own.manifests, dict(family.failed), notices))


def _recorded_children(snapshot: Snapshot) -> dict[ResourceKey, dict[ResourceKey, RecordedDecision]]:
    """By parent."""
    found: defaultdict[ResourceKey, dict[ResourceKey, RecordedDecision]] = defaultdict(dict)
    for key, decision in snapshot.recorded.decisions.items():
        if decision.parent is not None:
            found[decision.parent][key] = decision
    return found


def _kept_by_rollouts(
    recorded: Mapping[ResourceKey, Mapping[ResourceKey, RecordedDecision]], parents: Collection[ResourceKey], rollouts: Rollouts
) -> dict[ResourceKey, RecordedDecision]:
    """The children of parents that a rollout removes, and whose last revision cannot be read any more."""
    gone = {key for key, staged in rollouts.staged.items() if staged.gone and staged.pending and key not in parents}
    return {child: last for key in gone for child, last in recorded.get(key, {}).items()}


def _stays(last: RecordedDecision, family: Family) -> bool:
    return any(family.stays_on(name) for name in last.cluster_names)


def _owners(
    families: Sequence[Family], decided: Mapping[ResourceKey, Decided], recorded: Mapping[ResourceKey, RecordedDecision]
) -> tuple[dict[ResourceKey, ResourceKey], list[Issue]]:
    """Of each object that two declare, who keeps it: who had it before; else a template that is written in Git; else the first
    parent. With an error for each of the others."""
    declaring: defaultdict[ResourceKey, list[Family]] = defaultdict(list)
    for family in families:
        for key in {one.key for objects in _distinct(family) for one in objects.children}:
            declaring[key].append(family)
    owners, issues = {}, []
    for key, several in sorted(declaring.items()):
        written = decided.get(key)
        if len(several) == 1 and written is None:
            continue
        places = {one.template.key: one.template.origin for one in several}
        if written is not None:
            places[key] = written.template.origin
        last = recorded.get(key)
        before = None if last is None else last.parent or key
        owner = before if before in places else key if written is not None else min(places)
        owners[key] = owner
        for other in sorted(places.keys() - {owner}):
            what = "is declared here" if other == key else f"is expanded from {other}"
            kept = f"is written in {places[owner]}" if owner == key else f"is expanded from {owner} ({places[owner]})"
            message = f"{key} {what}, and {kept}; what came first stays"
            remedy = "Leave it out of one of the two, by values or a patch, or place the two on other names."
            issues.append(error("DeclaredTwice", message, remedy, origin=places[other], subject=key))
    return owners, issues


def _distinct(family: Family) -> Iterator[Objects]:
    yield from {id(one): one for one in family.objects.values()}.values()


def _children_of(
    family: Family, recorded: Mapping[ResourceKey, RecordedDecision], context: _Context, memo: Memo
) -> Mapping[ResourceKey, CompiledTemplate]:
    """The children of one parent, also those that another declares. recorded: its children."""
    copies = memo.tuple(family.objects), memo.tuple(family.objects.values())
    failed = {name: issue for name, issue in family.failed.items() if family.stays_on(name)}
    stays = memo.tuple(failed), memo.tuple(failed.values())
    known = memo.tuple(recorded[key] for key in sorted(recorded))
    return memo(_built, family.decided, family.placed, *copies, *stays, known, context)


def _built(
    decided: Decided,
    placed: Placed,
    names: tuple[ClusterName, ...],
    objects: tuple[Objects, ...],
    failing: tuple[ClusterName, ...],
    issues: tuple[Issue, ...],
    recorded: tuple[RecordedDecision, ...],
    context: _Context,
) -> dict[ResourceKey, CompiledTemplate]:
    """names, objects: what the parent expands to on these clusters. failing, issues: where that is not known, and why. recorded:
    the decisions about the children of the parent."""
    copies: defaultdict[ResourceKey, dict[ClusterName, Child]] = defaultdict(dict)
    for name, one in zip(names, objects, strict=True):
        for child in one.children:
            copies[child.key][name] = child
    last = {one.binding.key: one for one in recorded}
    failed = dict(zip(failing, issues, strict=True))
    return {key: _child(key, copies[key], last.get(key), failed, decided, placed, context) for key in sorted(copies)}


def _child(
    key: ResourceKey,
    copies: Mapping[ClusterName, Child],
    last: RecordedDecision | None,
    failed: Mapping[ClusterName, Issue],
    decided: Decided,
    placed: Placed,
    context: _Context,
) -> CompiledTemplate:
    memo, parent, policy = context.memo, decided.template, decided.claim.policy
    first = copies[min(copies)]
    kept = {name: failed[name] for name in (last.cluster_names if last is not None else ()) if name in failed}
    targets = memo.tuple(memo(TargetCluster, name) for name in sorted(copies.keys() | kept.keys()))
    template = ResourceTemplate(
        key,
        first.gvk,
        first.manifest,
        parent.origin,
        parts={name: one.manifest for name, one in copies.items()},
        parent=Parent(parent.key, first.file),
    )
    rendering = Rendering({name: one.rendered for name, one in copies.items()}, kept)
    rendering = with_write_policies(rendering, context.rules, context.clusters)
    rendering = check_child(template, rendering, context.schemas)
    if context.governance:
        rendering = judge(template, rendering, context.governance, policy)
    binding = Binding(key, policy.ref if policy is not None else None, targets, reasons=(f"expanded from {parent.key}",))
    leaving = {name: since for name, since in decided.transition.leaving.items() if name in copies}
    transition = Transition(binding, decided.transition.message, leaving, (), decided.transition.frozen)
    return CompiledTemplate(
        Decided(
            template,
            replace(decided.claim, template=template, candidates=(), previous=None),
            binding,
            transition,
            last,
            decided.terms,
            decided.frozen,
            hold=decided.hold,
            kept=decided.kept,
            eviction=decided.eviction,
        ),
        Placed(binding, targets, (), placed.conflict_resolution, placed.terms, placed.message, placed.held, placed.held_on),
        rendering,
    )
