"""Simulations as text, as Markdown and as a document."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from reconciler.model.wording import plural
from reconciler.present.diff import difference_document, summary
from reconciler.present.markdown_block import markdown_block
from reconciler.present.outline import outline_lines
from reconciler.present.outline_document import outline_document
from reconciler.present.style import Line, styled
from reconciler.review.simulate import Simulation


class SimulationFormat(StrEnum):
    """Values of `--output` of `simulate`."""

    TABLE = "table"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"


def simulation_lines(simulation: Simulation) -> Iterator[Line]:
    """The differences, the templates that cannot be placed, and a summary."""
    yield from _changes(simulation)
    yield styled(_summary(simulation))


def simulation_markdown(simulation: Simulation) -> str:
    """The same as Markdown, the summary first."""
    return markdown_block(_summary(simulation), _changes(simulation))


def _changes(simulation: Simulation) -> Iterator[Line]:
    yield from outline_lines(simulation.outline, simulation.members)
    for key, reason in simulation.unplaced.items():
        yield styled(f"cannot be placed: {key}: {reason}")


def _summary(simulation: Simulation) -> str:
    if not simulation.unplaced:
        return summary(simulation.differences)
    unplaced = f"{plural(len(simulation.unplaced), 'object')} cannot be placed"
    return f"{summary(simulation.differences)}; {unplaced}" if simulation.differences else f"{unplaced}; nothing else changes."


def simulation_document(simulation: Simulation) -> dict[str, Any]:
    return {
        "outline": outline_document(simulation.outline, simulation.members),
        "differences": [difference_document(difference) for difference in simulation.differences],
        "unplaced": [{"object": str(key), "reason": reason} for key, reason in simulation.unplaced.items()],
    }
