"""What moves from where to where."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from reconciler.pictures.flow import Move, flow_text

SVG = "{http://www.w3.org/2000/svg}"
MEMBERS = [
    f"{word}{dash}{number:0{digits}}"
    for word in ("edge", "m")
    for dash in ("", "-")
    for digits in (1, 2, 3)
    for number in range(10**digits)
]
"""Drawn as a whole: letter by letter costs more than the drawing that is tested."""
COUNTS = st.dictionaries(st.sampled_from(MEMBERS), st.integers(1, 10**6), max_size=20)
MOVES = st.lists(st.builds(Move, st.text(min_size=1, max_size=40), COUNTS, COUNTS), max_size=40, unique_by=lambda move: move.name)


def drawn(*moves: Move) -> ElementTree.Element:
    return ElementTree.fromstring(flow_text("Without m2", moves))  # noqa: S314 - our own


def words(root: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def bands(root: ElementTree.Element) -> list[str]:
    return [one.get("class", "") for one in root.iter(f"{SVG}path")]


def test_copies_leave_one_member_and_come_to_others() -> None:
    root = drawn(Move("shop/web", {"m2": 3}, {"m1": 1, "m3": 2}), Move("shop/api", {"m2": 1}, {}))
    assert words(root) == ["Without m2", "4 copies leave, 3 copies come", "m2 −4", "m1 +1", "m3 +2", "shop/api", "shop/web"]
    assert bands(root) == ["failing band", "failing band", "well band", "well band"]


def test_nothing_that_moves_is_a_drawing_too() -> None:
    assert words(drawn()) == ["Without m2", "0 copies leave, 0 copies come"]


@given(MOVES)
def test_no_copy_is_lost_by_folding_and_nothing_lies_outside(moves: list[Move]) -> None:
    root = drawn(*moves)
    lost = sum(sum(move.lost.values()) for move in moves)
    got = sum(sum(move.got.values()) for move in moves)
    said = words(root)[1]
    assert [int(one) for one in re.findall(r"[0-9]+", said)] == [lost, got]
    width, height = float(root.get("width", "")), float(root.get("height", ""))
    for one in root.iter(f"{SVG}rect"):
        assert 0 <= float(one.get("x", "")) <= float(one.get("x", "")) + float(one.get("width", "")) <= width
        assert float(one.get("y", "")) + float(one.get("height", "")) <= height + 0.01
    assert len(bands(root)) <= 2 * 14 * 14
    assert height < 2000


@given(MOVES)
def test_equal_moves_give_equal_bytes(moves: list[Move]) -> None:
    assert flow_text("x", moves) == flow_text("x", [*reversed(moves)])
