"""Draw the rooms, from the import contracts in `pyproject.toml`: `make docs` writes `rooms.svg`.

A row is a layer: its rooms do not know each other and import only what stands below. A room's box names the third-party
libraries that may be imported there and nowhere else. Coloured boxes are the core, which reads no clock, network or disk.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
DRAWING = Path(__file__).parent / "rooms.svg"

PACKAGE = "reconciler"
BOX_WIDTH, BOX_HEIGHT, GAP = 118, 58, 10
CORE, OTHER, LINE, TEXT, QUIET = "#dbeafe", "#f3f4f6", "#6b7280", "#111827", "#4b5563"


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the contracts say, as far as it is drawn."""

    layers: tuple[tuple[str, ...], ...]
    """Top to bottom; the rooms of one layer do not import each other."""
    core: frozenset[str]
    """Rooms that read nothing from outside."""
    libraries: Mapping[str, tuple[str, ...]]
    """By room: third-party packages whose home it is, sorted."""


def read_contracts(pyproject: str) -> Rooms:
    """`pyproject` is the text of the file. Raises KeyError or StopIteration where a contract has another form."""
    contracts: Sequence[Mapping[str, Any]] = tomllib.loads(pyproject)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    forbidden = [contract for contract in contracts if contract["type"] == "forbidden"]
    core = next(contract["source_modules"] for contract in forbidden if "ignore_imports" not in contract)
    homes: dict[str, set[str]] = {}
    for contract in forbidden:
        for line in contract.get("ignore_imports", ()):
            module, _, library = line.partition(" -> ")
            homes.setdefault(module.split(".")[1], set()).add(library.split(".")[0])
    return Rooms(
        tuple(tuple(name.strip() for name in layer.split("|")) for layer in layers),
        frozenset(module.removeprefix(f"{PACKAGE}.") for module in core),
        {room: tuple(sorted(libraries)) for room, libraries in homes.items()},
    )


def draw(rooms: Rooms) -> str:
    """SVG, the same bytes for the same contracts."""
    widest = max(len(layer) for layer in rooms.layers)
    width = widest * (BOX_WIDTH + GAP) + GAP
    height = len(rooms.layers) * (BOX_HEIGHT + GAP) + GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"'
        ' font-family="system-ui, sans-serif" text-anchor="middle">',
        "<title>The rooms of reconciler: each imports only rooms in the rows below it</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for row, layer in enumerate(rooms.layers):
        left = (width - len(layer) * (BOX_WIDTH + GAP) + GAP) // 2
        for column, room in enumerate(layer):
            lines += box(rooms, room, left + column * (BOX_WIDTH + GAP), GAP + row * (BOX_HEIGHT + GAP))
    return "\n".join([*lines, "</svg>", ""])


def box(rooms: Rooms, room: str, x: int, y: int) -> list[str]:
    """One room: its name, and below it a line for each library that lives there."""
    fill = CORE if room in rooms.core else OTHER
    libraries = rooms.libraries.get(room, ())
    middle, top = x + BOX_WIDTH // 2, y + 34 - 6 * len(libraries)
    parts = [
        f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" fill="{fill}" stroke="{LINE}"/>',
        f'<text x="{middle}" y="{top}" font-size="15" fill="{TEXT}">{escape(room)}</text>',
    ]
    for number, library in enumerate(libraries, start=1):
        parts.append(f'<text x="{middle}" y="{top + 12 * number}" font-size="10" fill="{QUIET}">{escape(library)}</text>')
    return parts


def drawing() -> str:
    return draw(read_contracts((PROJECT / "pyproject.toml").read_text()))
