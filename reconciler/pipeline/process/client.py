"""The interface through which callers use a compiler, wherever it runs.

`Compiler` is synchronous and pure. Callers run on an event loop and await the methods of `CompilerClient`. There are two
compilers behind it: `ThreadCompiler` in this process, for commands that compile once or twice, and `ProcessCompiler`
(`process_compiler.py`) for processes whose event loop must stay responsive. (Threads share the interpreter: during a large
compile in a thread the loop does a seventh of its usual work.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from reconciler.model.desired import DesiredState
from reconciler.model.expansion import NO_EXPANSIONS, Expansions
from reconciler.model.manifest import Path
from reconciler.model.origin import Origin
from reconciler.model.recorded import RecordedState
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Oversized, Tree
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.compiler import Compiler


class CompilerClient(Protocol):
    """The methods of `Compiler`, awaited.

    They raise what the compiler raises, and a TemporaryError where the compiler itself is not available.
    """

    async def missing(self, tree: Tree) -> set[str]: ...

    async def load(
        self,
        tree: Tree,
        blobs: Mapping[str, bytes | Oversized],
        *,
        check: Collection[str] | None = None,
        judges: Tenancy | None = None,
    ) -> DesiredState: ...

    async def compile(
        self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False
    ) -> Compiled: ...

    async def next_pass(self) -> None: ...


class ExpansionCompiler(CompilerClient, Protocol):
    """A compiler that is told what Charts and Kustomizes expand to (`Compiler.compile`)."""

    async def compile(
        self,
        desired: DesiredState,
        recorded: RecordedState,
        now: datetime,
        expansions: Expansions = NO_EXPANSIONS,
        *,
        settled: bool = False,
    ) -> Compiled: ...


class CachingCompiler:
    """Returns the last result again where only the time differs and the result does not depend on the time.

    A revision that is refused is loaded at each poll and never compiled, so that no pass makes the compiler forget it. After a
    few of them, this class does.
    """

    def __init__(self, compiler: CompilerClient) -> None:
        self._compiler = compiler
        self._arguments: tuple[DesiredState, RecordedState, bool] | None = None
        self._now: datetime | None = None
        """Of the last compile."""
        self._result: Compiled | None = None
        self._compiled_in_this_pass = False
        self._loads = 0
        """Since the compiler forgot something last."""

    async def missing(self, tree: Tree) -> set[str]:
        return await self._compiler.missing(tree)

    async def load(
        self,
        tree: Tree,
        blobs: Mapping[str, bytes | Oversized],
        *,
        check: Collection[str] | None = None,
        judges: Tenancy | None = None,
    ) -> DesiredState:
        if self._loads == LOADS:
            await self._forget()
        self._loads += 1
        return await self._compiler.load(tree, blobs, check=check, judges=judges)

    async def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
        arguments, result = (desired, recorded, settled), self._result
        if result is None or result.depends_on_time or self._arguments is None or not _same_objects(arguments, self._arguments):
            result = self._result = await self._compiler.compile(desired, recorded, now, settled=settled)
            self._arguments, self._now, self._compiled_in_this_pass = arguments, now, True
        return result

    async def next_pass(self) -> None:
        """After a pass that compiled nothing, the compiler's memo stays as it is."""
        if self._compiled_in_this_pass:
            self._compiled_in_this_pass = False
            self._loads = 0
            await self._compiler.next_pass()

    async def _forget(self) -> None:
        """What is in force is compiled again before, which is remembered and costs little, and so stays in the memo."""
        if self._arguments is not None and self._now is not None:
            desired, recorded, settled = self._arguments
            await self._compiler.compile(desired, recorded, self._now, settled=settled)
        self._loads = 0
        await self._compiler.next_pass()


LOADS = 8
"""Revisions that are loaded without a pass that compiles, until the compiler forgets what only those before them needed."""


def _same_objects(arguments: tuple[object, ...], previous: tuple[object, ...]) -> bool:
    return all(one is other for one, other in zip(arguments, previous, strict=True))


class ThreadCompiler:
    """A compiler of this process. One call at a time: its memo is not safe for use by several threads."""

    def __init__(self, compiler: Compiler | None = None) -> None:
        self._compiler = compiler or Compiler()

    async def missing(self, tree: Tree) -> set[str]:
        return self._compiler.missing(tree)

    async def load(
        self,
        tree: Tree,
        blobs: Mapping[str, bytes | Oversized],
        *,
        check: Collection[str] | None = None,
        judges: Tenancy | None = None,
    ) -> DesiredState:
        return await asyncio.to_thread(self._compiler.load, tree, blobs, check=check, judges=judges)

    async def compile(
        self,
        desired: DesiredState,
        recorded: RecordedState,
        now: datetime,
        expansions: Expansions = NO_EXPANSIONS,
        *,
        settled: bool = False,
    ) -> Compiled:
        return await asyncio.to_thread(self._compiler.compile, desired, recorded, now, expansions, settled=settled)

    async def next_pass(self) -> None:
        self._compiler.next_pass()

    def place(self, origin: Origin, path: Path) -> Origin:
        """As `Compiler.place`."""
        return self._compiler.place(origin, path)
