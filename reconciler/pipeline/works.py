"""Every member's work, made from what was compiled.

A work states nothing that `Compiled` does not state already: it groups the manifests by member. So it is made where it is needed,
after a compiled result came back from the worker process, and never travels between processes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.work import Work
from reconciler.pipeline.compiled import Compiled
from reconciler.render.group_by_cluster import works_of
from reconciler.transition.suspension import FREE, NO_HALT, restrain, restraints_of


def make_works(compiled: Compiled, memo: Memo | None = None) -> Mapping[ClusterName, Work]:
    """One work per declared cluster, sorted by name.

    memo: keeps the blocks of manifests that did not change for the next call.
    """
    memo = memo or Memo()
    held = {key for key, item in compiled.templates.items() if item.placed.held}.union(compiled.unreadable_templates)
    renderings = {key: item.written(memo) for key, item in compiled.templates.items() if key not in held}
    restricted = {key: item.placed.terms for key, item in compiled.templates.items() if item.placed.terms is not FREE}
    works = works_of(renderings, frozenset(held), compiled.cluster_names, memo)
    for name, keys in _held_on(compiled).items():
        if name in works:
            works[name] = replace(works[name], held=works[name].held | keys)
    leaving = _leaving(compiled)
    works = {name: replace(work, leaving=frozenset(leaving[name])) if name in leaving else work for name, work in works.items()}
    restrained = restrain(works, restraints_of({**restricted, **compiled.removed_templates}))
    return restrained if compiled.halt is NO_HALT else _halted(restrained, compiled)


def _halted(works: Mapping[ClusterName, Work], compiled: Compiled) -> dict[ClusterName, Work]:
    """With all objects suspended on members to which nothing is written."""
    every = frozenset({*compiled.templates, *compiled.recorded.decisions})
    return {name: work if compiled.halt.on(name) is None else replace(work, suspended=every) for name, work in works.items()}


def _held_on(compiled: Compiled) -> Mapping[ClusterName, set[ResourceKey]]:
    """By member, the objects whose copy stays as it is there, and not everywhere."""
    held: defaultdict[ClusterName, set[ResourceKey]] = defaultdict(set)
    for key, item in compiled.templates.items():
        for name in item.placed.held_on:
            held[name].add(key)
    for key, staged in compiled.rollouts.staged.items():
        if staged.gone and key not in compiled.templates:  # The revision with its template cannot be read any more.
            for name in staged.pending:
                held[name].add(key)
    return held


def _leaving(compiled: Compiled) -> Mapping[ClusterName, set[ResourceKey]]:
    """By member, the objects whose copy there waits for its successor, except those that other workloads require there."""
    leaving: defaultdict[ClusterName, set[ResourceKey]] = defaultdict(set)
    for key, item in compiled.templates.items():
        required = {target.name for dependant in item.placed.required_by for target in dependant.targets}
        for name in item.decided.transition.leaving.keys() - required:
            rendered = item.rendering.manifests.get(name)
            leaving[name].add(key if rendered is None else rendered.key)
    return leaving


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
