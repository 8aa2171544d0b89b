"""Tables: one row, one line; all of it in a pipe, what matters most on a narrow terminal."""

from __future__ import annotations

import pytest

from reconciler.model.keys import ResourceKey
from reconciler.present.style import Line, Span, Style
from reconciler.present.table import Cell, Column, GrowingTable, Room, fitting, table

ODD = "a\nfailed: b\r"


def shown(columns: list[Column | str], rows: list[list[object]], room: Room) -> list[str]:
    return [str(line) for line in table(columns, rows, room)]


def test_a_name_with_a_line_break_stays_on_its_line() -> None:
    """An API server allows it in the names of cluster roles; raw, it could imitate another row or message."""
    lines = shown(["NAME", "HEALTH"], [[ODD, "Current"], ["é", "Failed"]], Room())
    assert lines == ["NAME             HEALTH", r"a\nfailed: b\r   Current", "é                Failed"]
    key = ResourceKey("rbac.authorization.k8s.io", "ClusterRole", "", ODD)
    assert str(key) == r"ClusterRole.rbac.authorization.k8s.io a\nfailed: b\r"


COLUMNS: list[Column | str] = [
    Column("NAME", least=8),
    Column("POLICY", rank=3, least=10),
    Column("ZONES", rank=1),
    Column("WHERE", rank=2, least=6, most=16),
    "HEALTH",
    Column("LABELS", wide=True),
]
WHERE = Cell(("m1:7,m2:7,m3:7,m4:7", "m1..m4: 7 each", "4 clusters", "4"))
ROWS: list[list[object]] = [["Deployment/web", "PropagationPolicy/web", "", WHERE, Cell(("Failed",), Style.BAD), "a=b"]]


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (None, ["NAME             POLICY                  ZONES   WHERE                 HEALTH",
                "Deployment/web   PropagationPolicy/web           m1:7,m2:7,m3:7,m4:7   Failed"]),
        (100, ["NAME             POLICY                  ZONES   WHERE            HEALTH",
               "Deployment/web   PropagationPolicy/web           m1..m4: 7 each   Failed"]),
        (70, ["NAME             POLICY                  WHERE            HEALTH",
              "Deployment/web   PropagationPolicy/web   m1..m4: 7 each   Failed"]),
        (60, ["NAME            POLICY                 WHERE       HEALTH",
              "Deployment/web  PropagationPolicy/web  4 clusters  Failed"]),
        (56, ["NAME             WHERE            HEALTH",
              "Deployment/web   m1..m4: 7 each   Failed"]),
        (30, ["NAME            WHERE   HEALTH", "Deployment/w…   4       Failed"]),
        (20, ["NAME          HEALTH", "Deployment…   Failed"]),
        (14, ["NAME    HEALTH", "Deplo…  Failed"]),
    ],
)  # fmt: skip
def test_a_terminal_shows_what_matters_most(width: int | None, lines: list[str]) -> None:
    found = shown(COLUMNS, ROWS, Room(width))
    assert found == lines
    assert width is None or max(map(len, found)) <= width


@pytest.mark.parametrize("width", range(14, 120))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, shown(COLUMNS, ROWS, Room(width)))) <= width


def test_wide_shows_all_columns_and_the_longest_forms() -> None:
    (header, row) = shown(COLUMNS, ROWS, Room(wide=True))
    assert header.split() == ["NAME", "POLICY", "ZONES", "WHERE", "HEALTH", "LABELS"]
    assert "m1:7,m2:7,m3:7,m4:7   Failed   a=b" in row


def test_a_cell_keeps_its_role_and_nothing_trails() -> None:
    assert table(["A", "HEALTH", "B"], [["x", Cell(("Failed",), Style.BAD), ""]])[1] == Line(
        (Span("x"), Span("   "), Span("Failed", Style.BAD))
    )


@pytest.mark.parametrize(("width", "text"), [(9, "abcdef"), (6, "abcdef"), (5, "abc"), (2, "a…"), (1, "…")])
def test_the_longest_form_that_fits(width: int, text: str) -> None:
    assert fitting(("abcdef", "abc"), width) == text


def test_a_name_loses_its_middle_and_a_text_its_end() -> None:
    columns = [Column("NAME", least=12, middle=True), Column("MESSAGE", least=12)]
    lines = shown(columns, [["web-frontend-7c5ddbdf54-x2x9z", "no node has enough memory"]], Room(38))
    assert lines == ["NAME                      MESSAGE", "web-fronten…bdf54-x2x9z   no node has…"]
    assert fitting(["abcdef"], 3, middle=True) == "a…f"
    assert fitting(["abcdef"], 2, middle=True) == "a…"


def test_a_row_that_comes_later_has_the_columns_of_the_first_ones() -> None:
    on_terminal = GrowingTable(["NAME", Column("STATE", rank=3)], [["a", "Running"]], Room(20))
    assert [str(line) for line in on_terminal.first_lines()] == ["NAME   STATE", "a      Running"]
    assert str(on_terminal.line(["abcdef", "Terminating"])) == "abcdef   Terminating"
    assert str(on_terminal.line(["abcdefgh", "Terminating"])) == "abcde…   Terminating"
    in_a_pipe = GrowingTable(["NAME", "STATE"], [["a", "Running"]], headers=False)
    assert [str(line) for line in in_a_pipe.first_lines()] == ["a   Running"]
    assert str(in_a_pipe.line(["abcdef", "x"])) == "abcdef   x"
    assert str(in_a_pipe.line(["b", "x"])) == "b        x"
