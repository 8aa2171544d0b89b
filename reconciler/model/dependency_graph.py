"""Which of several things can come first, where some need others: layers, and the cycles that have none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeVar

N = TypeVar("N")

Needs = Mapping[N, Collection[N]]
"""Thing → the things that it needs. Things that need nothing may be absent, and so may needs that are no things of the graph."""


def layers(things: Collection[N], needs: Needs[N]) -> tuple[tuple[N, ...], ...]:
    """The things in layers: each needs only things of earlier layers. Things of a layer are in their given order. Those that are
    part of a cycle, or need one that is, are in no layer."""
    known = set(things)
    missing = {thing: {need for need in needs.get(thing, ()) if need in known} for thing in things}
    dependants: dict[N, list[N]] = {}
    for thing in things:
        for need in missing[thing]:
            dependants.setdefault(need, []).append(thing)
    position = {thing: number for number, thing in enumerate(things)}
    found: list[tuple[N, ...]] = []
    layer = [thing for thing in things if not missing[thing]]
    while layer:
        found.append(tuple(layer))
        free = set()
        for thing in layer:
            for dependant in dependants.get(thing, ()):
                missing[dependant].discard(thing)
                if not missing[dependant]:
                    free.add(dependant)
        layer = sorted(free, key=position.__getitem__)
    return tuple(found)


def cycles(things: Collection[N], needs: Needs[N]) -> tuple[tuple[N, ...], ...]:
    """One cycle through each thing that is part of any and not of one that was found before: each thing needs the next one, and
    the last one needs the first. The shortest through its first thing; the first is the earliest of `things`."""
    layered = {thing for layer in layers(things, needs) for thing in layer}
    rest = [thing for thing in things if thing not in layered]
    left = {thing: [need for need in needs.get(thing, ()) if need not in layered] for thing in rest}
    known, told = set(rest), set[N]()
    found = []
    for thing in rest:
        if thing in told:
            continue
        path = _way_back(thing, left, known)
        if path and told.isdisjoint(path):
            found.append(path)
            told.update(path)
    return tuple(found)


def _way_back(start: N, needs: Needs[N], known: Collection[N]) -> tuple[N, ...]:
    """The shortest way from a thing to itself, without its end; empty where there is none."""
    came: dict[N, N] = {}
    front = [start]
    while front:
        following = []
        for thing in front:
            for need in needs.get(thing, ()):
                if need == start:
                    path = [thing]
                    while path[-1] != start:
                        path.append(came[path[-1]])
                    return tuple(reversed(path))
                if need in known and need not in came:
                    came[need] = thing
                    following.append(need)
        front = following
    return ()
