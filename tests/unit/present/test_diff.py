"""What the printers make of values, where running a command would prove no more."""

from __future__ import annotations

import pytest

from reconciler.model.issues import error, warning
from reconciler.model.origin import NOWHERE, Origin
from reconciler.present.issues import issue_counts, issue_lines, issues_document
from reconciler.present.table import table

ERROR = error("Wrong", "it is wrong", "Mend it.", origin=Origin("a.yaml", 3), subject="ConfigMap shop/a")
WARNING = warning("Odd", "it is odd", origin=NOWHERE)


def test_columns_are_as_wide_as_their_widest_cell_and_nothing_trails() -> None:
    lines = table(("NAME", "N", ""), [("a", 1, ""), ("longer", 22, "x")])
    assert [str(line) for line in lines] == ["NAME     N", "a        1", "longer   22   x"]


def test_a_table_without_rows_is_its_header() -> None:
    assert [str(line) for line in table(("NAME", "READY"), [])] == ["NAME   READY"]


@pytest.mark.parametrize(
    ("issues", "words"),
    [
        ([], "0 errors, 0 warnings"),
        ([ERROR], "1 error, 0 warnings"),
        ([ERROR, ERROR, WARNING], "2 errors, 1 warning"),
    ],
)
def test_counted(issues: list[object], words: str) -> None:
    assert issue_counts(issues) == words  # type: ignore[arg-type]


def test_issues_as_text_are_links_for_editors() -> None:
    assert [str(line) for line in issue_lines([ERROR, WARNING])] == [
        "a.yaml:3: error: it is wrong [Wrong]", "    Mend it.", "warning: it is odd [Odd]",
    ]  # fmt: skip


def test_issues_as_documents() -> None:
    assert issues_document([ERROR]) == [
        {
            "file": "a.yaml", "line": 3, "severity": "error", "reason": "Wrong", "message": "it is wrong", "remedy": "Mend it.",
            "object": "ConfigMap shop/a",
        }
    ]  # fmt: skip
