"""Where each line of a manifest comes from: the rendered object of one member, line by line, with file, commit and rule.

Values of a Secret are masked. A line that a step of rendering wrote has the place of what says so: an override rule, or the
policy that divides the replicas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.cluster.listing import Selection
from reconciler.documents.line_index import Steps, index_lines
from reconciler.documents.writer import dump
from reconciler.load.layout import is_below
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.managed_fields import Fields, is_ours, spelled
from reconciler.model.manifest import Manifest, mapping, sequence, text
from reconciler.model.origin import Origin
from reconciler.model.overrides import PlaintextOverrider
from reconciler.model.source_lock import SourceLock
from reconciler.passes.fleet import Fleet
from reconciler.plan.mask_secrets import mask_one
from reconciler.render.trace import OverriderStep, overlap, overrider_steps, to_pointer
from reconciler.repo.client import Repository
from reconciler.repo.revision import Commit
from reconciler.review.field_sources import Source, Sourced, carried, template_source, written
from reconciler.review.get import list_objects
from reconciler.review.recorded_manifest import RecordedManifest


@dataclass(frozen=True, slots=True)
class BlamedLine:
    """One line of the manifest as YAML."""

    text: str
    path: str
    """RFC 6901 pointer of the field or item that the line shows, or of the text that goes on in it."""
    source: Source
    commit: Commit | None = None
    """The one that wrote the line of the source; None for marks, and where this clone lacks it."""
    boundary: bool = False
    """Whether the history of this clone begins with the commit, because it is shallow."""


@dataclass(frozen=True, slots=True)
class ForeignField:
    """A field of the object in a member that another client manages."""

    path: str
    manager: str
    operation: str
    """Apply or Update."""
    since: str
    """When the client changed any of its fields last; RFC 3339, as the server states it."""


@dataclass(frozen=True, slots=True)
class Blame:
    key: ResourceKey
    cluster: ClusterName
    revision: Commit
    lines: tuple[BlamedLine, ...]
    as_recorded: bool
    """Whether the member reported this manifest as applied."""
    foreign: tuple[ForeignField, ...] | None = None
    """Sorted; None where the member was not asked, or does not record who writes."""


async def blame(repository: Repository, found: RecordedManifest, cluster: ClusterName) -> Blame:
    """Raises RepositoryError."""
    sources = source_of_fields(found)
    shown = mask_one(found.rendered.manifest)
    lines = list(_lines(shown, sources))
    places = {source.origin: _place_here(source.origin, found.lock) for _, _, source in lines if source.origin.line}
    by_file = {}
    for file in sorted({place.file for place in places.values()}):
        by_file[file] = await repository.blame(found.revision, file)
    ids = {one.commit for of_file in by_file.values() for one in of_file}
    commits = (await repository.read_contents(ids)).commits
    blamed = []
    for line, path, source in lines:
        place = places.get(source.origin, source.origin)
        of_file = by_file.get(place.file, [])
        one = of_file[place.line - 1] if 0 < place.line <= len(of_file) else None
        commit = commits.get(one.commit) if one is not None else None
        blamed.append(BlamedLine(line, to_pointer(path), source, commit, one is not None and one.boundary))
    return Blame(found.item.template.key, cluster, found.revision, tuple(blamed), found.as_recorded)


def _place_here(origin: Origin, lock: SourceLock) -> Origin:
    """The line of this repository that brought a line: of a file from elsewhere, the digest in the lock file."""
    return next((one.origin for one in lock.sources if one.into and is_below(origin.file, [one.into])), origin)


def source_of_fields(found: RecordedManifest) -> Sourced:
    """The source of every field of the rendered manifest."""
    template, steps = found.item.template, found.steps
    origin = template.origin
    sources = written(template.manifest, template_source(origin, found.compiler.places(origin)))
    before = template.manifest
    overriders = iter(overrider_steps(steps))
    for step in steps[1:]:
        if step.rule is None:
            sources = carried(sources, before, step.manifest, _constantly(_source_of_step(step.name, found)))
        else:
            for _ in step.rule.rule.overriders:
                one = next(overriders, None)
                if one is not None:
                    sources = carried(sources, one.before, one.after, _source_of_overrider(one))
        before = step.manifest
    return carried(sources, before, found.rendered.manifest, _constantly(Source("marks")))


def _constantly(source: Source) -> Callable[[Steps], Source]:
    return lambda path: source


def _source_of_step(name: str, found: RecordedManifest) -> Source:
    """Scheduling follows the policy; cleaning only removes, and completes what is there."""
    policy = found.item.decided.claim.policy
    if name == "scheduling" and policy is not None:
        return Source(name, found.compiler.place(policy.origin, ("spec", "placement", "replicaScheduling")))
    return Source(name, found.item.template.origin)


def _source_of_overrider(step: OverriderStep) -> Callable[[Steps], Source]:
    rule = step.rule.rule
    overrider = rule.overriders[step.position]
    if not isinstance(overrider, PlaintextOverrider):
        return _constantly(Source("override", rule.place_of(step.position), step.rule))

    def source(path: Steps) -> Source:
        pointer = to_pointer(path)
        near = (
            place
            for place in range(len(overrider.operations) - 1, -1, -1)
            if overlap(overrider.operations[place].path.removesuffix("/-"), pointer)
        )
        return Source("override", rule.place_of(step.position, next(near, 0)), step.rule)

    return source


def _lines(manifest: Manifest, sources: Sourced) -> Iterator[tuple[str, Steps, Source]]:
    """Each line with the deepest field that begins in it, or the text that goes on in it."""
    text_of_all = dump(manifest)
    begins: dict[int, Steps] = {}
    for path, place in index_lines(text_of_all, 1).items():
        if len(path) >= len(begins.get(place.line, ())):
            begins[place.line] = path
    path, first = (), 1
    for number, line in enumerate(text_of_all.splitlines(), start=1):
        path, first = (begins[number], number) if number in begins else (path, first)
        source = sources.at(path)
        if source.literal and number > first:
            source = Source(source.step, Origin(source.origin.file, source.origin.line + number - first))
        yield line, path, source


def foreign_fields(live: Manifest) -> tuple[ForeignField, ...]:
    """The fields that others than this program manage, without `status`; sorted. A field that several manage is there several
    times."""
    found = set()
    for entry in sequence(live, "metadata", "managedFields"):
        if is_ours(entry) or text(entry, "subresource") == "status":
            continue
        who = text(entry, "manager"), text(entry, "operation"), text(entry, "time")
        for path in _leaves(mapping(entry, "fieldsV1")):
            if path[0] != "f:status":
                found.add(ForeignField(spelled(path), *who))
    return tuple(sorted(found, key=lambda one: (one.path, one.manager, one.operation, one.since)))


def _leaves(fields: Fields, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The fields that are owned as a whole, and those without owned fields inside."""
    for step, inside in fields.items():
        if step == ".":
            continue
        if isinstance(inside, Mapping) and any(one != "." for one in inside):
            yield from _leaves(inside, (*path, step))
        else:
            yield (*path, step)


async def read_foreign_fields(fleet: Fleet, key: ResourceKey) -> tuple[tuple[ForeignField, ...] | None, str]:
    """The fields of an object that others manage, and why they are not known.

    fleet: of one member. None and a reason where the member does not answer, has no such object, or does not record who writes.
    """
    group = f"{key.kind.lower()}.{key.group}" if key.group else key.kind.lower()
    selection = Selection(group, frozenset({key.kind.lower()}), (key.name,), key.namespace, whole=True)
    result = await list_objects(fleet, [selection])
    if result.unanswered:
        return None, "\n".join(result.unanswered.values())
    rows = [row.object for block in result.blocks for listing in block.listings.values() for row in listing.rows]
    if not rows:
        return None, f"{key} is not in the member: somebody deleted it since the last sync"
    if not sequence(rows[0], "metadata", "managedFields"):
        return (
            None,
            "This member is a folder, where nobody records who writes a field. `reconciler diff HEAD --live` compares it.",
        )
    return foreign_fields(rows[0]), ""
