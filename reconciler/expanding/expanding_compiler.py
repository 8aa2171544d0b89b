"""A compiler whose results miss no expansion: it has the programs run for what is missing, and compiles again.

Two compilations nearly always: what a program is asked depends on the revision and the record. Only what an output has to be
expanded itself is known after another program; then there is one more for each step, to a bound. And where quotas or capacities
count what is inside of Charts, there may be one more for the decision that counts it (`pipeline/contents.py`). The later ones
cost little, because the compiler remembers what it did in the first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path

from reconciler.expanding.expander import Expander, ReadBlobs
from reconciler.expanding.expansion_store import ExpansionStore
from reconciler.expanding.jail_renderer import JailRenderer
from reconciler.expanding.programs import FROM_PATH, Programs
from reconciler.model.desired import DesiredState
from reconciler.model.expansion import DEEPEST, Expansion, ExpansionKey, ExpansionRequest
from reconciler.model.recorded import RecordedState
from reconciler.model.tenant import Tenancy
from reconciler.model.tree import Oversized, Tree
from reconciler.pipeline.compiled import Compiled
from reconciler.pipeline.process.client import ExpansionCompiler
from reconciler.repo.client import Repository

_ROUNDS = 2 * DEEPEST
"""How often programs are run for one compilation, at most: for the first decision, and for that which knows what is inside."""


class ExpandingCompiler:
    """A CompilerClient."""

    def __init__(self, compiler: ExpansionCompiler, expander: Expander, read: ReadBlobs) -> None:
        """read: what is in the repository."""
        self._compiler = compiler
        self._expander = expander
        self._read_committed = read
        self._facts: dict[ExpansionKey, Expansion] = {}
        self._used: frozenset[ExpansionKey] = frozenset()
        self._used_in_last_pass: frozenset[ExpansionKey] = frozenset()
        self._contents: dict[str, bytes | Oversized] = {}
        """Of sources, as they came with a revision: those of a work tree and of what is kept elsewhere are in no repository."""
        self._named: set[str] = set()
        """The blobs of sources of revisions that this pass loaded or compiled."""
        self._named_in_last_pass: set[str] = set()

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
        desired = await self._compiler.load(tree, blobs, check=check, judges=judges)
        wanted = _blobs_of(desired)
        self._named |= wanted
        self._contents |= {blob: blobs[blob] for blob in wanted & blobs.keys()}
        return desired

    async def compile(self, desired: DesiredState, recorded: RecordedState, now: datetime, *, settled: bool = False) -> Compiled:
        """Raises RepositoryError where a source cannot be read, and what the compiler raises."""
        self._named |= _blobs_of(desired).union(*map(_blobs_of, desired.earlier.values()))
        compiled = await self._compiler.compile(desired, recorded, now, self._facts, settled=settled)
        for _ in range(_ROUNDS):
            if not compiled.needs.missing:
                break
            found = await self._expander.expand(compiled.needs.missing, self._read)
            self._facts = {**self._facts, **found}
            compiled = await self._compiler.compile(desired, recorded, now, self._facts, settled=settled)
        self._used |= compiled.needs.used
        return compiled

    async def expand(
        self, requests: Collection[ExpansionRequest], opened: Mapping[str, bytes]
    ) -> Mapping[ExpansionKey, Expansion]:
        """What requests come to, also private ones, of which nothing is kept. opened: as for `Expander.expand`. Raises
        RepositoryError where a source cannot be read."""
        known = {one.key: self._facts[one.key] for one in requests if one.key in self._facts}
        return {**known, **await self._expander.expand([one for one in requests if one.key not in known], self._read, opened)}

    async def next_pass(self) -> None:
        """Forgets what neither this pass nor the last one used, and what may be another answer next time."""
        kept = self._used | self._used_in_last_pass
        self._facts = {key: one for key, one in self._facts.items() if key in kept and one.lasting}
        self._used, self._used_in_last_pass = frozenset(), self._used
        named = self._named | self._named_in_last_pass
        self._contents = {blob: content for blob, content in self._contents.items() if blob in named}
        self._named, self._named_in_last_pass = set(), self._named
        await self._compiler.next_pass()

    async def _read(self, blobs: Collection[str]) -> Mapping[str, bytes | Oversized]:
        known = {blob: self._contents[blob] for blob in self._contents.keys() & set(blobs)}
        return {**known, **await self._read_committed(set(blobs) - known.keys())}


def _blobs_of(desired: DesiredState) -> set[str]:
    return {entry.blob for source in desired.sources.values() for entry in (*source.files, *source.beside)}


def with_expansions(
    compiler: ExpansionCompiler, repository: Repository, programs: Programs = FROM_PATH, cache: Path | None = None
) -> ExpandingCompiler:
    """A compiler of one repository. cache: the folder for what later processes can use; None keeps nothing for them."""
    store = None if cache is None else ExpansionStore(cache / "expansions")
    return ExpandingCompiler(compiler, Expander(JailRenderer(programs), store), repository.read_blobs)
