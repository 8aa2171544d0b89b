"""Where the workloads run: the map of the status branch, of what this person may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from reconciler.dashboard.page import Asked, Crumb, Page
from reconciler.pictures.grid import Grid


@dataclass(frozen=True, slots=True)
class Placement:
    grid: Grid | None
    """None where nothing is placed."""
    title: str = "Placement"
    crumbs: tuple[Crumb, ...] = ()


def view(asked: Asked, _: Any) -> Placement:
    return Placement(asked.facts.placement)


PAGES = (Page("/placement", "placement.html.jinja", view, menu="Placement"),)
