"""How many replicas fit into a cluster, as a clause: what is free, by which grade of nodes, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciler.model.wording import plural
from reconciler.schedule.estimator import Amounts, FreeResources, is_countable, replicas_on_node

_NAMED = ("cpu", "memory")


def explain_estimate(free: FreeResources | None, needs: Amounts, *, is_taken: bool) -> str:
    """free: as the estimate used it. needs: of one replica. is_taken: whether reserved replicas are deducted."""
    deducted = "; replicas that are decided and not seen there yet are deducted" if is_taken else ""
    if free is None:
        return f"no Pod is free{deducted}"
    if not needs:
        return f"{plural(free.pods, 'Pod')} free, and it requests nothing{deducted}"
    request = f"it requests {_texts(needs)}"
    if free.nodes is None:
        parts = [f"{_text(name, free.amounts.get(name, 0))} {name}" for name in sorted(needs)]
        return f"{request}; free are {', '.join([*parts, plural(free.pods, 'Pod')])}{deducted}"
    return f"{request}; {_by_grade(free, needs)}{deducted}"


def _by_grade(free: FreeResources, needs: Amounts) -> str:
    countable = {name: amount for name, amount in needs.items() if is_countable(name)}
    ungraded = sorted({name for name in countable if all(name not in size for _, size in free.nodes or ())})
    if not free.nodes:
        return "no node has a free Pod"
    if ungraded:
        return f"its nodes are not graded by {', '.join(ungraded)}, which counts as none (spec.resourceModels of its Cluster)"
    grades = ", ".join(_grades(free, countable))
    total = sum(count * replicas_on_node(size, countable) for count, size in free.nodes)
    pods = f"; only {plural(free.pods, 'Pod')} free" if total > free.pods else ""
    return f"{grades}{pods}"


def _grades(free: FreeResources, needs: Amounts) -> Iterator[str]:
    for count, size in free.nodes or ():
        graded = {name: size[name] for name in (*_NAMED, *sorted(size)) if name in size and name != "pods"}
        yield f"{plural(count, 'node')} with at least {_texts(graded)} for {replicas_on_node(size, needs)}{' each' * (count > 1)}"


def _texts(amounts: Mapping[str, int]) -> str:
    return " and ".join(f"{_text(name, amount)} {name}" for name, amount in amounts.items())


def _text(name: str, amount: int) -> str:
    """In the unit of a manifest, the largest that is exact."""
    if name == "cpu":
        return f"{amount}m" if amount % 1000 else str(amount // 1000)
    for suffix, power in (("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)):
        if amount and not amount % (1 << power):
            return f"{amount >> power}{suffix}"
    return str(amount)
