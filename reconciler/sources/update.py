"""What `reconciler.lock` has to say now: all wanted sources resolved, or some of them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from reconciler.errors import ReconcilerError
from reconciler.model.source_lock import LockedSource, SourceLock, WantedSource
from reconciler.sources.client import Sources

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Move:
    """One wanted source, before and after."""

    before: LockedSource | None
    """None where it was not in the lock."""
    after: LockedSource | None
    """None where nothing wants it any more."""

    @property
    def is_move(self) -> bool:
        return self.before != self.after

    @property
    def source(self) -> LockedSource:
        found = self.after or self.before
        assert found is not None  # noqa: S101 - a move has one of them
        return found


@dataclass(frozen=True, slots=True)
class Update:
    lock: SourceLock
    """What the file should say."""
    moves: tuple[Move, ...]
    """Of all sources that were looked at, moved or not; sorted."""
    failures: tuple[ReconcilerError, ...] = ()
    """Of sources that could not be resolved. Then nothing should be written."""

    @property
    def is_move(self) -> bool:
        """Whether the file should say something else."""
        return any(move.is_move for move in self.moves)


async def update_lock(
    sources: Sources, wanted: Collection[WantedSource], lock: SourceLock, chosen: Collection[WantedSource] | None = None
) -> Update:
    """Resolves what is wanted. chosen: only these; all other entries stay as they are. None: all, and what nothing wants goes."""
    asked = sorted(set(wanted if chosen is None else chosen))
    slots = asyncio.Semaphore(_AT_ONCE)

    async def resolve(one: WantedSource) -> LockedSource | ReconcilerError:
        async with slots:
            try:
                return await sources.resolve(one)
            except ReconcilerError as error:
                return error

    found = await asyncio.gather(*map(resolve, asked))
    failures = tuple(one for one in found if isinstance(one, ReconcilerError))
    resolved = [one for one in found if isinstance(one, LockedSource)]
    kept = [] if chosen is None else [one for one in lock.sources if not any(_is_entry_of(one, wish) for wish in asked)]
    after = SourceLock(tuple(sorted([*resolved, *kept])))
    return Update(after, tuple(_moves(lock, after, resolved, asked)), failures)


def _is_entry_of(locked: LockedSource, wanted: WantedSource) -> bool:
    return (locked.place, locked.version) == (wanted.place, wanted.version)


def _moves(lock: SourceLock, after: SourceLock, resolved: Sequence[LockedSource], asked: Sequence[WantedSource]) -> list[Move]:
    """Where the wish itself changed, the entry that the new one replaces is the only other one of that place."""
    gone = [one for one in lock.sources if not any(_same_wish(one, other) for other in after.sources)]
    moves: list[Move] = []
    for one in resolved:
        before = next((other for other in lock.sources if _same_wish(one, other)), None)
        if before is None:
            before = next((other for other in gone if other.place == one.place), None)
            gone = [other for other in gone if other is not before]
        moves.append(Move(before, one))
    return sorted([*moves, *(Move(one, None) for one in gone)], key=lambda move: move.source)


def _same_wish(one: LockedSource, other: LockedSource) -> bool:
    return (one.place, one.version) == (other.place, other.version)
