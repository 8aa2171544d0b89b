"""What callers ask of a compiler, wherever it runs.

The thinking is plain functions, and `Compiler` strings them together synchronously; whoever waits on the event loop talks to it
through this Protocol. Here is the near end: the compiler in this process, in a thread, for commands that compile once or twice.
`worker.py` has the far one: a process of its own, for whoever has an event loop to keep free (a thread shares the interpreter
with the loop: beside a large compile the loop does a seventh of its work).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from reconciler.model.desired import DesiredState
from reconciler.model.recorded import RecordedState
from reconciler.model.tree import Oversized, Tree
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler


class CompilerClient(Protocol):
    """The methods of `Compiler`, awaited.

    Raises what they raise, and a temporary error where the compiler itself could not be had.
    """

    async def missing(self, tree: Tree) -> set[str]: ...

    async def load(
        self, tree: Tree, blobs: Mapping[str, bytes | Oversized], *, check: Collection[str] | None = None
    ) -> DesiredState: ...

    async def compile(
        self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False
    ) -> Compiled: ...

    async def next_pass(self) -> None: ...


class Sparing:
    """Does not ask for what it was told last, where nothing but the time is another and the time makes no difference."""

    def __init__(self, compiler: CompilerClient) -> None:
        self._compiler = compiler
        self._asked: tuple[DesiredState, RecordedState, bool] | None = None
        self._told: Compiled | None = None
        self._anew = False

    async def missing(self, tree: Tree) -> set[str]:
        return await self._compiler.missing(tree)

    async def load(
        self, tree: Tree, blobs: Mapping[str, bytes | Oversized], *, check: Collection[str] | None = None
    ) -> DesiredState:
        return await self._compiler.load(tree, blobs, check=check)

    async def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
        asked = (desired, recorded, settled)
        if self._told is None or self._told.depends_on_time or self._asked is None or not _are_the_same(asked, self._asked):
            self._told = await self._compiler.compile(desired, recorded, now, settled=settled)
            self._asked, self._anew = asked, True
        return self._told

    async def next_pass(self) -> None:
        """A pass that asked for nothing leaves the compiler's memory as it is."""
        if self._anew:
            self._anew = False
            await self._compiler.next_pass()


def _are_the_same(these: tuple[object, ...], those: tuple[object, ...]) -> bool:
    return all(one is other for one, other in zip(these, those, strict=True))


class InThread:
    """A compiler of this process. One call at a time: its memo is not safe for several threads."""

    def __init__(self, compiler: Compiler | None = None) -> None:
        self._compiler = compiler or Compiler()

    async def missing(self, tree: Tree) -> set[str]:
        return self._compiler.missing(tree)

    async def load(
        self, tree: Tree, blobs: Mapping[str, bytes | Oversized], *, check: Collection[str] | None = None
    ) -> DesiredState:
        return await asyncio.to_thread(self._compiler.load, tree, blobs, check=check)

    async def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
        return await asyncio.to_thread(self._compiler.compile, desired, recorded, now, settled=settled)

    async def next_pass(self) -> None:
        self._compiler.next_pass()
