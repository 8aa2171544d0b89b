"""What passes computed, kept while what it was computed from stays: a pass costs what changed.

A member without news costs a few comparisons. Of a member with news, the single objects are remembered by a memo
(`model/memo.py`), which forgets what two passes did not use. So a pass that had no use for the memo because nothing changed must
not count.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from datetime import datetime
from operator import is_
from typing import Any, ParamSpec, TypeAlias, TypeVar

from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.memo import Memo
from reconciler.model.work import RenderedManifest, Work

P = ParamSpec("P")
T = TypeVar("T")
Manifests: TypeAlias = tuple[RenderedManifest, ...]


class Latest:
    """The last result of each pure function, by the identity of its arguments."""

    def __init__(self) -> None:
        self._results: dict[Callable[..., Any], tuple[tuple[Any, ...], Any]] = {}
        self.computed = False
        """Whether a function was called since this was last set to False."""

    def __call__(self, function: Callable[P, T], *arguments: P.args, **aside: P.kwargs) -> T:
        """`function(*arguments, **aside)`; its last result where all arguments are the same objects as then.

        aside: arguments that the result does not depend on.
        """
        last = self._results.get(function)
        if last is None or len(last[0]) != len(arguments) or not all(map(is_, last[0], arguments)):
            last = (arguments, function(*arguments, **aside))
            self._results[function] = last
            self.computed = True
        return last[1]


class MemberCache:
    """Of one member."""

    def __init__(self) -> None:
        self.latest = Latest()
        self.memo = Memo()
        """What was computed about single objects."""
        self.asked_about_pods: dict[ResourceKey, datetime] = {}
        """When the member was last asked for the Pods of a Deployment that lacks replicas."""
        self.observed: dict[ResourceKey, tuple[bytes, str]] = {}
        """What writes would come to that are not made (`observing.py`), each with the state of the object that was tried."""
        self._work: Work | None = None
        self._given: Manifests = ()
        """The manifests of the last work as they were given, one for each that was kept in its place."""
        self._equals: dict[type, Any] = {}

    def same_work(self, work: Work) -> Work:
        """An equal work, with the manifests of the last one where these are equal; the last one where all of it is."""
        last, given, self._given = self._work, self._given, work.manifests
        if last is not None:
            manifests = _same_manifests(last.manifests, given, work.manifests)
            work = work if manifests is work.manifests else replace(work, manifests=manifests)
            if manifests is last.manifests and work == last:
                return last
        self._work = work
        return work

    def same(self, value: T) -> T:
        """The last value of this type where this one equals it."""
        last = self._equals.get(type(value))
        if last != value:
            last = self._equals[type(value)] = value
        return last

    def next_pass(self) -> None:
        """Ends a pass."""
        if self.latest.computed:
            self.latest.computed = False
            self.memo.next_pass()


class PassCache:
    """Of one process."""

    def __init__(self) -> None:
        self.latest = Latest()
        self.memo = Memo()
        """What was computed about single objects on all members."""
        self._members: dict[ClusterName, MemberCache] = {}
        self._mappings: dict[str, Mapping[ClusterName, Any]] = {}

    def of(self, name: ClusterName) -> MemberCache:
        """That of a member; a new one where there is none."""
        return self._members.setdefault(name, MemberCache())

    def same_mapping(self, what: str, mapping: Mapping[ClusterName, T]) -> Mapping[ClusterName, T]:
        """The last mapping of this name, where this one has the same objects under the same names."""
        last = self._mappings.get(what)
        if last is None or last.keys() != mapping.keys() or not all(map(is_, last.values(), map(mapping.get, last))):
            last = self._mappings[what] = mapping
        return last

    def next_pass(self, names: Container[ClusterName]) -> None:
        """Ends a pass over these members; others are forgotten."""
        self._members = {name: cache for name, cache in self._members.items() if name in names}
        for cache in self._members.values():
            cache.next_pass()
        if self.latest.computed:
            self.latest.computed = False
            self.memo.next_pass()


def _same_manifests(last: Manifests, given: Manifests, manifests: Manifests) -> Manifests:
    """These manifests, with the last ones where they are equal.

    given: the objects in whose place the last ones were kept. Those that are given again need no comparison.
    """
    if given is manifests or last is manifests:
        return last
    if len(last) != len(manifests):
        known = {one.key: (one, before) for one, before in zip(last, given, strict=True)}
        return tuple(_same_manifest(*known.get(one.key, (one, one)), one) for one in manifests)
    found = tuple(map(_same_manifest, last, given, manifests))
    return last if all(map(is_, last, found)) else found


def _same_manifest(last: RenderedManifest, given: RenderedManifest, manifest: RenderedManifest) -> RenderedManifest:
    return last if given is manifest or last is manifest or last == manifest else manifest
