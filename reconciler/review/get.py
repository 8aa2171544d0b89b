"""What the members hold of the kinds that somebody asks for: each answers by its own knowledge of kinds, all side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.cluster.client import ClusterClient, MemberError, MemberUnreachableError
from reconciler.cluster.listing import Listing, Selection
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.passes.fleet import Fleet

Answers = Mapping[Selection, list[Listing] | None]
"""What one member said to each question; None where it serves no such kind. What it did not answer is not in here."""


@dataclass(frozen=True, slots=True)
class Block:
    """One kind, over all members that serve it."""

    group: str
    kind: str
    namespaced: bool
    listings: Mapping[ClusterName, Listing]
    """Sorted by name; those without any such object are in here, too."""


@dataclass(frozen=True, slots=True)
class Inspection:
    blocks: tuple[Block, ...]
    """In the order in which their kinds were asked for."""
    unanswered: Mapping[ClusterName, str]
    """Members that did not answer, or not in full, and why."""
    unserved: Mapping[str, tuple[ClusterName, ...]]
    """Kinds as they were typed → members that answered and serve no such kind."""
    unknown: tuple[str, ...]
    """Those of them that no member serves which answered."""
    missing: tuple[ResourceKey, ...]
    """Objects that were named and are on none of the members which answered."""


async def inspect_members(fleet: Fleet, selections: Sequence[Selection]) -> Inspection:
    said = await asyncio.gather(*[_ask(client, selections) for client in fleet.clients.values()])
    by_member = dict(sorted(zip(fleet.clients, said, strict=True)))
    answers = {name: found for name, (found, _) in by_member.items()}
    silent = {**fleet.unreachable, **{name: trouble for name, (_, trouble) in by_member.items() if trouble}}
    unserved = {
        selection: tuple(name for name, found in answers.items() if found.get(selection, ()) is None) for selection in selections
    }
    blocks = {selection: tuple(_blocks(selection, answers)) for selection in selections}
    unknown = [selection for selection in selections if unserved[selection] and not blocks[selection]]
    known = [selection for selection in selections if selection not in unknown]
    return Inspection(
        tuple(block for selection in selections for block in blocks[selection]),
        dict(sorted(silent.items())),
        {selection.kind: names for selection, names in unserved.items() if names},
        tuple(selection.kind for selection in unknown),
        tuple(missing for selection in known for missing in _missing(selection, blocks[selection])),
    )


async def _ask(client: ClusterClient, selections: Iterable[Selection]) -> tuple[Answers, str]:
    """One question after the other, and what went wrong: a member that is away is not asked the rest."""
    found: dict[Selection, list[Listing] | None] = {}
    troubles = []
    for selection in selections:
        try:
            found[selection] = await client.show(selection)
        except MemberUnreachableError as error:
            troubles.append(error.message)  # Its remedy is of a loop that asks again.
            break
        except MemberError as error:
            troubles.append(str(error))
    return found, "\n".join(troubles)


def _blocks(selection: Selection, answers: Mapping[ClusterName, Answers]) -> Iterator[Block]:
    """One word may mean several kinds, and not the same ones everywhere."""
    kinds: dict[tuple[str, str], dict[ClusterName, Listing]] = {}
    for name, found in answers.items():
        for listing in found.get(selection) or ():
            kinds.setdefault((listing.gvk.group, listing.gvk.kind), {})[name] = listing
    for (group, kind), listings in kinds.items():
        yield Block(group, kind, any(listing.namespaced for listing in listings.values()), listings)


def _missing(selection: Selection, blocks: Sequence[Block]) -> Iterator[ResourceKey]:
    there = {row.name for block in blocks for listing in block.listings.values() for row in listing.rows}
    group, kind = (blocks[0].group, blocks[0].kind) if blocks else ("", selection.kind)
    namespace = selection.namespace if not blocks or blocks[0].namespaced else ""
    for name in selection.names:
        if name not in there:
            yield ResourceKey(group, kind, namespace, name)
