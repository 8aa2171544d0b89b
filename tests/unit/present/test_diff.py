"""What the printers make of values, where running a command would prove no more."""

from __future__ import annotations

import sys

import pytest

from reconciler.model.issues import error, warning
from reconciler.model.origin import NOWHERE, Origin
from reconciler.present.issues import counted, issues_document, print_issues
from reconciler.present.style import styled
from reconciler.present.table import table

ERROR = error("Wrong", "it is wrong", "Mend it.", origin=Origin("a.yaml", 3), subject="ConfigMap shop/a")
WARNING = warning("Odd", "it is odd", origin=NOWHERE)


def test_columns_are_as_wide_as_their_widest_cell_and_nothing_trails() -> None:
    assert table(("NAME", "N", ""), [("a", 1, ""), ("longer", 22, "x")]) == "NAME     N\na        1\nlonger   22   x"


def test_a_table_without_rows_is_its_header() -> None:
    assert table(("NAME", "READY"), []) == "NAME   READY"


@pytest.mark.parametrize(
    ("issues", "words"),
    [
        ([], "0 errors, 0 warnings"),
        ([ERROR], "1 error, 0 warnings"),
        ([ERROR, ERROR, WARNING], "2 errors, 1 warning"),
    ],
)
def test_counted(issues: list[object], words: str) -> None:
    assert counted(issues) == words  # type: ignore[arg-type]


def test_issues_as_text_are_links_for_editors(capsys: pytest.CaptureFixture[str]) -> None:
    print_issues([ERROR, WARNING])
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "a.yaml:3: error: it is wrong [Wrong]\n    Mend it.\nwarning: it is odd [Odd]\n"


def test_issues_as_documents() -> None:
    assert issues_document([ERROR]) == [
        {
            "file": "a.yaml", "line": 3, "severity": "error", "reason": "Wrong", "message": "it is wrong", "remedy": "Mend it.",
            "object": "ConfigMap shop/a",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("terminal", "no_colour", "coloured"), [(True, None, True), (True, "", True), (True, "1", False), (False, None, False)]
)
def test_colour(monkeypatch: pytest.MonkeyPatch, terminal: bool, no_colour: str | None, coloured: bool) -> None:
    """NO_COLOR counts when it is set to anything but the empty text (no-color.org)."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_colour is not None:
        monkeypatch.setenv("NO_COLOR", no_colour)
    assert (styled("-x", colour="red") == "\x1b[31m-x\x1b[0m") is coloured
    assert styled("x") == "x"
