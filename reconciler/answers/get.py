"""Objects of any kind from all members, with what else is to be said about the words that were asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from reconciler.answers.arguments import ArgumentError, label_selector, refuse_unknown_clusters
from reconciler.answers.kind_names import (
    guessed_kind,
    guessed_object,
    is_cluster_scoped,
    kind_of_karmada,
    listed_kinds,
    named_kinds,
)
from reconciler.answers.session import Session, member_root_of
from reconciler.answers.short_names import possible_kinds
from reconciler.cluster.access import Access
from reconciler.cluster.listing import Selection
from reconciler.interpreter.containers import is_definition, served_kinds
from reconciler.load.schemas.karmada import known_kinds
from reconciler.load.schemas.kubernetes_kinds import newest_kinds
from reconciler.model.desired import DesiredState
from reconciler.model.field_selector import parse_field_selector
from reconciler.model.keys import ClusterName, GroupVersionKind, ResourceKey
from reconciler.model.recorded import RecordedState
from reconciler.model.selector import InvalidSelectorError
from reconciler.model.wording import first_few, one_of
from reconciler.passes.connections import open_fleet
from reconciler.passes.fleet import Fleet
from reconciler.passes.preflight import refuse_missing_members
from reconciler.review.get import GetResult, list_objects


@dataclass(frozen=True, slots=True)
class Gotten:
    result: GetResult
    remarks: tuple[str, ...]
    """Hints at other namespaces, and what a word that means nothing was probably meant to be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The members that are asked, connected."""

    session: Session
    fleet: Fleet
    """With connections to those of the chosen members that answer to one."""
    desired: DesiredState
    folders: frozenset[ClusterName]
    """The members that are folders, which do not know their kinds."""

    @property
    def unreachable(self) -> dict[ClusterName, str]:
        """Members without a connection, and why."""
        pulled = {
            name: f"{name}: an agent keeps it, and this process does not reach it. Use --kubeconfig with a context of yours."
            for name in self.fleet.pulled
        }
        return {**pulled, **self.fleet.unreachable}

    async def recorded(self) -> RecordedState:
        """What the last sync left."""
        return (await self.session.recorded(self.desired)).state

    async def get(self, selections: Sequence[Selection], answered: Callable[[], None] = lambda: None) -> Gotten:
        """An error of a member is part of the result. answered: called after each member."""
        result = await list_objects(self.fleet, selections, answered)
        recorded = (await self.recorded()).decisions.keys() if result.missing else ()
        elsewhere = list(_other_namespaces(result.missing, recorded))
        completed, guesses = self._with_unknown(result, selections)
        return Gotten(completed, (*elsewhere, *guesses))

    def _with_unknown(self, result: GetResult, selections: Sequence[Selection]) -> tuple[GetResult, list[str]]:
        """The result in which a kind that nothing defines counts as one that no member serves; and what was meant.

        A member without discovery, such as a folder, cannot say that it lacks a kind.
        """
        answered = tuple(name for name in self.fleet.clients if name not in result.unanswered)
        servers, kinds = frozenset(answered) - self.folders, _kinds(self.desired)
        found = {block.kind.lower() for block in result.blocks}
        strange = [
            one
            for one in selections
            if found.isdisjoint(one.meant)
            and servers.issubset(result.unserved.get(one.kind, ()))
            and not any(map(one.means, kinds))
        ]
        words = [one.kind for one in strange]
        unknown = (*result.unknown, *[word for word in words if word not in result.unknown])
        missing = tuple(key for key in result.missing if key.kind not in words)
        unserved = {**result.unserved, **dict.fromkeys(words, answered)}
        result = replace(result, unknown=unknown, missing=missing, unserved=unserved)
        filled = {block.kind.lower() for block in result.blocks if any(listing.rows for listing in block.listings.values())}
        elsewhere = {one.kind: kind_of_karmada(one.kind) for one in selections if filled.isdisjoint(one.meant)}
        hints = [elsewhere.get(one.kind) or (guessed_kind(one.kind) if one.kind in words else "") for one in selections]
        return result, [hint for hint in dict.fromkeys(hints) if hint]


@asynccontextmanager
async def asking_members(
    opened: Session, access: Access, *, revision: str = "HEAD", clusters: Collection[str] = (), folders: bool = True
) -> AsyncIterator[Asked]:
    """The members that a revision declares. clusters: only these; none for all.

    folders: whether members that are folders are asked, too; else ArgumentError is raised where one is named. Raises
    ArgumentError, ReconcilerError.
    """
    _, desired = await opened.load(revision, check=())
    refuse_unknown_clusters(clusters, [cluster.name for cluster in desired.clusters])
    access = replace(access, member_root=access.member_root or member_root_of(opened.repository))
    chosen = [cluster for cluster in desired.clusters if not clusters or cluster.name in clusters]
    in_folders = [cluster.name for cluster in chosen if cluster.directory]
    if in_folders and not folders and clusters:
        raise ArgumentError(f"{in_folders[0]} is a folder: it has no API server, and nothing runs there")
    members = [cluster for cluster in chosen if folders or not cluster.directory]
    if in_folders and folders:
        refuse_missing_members(members, (await opened.recorded(desired)).state, access.member_root)
    async with open_fleet(members, access, desired.settings.instance) as fleet:
        yield Asked(opened, fleet, desired, frozenset(in_folders))


def _kinds(desired: DesiredState) -> set[GroupVersionKind]:
    definitions = [one.manifest for one in desired.templates if is_definition(one.key)]
    defined = {gvk for one in definitions for gvk in served_kinds(one)}
    return {*newest_kinds(), *known_kinds(), *defined, *(template.gvk for template in desired.templates)}


def _other_namespaces(missing: Iterable[ResourceKey], recorded: Collection[ResourceKey]) -> Iterator[str]:
    """Where an object of the kind and name of a missing one is, according to the last sync; else what was probably meant."""
    for key in missing:
        kinds = possible_kinds(key.kind)
        found = sorted(one for one in recorded if one.kind.lower() in kinds and one.name == key.name and one.namespace)
        if found:
            names, options = first_few(found, _NAMED), one_of([f"-n {one.namespace}" for one in found[:_NAMED]])
            yield f"The last sync recorded {names}: write {options}, or -A without a name."
        elif guess := guessed_object(key.kind.lower(), key.name, recorded):
            yield guess


_NAMED = 3
"""Objects in other namespaces that a hint names before it counts the rest."""


def selections_of(words: Sequence[str], base: Selection) -> list[Selection]:
    """words: as for `named_kinds`. base: what all of them have in common. Raises ArgumentError."""
    label_selector(base.labels)
    try:
        parse_field_selector(base.fields)
    except InvalidSelectorError as error:
        raise ArgumentError(f"{base.fields} is no selector of fields: {error.message}") from error
    named = named_kinds(words)
    if (base.labels or base.fields) and any(named.values()):
        raise ArgumentError("name objects, or select them by labels or fields, but not both")
    return [selection_of(kind, names, base) for kind, names in named.items()]


def selection_of(kind: str, names: Sequence[str], base: Selection) -> Selection:
    """Of one kind, as `named_kinds` tells it, with what all of them have in common."""
    return replace(
        base,
        kind=kind,
        meant=listed_kinds(kind),
        names=tuple(dict.fromkeys(names)),
        namespace="" if is_cluster_scoped(kind) else base.namespace,
    )
