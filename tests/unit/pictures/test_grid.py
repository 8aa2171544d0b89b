"""A grid of tiles."""

from __future__ import annotations

from xml.etree import ElementTree

from reconciler.pictures.grid import Column, Grid, Row, Tile, grid_text
from reconciler.pictures.svg import Tone

SVG = "{http://www.w3.org/2000/svg}"
GRID = Grid(
    "Placement",
    "1 workload on 2 members",
    (Column("m1"), Column("m2", warned=True), Column("m3")),
    (Row("shop/web", (Tile("3", Tone.WELL), Tile("2", Tone.FAILING), None)),),
    ((Tone.WELL, "Current"),),
    "a note",
)


def drawn(grid: Grid) -> ElementTree.Element:
    return ElementTree.fromstring(grid_text(grid))  # noqa: S314 - our own


def words(root: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def tones(root: ElementTree.Element) -> list[str]:
    return [one.get("class", "") for one in root.iter(f"{SVG}rect")]


def test_it_shows_names_numbers_and_tones() -> None:
    root = drawn(GRID)
    said = ["Placement", "1 workload on 2 members", "m1", "! m2", "m3", "shop/web", "3", "2", "Current", "a note"]
    assert words(root) == said
    assert tones(root) == ["card", "well", "failing", "well"]
    assert root.get("aria-label") == "Placement: 1 workload on 2 members"


def test_nothing_lies_outside_however_long_the_names_are() -> None:
    columns = tuple(Column(f"{'x' * 250}-{at}") for at in range(16))
    rows = tuple(Row("y" * 300, tuple(Tile("1.2k", tone) for tone in [*Tone, *Tone, *Tone, Tone.WELL])) for _ in range(30))
    root = drawn(Grid("Placement", "", columns, rows))
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for one in root.iter(f"{SVG}rect"):
        assert float(one.get("x", "")) + float(one.get("width", "")) <= width
        assert float(one.get("y", "")) + float(one.get("height", "")) <= height
    assert max(map(len, words(root))) <= 30


def test_without_rows_it_is_a_sentence() -> None:
    assert words(drawn(Grid("Placement", "nothing is placed yet", (), ()))) == ["Placement", "nothing is placed yet"]
