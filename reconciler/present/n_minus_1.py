"""The result of an N-1 check as text and as a document: workloads with the same shortfall are one line."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from reconciler.model.keys import ResourceKey
from reconciler.model.survival import DomainKind
from reconciler.model.wording import first_few, plural
from reconciler.present.document import object_document
from reconciler.present.outline import objects_text
from reconciler.review.n_minus_1 import NMinusOne, Shortfall


def n_minus_1_lines(result: NMinusOne, kinds: Collection[DomainKind]) -> Iterator[str]:
    """One line for each distinct shortfall, and a summary. kinds: those that were asked for."""
    yield from shortfall_lines(result)
    yield n_minus_1_summary(result, kinds)


def shortfall_lines(result: NMinusOne) -> Iterator[str]:
    """Without the summary."""
    for (_, *domains), alike in _alike(result.shortfalls):
        one, keys = alike[0], sorted({each.key for each in alike})
        where = f" ({one.policy}, {one.origin})" if one.policy else ""
        each = " each" if len(keys) > 1 else ""
        left = f"{one.left} of {plural(one.replicas, 'replica')}{each} left without {first_few(domains, _NAMED)}"
        yield f"{objects_text(keys)}: {left}, {one.minimum} needed{where}{f': {one.reason}' if one.reason else ''}"


def n_minus_1_summary(result: NMinusOne, kinds: Collection[DomainKind]) -> str:
    counts = Counter(domain.kind for domain in result.domains)
    losses = ", ".join(plural(counts[kind], str(kind)) for kind in DomainKind if counts[kind])
    losses = f"one of {losses}" if len(result.domains) != 1 else str(result.domains[0])
    unknown = [str(kind) for kind in DomainKind if kind in kinds and not counts[kind]]
    without = f" No Cluster states a {' or a '.join(unknown)}." if unknown else ""
    if not result.shortfalls:
        workloads = plural(result.workloads, "workload")
        return f"{workloads}: none falls below its minimum if {losses} is lost.{without}" if counts else without.strip()
    fallen = len({one.key for one in result.shortfalls})
    verb = "falls below its" if fallen == 1 else "fall below their"
    return f"{fallen} of {plural(result.workloads, 'workload')} {verb} minimum if {losses} is lost.{without}"


def n_minus_1_document(result: NMinusOne) -> dict[str, Any]:
    return {
        "domains": [{"kind": str(one.kind), "name": one.name, "clusters": list(one.clusters)} for one in result.domains],
        "workloads": result.workloads,
        "shortfalls": [
            {
                "object": object_document(one.key),
                "kind": str(one.domain.kind),
                "lost": one.domain.name,
                "replicas": one.replicas,
                "left": one.left,
                "minimum": one.minimum,
                "policy": str(one.policy or ""),
                "origin": str(one.origin) if one.origin.file else "",
                "reason": one.reason,
            }
            for one in result.shortfalls
        ],
    }


def _alike(shortfalls: Sequence[Shortfall]) -> Iterator[tuple[tuple[Any, ...], list[Shortfall]]]:
    """((what is the same, failure domain, …), shortfalls): the domains of one workload together, then equal workloads."""
    of_one: defaultdict[tuple[ResourceKey, tuple[Any, ...]], list[Shortfall]] = defaultdict(list)
    for one in shortfalls:
        same = (one.replicas, one.left, one.minimum, one.policy, one.origin, one.reason)
        of_one[one.key, same].append(one)
    groups: defaultdict[tuple[Any, ...], list[Shortfall]] = defaultdict(list)
    for (_, same), found in of_one.items():
        groups[same, *(one.domain for one in found)].extend(found)
    yield from sorted(groups.items(), key=lambda group: min((one.key, one.domain) for one in group[1]))


_NAMED = 5
"""Failure domains that a line names before it counts the rest."""
