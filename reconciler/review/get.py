"""Objects of any kind from all members at the same time. Each member decides which of its kinds a word means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.cluster.listing import Listing, Row, Selection
from reconciler.cluster.member_protocol import MemberClient, MemberError, MemberUnreachableError
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.passes.fleet import Fleet

Answers = Mapping[Selection, list[Listing] | None]
"""The listings of one member; None where it serves no such kind. Selections that it did not answer are missing."""


@dataclass(frozen=True, slots=True)
class Block:
    """The objects of one kind, from all members that serve it."""

    group: str
    kind: str
    namespaced: bool
    listings: Mapping[ClusterName, Listing]
    """Sorted by member; a member without such objects has an empty listing."""
    order: tuple[tuple[ClusterName, int], ...] | None = None
    """The rows in another order than that of the members: the member of each, and its place in the listing there."""
    selection: Selection | None = None
    """What was asked for; None where nothing was."""

    @property
    def rows(self) -> list[tuple[ClusterName, Listing, Row]]:
        """All rows in their order."""
        if self.order is None:
            return [(cluster, listing, row) for cluster, listing in self.listings.items() for row in listing.rows]
        return [(cluster, self.listings[cluster], self.listings[cluster].rows[place]) for cluster, place in self.order]


@dataclass(frozen=True, slots=True)
class GetResult:
    """What all members answered."""

    blocks: tuple[Block, ...]
    """In the order of the selections."""
    unanswered: Mapping[ClusterName, str]
    """Members that did not answer, or not in full, and the reason."""
    unserved: Mapping[str, tuple[ClusterName, ...]]
    """Kinds as the user typed them → members that answered and serve no such kind."""
    unknown: tuple[str, ...]
    """The kinds among them that no member serves, of the members that answered."""
    missing: tuple[ResourceKey, ...]
    """Objects that the user named and that are on none of the members that answered."""


async def list_objects(fleet: Fleet, selections: Sequence[Selection], answered: Callable[[], None] = lambda: None) -> GetResult:
    """Asks all members at the same time. An error of a member is part of the result. answered: called after each member."""

    async def ask(client: MemberClient) -> tuple[Answers, str]:
        try:
            return await _ask(client, selections)
        finally:
            answered()

    answers_and_errors = await asyncio.gather(*[ask(client) for client in fleet.clients.values()])
    by_member = dict(sorted(zip(fleet.clients, answers_and_errors, strict=True)))
    answers = {name: listings for name, (listings, _) in by_member.items()}
    pulled = {
        name: f"{name}: an agent keeps it, and this command does not reach it (spec.syncMode: Pull)" for name in fleet.pulled
    }
    unanswered = {**pulled, **fleet.unreachable, **{name: error for name, (_, error) in by_member.items() if error}}
    unserved = {
        selection: tuple(name for name, listings in answers.items() if listings.get(selection, ()) is None)
        for selection in selections
    }
    kinds = {selection: tuple(_kinds(selection, answers)) for selection in selections}
    unknown = [selection for selection in selections if unserved[selection] and not kinds[selection]]
    known = [selection for selection in selections if selection not in unknown]
    return GetResult(
        tuple(kind for selection in selections for kind in kinds[selection]),
        dict(sorted(unanswered.items())),
        {selection.kind: names for selection, names in unserved.items() if names},
        tuple(selection.kind for selection in unknown),
        tuple(missing for selection in known for missing in _missing(selection, kinds[selection])),
    )


async def _ask(client: MemberClient, selections: Iterable[Selection]) -> tuple[Answers, str]:
    """The listings of one member, and its errors as text. The selections after one without an answer are skipped."""
    listings: dict[Selection, list[Listing] | None] = {}
    errors = []
    for selection in selections:
        try:
            listings[selection] = await client.show(selection)
        except MemberUnreachableError as error:
            errors.append(error.message)  # Its remedy is about passes that try again.
            break
        except MemberError as error:
            errors.append(str(error))
    return listings, "\n".join(errors)


def _kinds(selection: Selection, answers: Mapping[ClusterName, Answers]) -> Iterator[Block]:
    """One word may mean several kinds, and different kinds on different members."""
    kinds: dict[tuple[str, str], dict[ClusterName, Listing]] = {}
    for name, of_member in answers.items():
        for listing in of_member.get(selection) or ():
            kinds.setdefault((listing.gvk.group, listing.gvk.kind), {})[name] = listing
    for (group, kind), listings in kinds.items():
        yield Block(group, kind, any(listing.namespaced for listing in listings.values()), listings, selection=selection)


def _missing(selection: Selection, kinds: Sequence[Block]) -> Iterator[ResourceKey]:
    names = {row.name for kind in kinds for listing in kind.listings.values() for row in listing.rows}
    group, word = (kinds[0].group, kinds[0].kind) if kinds else ("", selection.kind)
    namespace = selection.namespace if not kinds or kinds[0].namespaced else ""
    for name in selection.names:
        if name not in names:
            yield ResourceKey(group, word, namespace, name)
