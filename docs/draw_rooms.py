"""Draw the rooms, from the import contracts in `pyproject.toml`: `make docs` writes `rooms.svg`.

A grey band is a layer: its rooms do not know each other and import only rooms of the layers below. A room's box names the
third-party libraries that may be imported there and nowhere else. Coloured boxes are the core, which reads no clock, network or
disk. Browsers that prefer a dark page show the drawing in dark colours.
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
WIDTH, MARGIN, GAP = 880, 10, 8
"""A forge shows a page about 880 pixels wide: at this size the drawing is not scaled down."""
BOX_WIDTH, NAME_HEIGHT, LIBRARY_HEIGHT = 132, 36, 13
ROOMS_IN_A_LINE = 6
STYLE = """<style>
.page{fill:#ffffff}.layer{fill:#f3f4f6}.core{fill:#dbeafe;stroke:#6b7280}.other{fill:#ffffff;stroke:#6b7280}
.room{fill:#111827;font-size:15px}.library{fill:#4b5563;font-size:11px}
@media (prefers-color-scheme:dark){
.page{fill:#0d1117}.layer{fill:#161b22}.core{fill:#1f3a5f;stroke:#8b949e}.other{fill:#21262d;stroke:#8b949e}
.room{fill:#e6edf3}.library{fill:#b1bac4}
}
</style>"""


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
    parts: list[str] = []
    top = MARGIN
    for layer in rooms.layers:
        lines = [layer[start : start + ROOMS_IN_A_LINE] for start in range(0, len(layer), ROOMS_IN_A_LINE)]
        heights = [box_height(rooms, line) for line in lines]
        height = sum(heights) + GAP * (len(lines) + 1)
        parts.append(f'<rect class="layer" x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}" height="{height}" rx="6"/>')
        for number, line in enumerate(lines):
            y = top + GAP + sum(heights[:number]) + GAP * number
            left = (WIDTH - len(line) * (BOX_WIDTH + GAP) + GAP) // 2
            for column, room in enumerate(line):
                parts += box(rooms, room, left + column * (BOX_WIDTH + GAP), y, heights[number])
        top += height + GAP
    height = top - GAP + MARGIN
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' font-family="system-ui, sans-serif" text-anchor="middle">',
        "<title>The rooms of reconciler: each imports only rooms of the layers below it</title>",
        STYLE,
        f'<rect class="page" width="{WIDTH}" height="{height}"/>',
    ]
    return "\n".join([*head, *parts, "</svg>", ""])


def box_height(rooms: Rooms, line: Sequence[str]) -> int:
    """The height that the room with the most libraries needs."""
    return NAME_HEIGHT + LIBRARY_HEIGHT * max(len(rooms.libraries.get(room, ())) for room in line)


def box(rooms: Rooms, room: str, x: int, y: int, height: int) -> list[str]:
    """One room: its name, and below it a line for each library that lives there."""
    libraries = rooms.libraries.get(room, ())
    middle, top = x + BOX_WIDTH // 2, y + (height - LIBRARY_HEIGHT * len(libraries)) // 2 + 5
    look = "core" if room in rooms.core else "other"
    parts = [
        f'<rect class="{look}" x="{x}" y="{y}" width="{BOX_WIDTH}" height="{height}" rx="6"/>',
        f'<text class="room" x="{middle}" y="{top}">{escape(room)}</text>',
    ]
    for number, library in enumerate(libraries, start=1):
        parts.append(f'<text class="library" x="{middle}" y="{top + 1 + LIBRARY_HEIGHT * number}">{escape(library)}</text>')
    return parts


def drawing() -> str:
    return draw(read_contracts((PROJECT / "pyproject.toml").read_text()))
