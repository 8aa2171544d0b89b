"""The issues of a document that anybody may have written: they come back, or the document is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.issues import Issue
from reconciler.present import issues_reader
from reconciler.present.issues import issues_document
from reconciler.present.issues_reader import NoIssuesError, issues_of
from tests.unit.present.test_sarif import ISSUES


def read(document: Any) -> list[Issue]:
    return issues_of(json.dumps(document).encode(), "issues.json")


def one(**changed: Any) -> dict[str, Any]:
    issue = {"file": "a", "line": 1, "severity": "error", "reason": "Syntax", "message": "", "remedy": "", "object": ""}
    return issue | changed


@given(st.lists(ISSUES, max_size=4))
def test_they_come_back(issues: list[Issue]) -> None:
    assert read({"revision": "0", "issues": issues_document(issues)}) == sorted(issues)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"issues": {}},
        {"issues": ["text"]},
        {"issues": [one(line=-1)]},
        {"issues": [one(line=True)]},
        {"issues": [one(line="1")]},
        {"issues": [one(severity="note")]},
        {"issues": [one(reason="no word <b>")]},
        {"issues": [one(file=None)]},
        {"issues": [one(message={"markdown": "![x](https://evil.example)"})]},
        {"issues": [one(url="https://evil.example")]},
        {"issues": [{"file": "a"}]},
    ],
)
def test_anything_else_is_refused_and_not_quoted(document: Any) -> None:
    with pytest.raises(NoIssuesError, match=r"^issues\.json: ") as caught:
        read(document)
    assert "evil" not in str(caught.value)


def test_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issues_reader, "MOST", 10)
    with pytest.raises(NoIssuesError, match="more than"):
        read({"issues": []})
