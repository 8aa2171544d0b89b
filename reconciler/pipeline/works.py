"""Every member's work, made from what was compiled.

A work states nothing that `Compiled` does not state already: it groups the manifests by member. So it is made where it is needed,
after a compiled result came back from the worker process, and never travels between processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TypeVar

from reconciler.model.issues import Issue
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.work import RenderedManifest, Work
from reconciler.pipeline.compiled import Compiled, CompiledTemplate
from reconciler.transition.suspension import FREE, NO_HALT, Terms, restrain, restraints_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class _Share:
    """What some templates add to the works, by member."""

    manifests: Sequence[tuple[RenderedManifest, ...]]
    """Of each member, in the order of the members; sorted by key."""
    failed: Mapping[ClusterName, Mapping[ResourceKey, Issue]]
    held: Collection[ResourceKey]
    """Objects whose copies stay as they are on every member."""
    held_on: Mapping[ClusterName, Mapping[ResourceKey, None]]
    """Objects whose copy stays as it is there, and not everywhere."""
    leaving: Mapping[ClusterName, Mapping[ResourceKey, None]]
    """Objects whose copy there waits for its successor, except those that other workloads require there."""
    terms: Mapping[ResourceKey, Terms]
    """Of the objects that are not free."""


def make_works(compiled: Compiled, memo: Memo | None = None) -> Mapping[ClusterName, Work]:
    """One work per declared cluster, sorted by name.

    memo: keeps what did not change for the next call.
    """
    memo = memo or Memo()
    # After an edit one block is grouped again, and not a million manifests.
    names = memo.tuple(compiled.cluster_names)
    shares = [memo(_share_of, block, names) for block in memo.blocks(compiled.templates.values())]
    held = frozenset(compiled.unreadable_templates).union(*(share.held for share in shares))
    held_on = _merged([*(share.held_on for share in shares), _held_without_template(compiled)])
    failed = _merged(share.failed for share in shares)
    leaving = _merged(share.leaving for share in shares)
    works = {
        name: Work(
            name,
            manifests,
            held.union(held_on[name]) if name in held_on else held,
            failed.get(name, {}),
            frozenset(leaving.get(name, ())),
        )
        for name, manifests in zip(names, _joined([share.manifests for share in shares], len(names)), strict=True)
    }
    terms = {key: term for share in shares for key, term in share.terms.items()}
    restrained = _with_kept_terms(restrain(works, restraints_of({**terms, **compiled.removed_templates})), compiled)
    return restrained if compiled.halt is NO_HALT else _halted(restrained, compiled)


def _held_without_template(compiled: Compiled) -> dict[ClusterName, dict[ResourceKey, None]]:
    """By member, objects that a rollout removes, and whose turn it is not, where the revision with their template cannot be read
    any more; and those of a rollout whose own revision cannot."""
    held: defaultdict[ClusterName, dict[ResourceKey, None]] = defaultdict(dict)
    for key, staged in compiled.rollouts.staged.items():
        if (staged.gone or staged.lost) and key not in compiled.templates:
            for name in staged.pending.union(staged.rollout.progress if staged.lost else ()):
                held[name][key] = None
    return held


def _with_kept_terms(works: Mapping[ClusterName, Work], compiled: Compiled) -> Mapping[ClusterName, Work]:
    """On clusters that wait for their turn in a rollout, copies go as the policy said that they have."""
    kept: defaultdict[ClusterName, dict[bool, set[ResourceKey]]] = defaultdict(lambda: {True: set(), False: set()})
    for key, staged in compiled.rollouts.staged.items():
        for name in staged.pending & works.keys():
            preserve = staged.preserves_on(name)
            if preserve is not None and preserve is not (key in works[name].preserved):
                kept[name][preserve].add(key)
    changed = {name: replace(works[name], preserved=works[name].preserved - of[False] | of[True]) for name, of in kept.items()}
    return {**works, **changed} if changed else works


def _halted(works: Mapping[ClusterName, Work], compiled: Compiled) -> dict[ClusterName, Work]:
    """With all objects suspended on members to which nothing is written."""
    every = frozenset({*compiled.templates, *compiled.recorded.decisions})
    return {name: work if compiled.halt.on(name) is None else replace(work, suspended=every) for name, work in works.items()}


def _joined(columns: Sequence[Sequence[tuple[RenderedManifest, ...]]], length: int) -> Iterator[tuple[RenderedManifest, ...]]:
    """Row by row, what all columns have there. length: of each column."""
    for row in zip(*columns, strict=True) if columns else repeat((), length):
        manifests: list[RenderedManifest] = []
        for part in row:
            manifests += part
        yield tuple(manifests)


def _share_of(items: tuple[CompiledTemplate, ...], names: tuple[ClusterName, ...]) -> _Share:
    failed: defaultdict[ClusterName, dict[ResourceKey, Issue]] = defaultdict(dict)
    held_on: defaultdict[ClusterName, dict[ResourceKey, None]] = defaultdict(dict)
    leaving: defaultdict[ClusterName, dict[ResourceKey, None]] = defaultdict(dict)
    columns = []
    for item in items:
        key, placed, written = item.template.key, item.placed, item.written
        if item.template.is_expanded:  # It is no object of a member; its children are.
            continue
        columns.append(list(map(written.manifests.get, names)))  # Without a step of the interpreter for each copy.
        for name, issue in written.failed.items():
            failed[name][key] = issue
        for name in placed.held_on:
            held_on[name][key] = None
        required = {target.name for dependant in placed.required_by for target in dependant.targets}
        for name in item.decided.transition.leaving.keys() - required:
            rendered = item.rendering.manifests.get(name)
            leaving[name][key if rendered is None else rendered.key] = None
    rows = zip(*columns, strict=True) if columns else repeat((), len(names))
    manifests = [tuple(filter(None, row)) for row in rows]
    held = frozenset(item.template.key for item in items if _stays(item))
    terms = {item.template.key: item.placed.terms for item in items if item.placed.terms is not FREE}
    return _Share(manifests, failed, held, held_on, leaving, terms)


def _stays(item: CompiledTemplate) -> bool:
    """Whether copies on members stay as they are. So do those of an object of Flux or Argo CD that were written before its kind
    was listed: without it, its tool would remove all that it deployed."""
    return item.template.translated or (item.placed.held and not item.template.is_expanded)


def _merged(parts: Iterable[Mapping[ClusterName, Mapping[ResourceKey, T]]]) -> dict[ClusterName, dict[ResourceKey, T]]:
    """By member, what all parts have for it."""
    merged: defaultdict[ClusterName, dict[ResourceKey, T]] = defaultdict(dict)
    for part in parts:
        for name, items in part.items():
            merged[name].update(items)
    return dict(merged)


class WorkMaker:
    """`make_works` for a process that compiles one revision after the other: unchanged parts are not made again.

    Not safe for use by several threads at once.
    """

    def __init__(self) -> None:
        self._memo = Memo()
        self._compiled: Compiled | None = None
        self._works: Mapping[ClusterName, Work] = {}

    def is_made(self, compiled: Compiled) -> bool:
        """Whether `works` returns at once."""
        return compiled is self._compiled

    def works(self, compiled: Compiled) -> Mapping[ClusterName, Work]:
        """As `make_works`. The same object as before while the compiled result is the same object."""
        if compiled is not self._compiled:
            self._works = make_works(compiled, self._memo)
            self._compiled = compiled
            self._memo.next_pass()
        return self._works
