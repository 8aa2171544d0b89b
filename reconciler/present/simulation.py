"""Simulations as text and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.model.wording import plural
from reconciler.present.diff import difference_document, summary
from reconciler.present.outline import outline_lines
from reconciler.present.outline_document import outline_document
from reconciler.present.style import Line, styled
from reconciler.review.simulate import Simulation


def simulation_lines(simulation: Simulation) -> Iterator[Line]:
    """The differences, the templates that cannot be placed, and a summary."""
    yield from outline_lines(simulation.outline, simulation.members)
    for key, reason in simulation.unplaced.items():
        yield styled(f"cannot be placed: {key}: {reason}")
    for name, count in simulation.lost.items():
        yield styled(f"{plural(count, 'object')} {'loses its' if count == 1 else 'lose their'} copy on {name}")
    yield from map(styled, simulation.remarks)
    yield styled(simulation_summary(simulation))


def simulation_summary(simulation: Simulation) -> str:
    """`2 to create on 1 cluster; 1 object cannot be placed`."""
    if simulation.lost and not simulation.differences and not simulation.unplaced:
        return "Nothing else changes."
    if not simulation.unplaced:
        return summary(simulation.differences)
    unplaced = f"{plural(len(simulation.unplaced), 'object')} cannot be placed"
    return f"{summary(simulation.differences)}; {unplaced}" if simulation.differences else f"{unplaced}; nothing else changes."


def simulation_document(simulation: Simulation) -> dict[str, Any]:
    return {
        "outline": outline_document(simulation.outline, simulation.members),
        "differences": [difference_document(difference) for difference in simulation.differences],
        "lost": dict(simulation.lost),
        "unplaced": [{"object": str(key), "reason": reason} for key, reason in simulation.unplaced.items()],
    }
