"""Trailers of a commit message."""

from __future__ import annotations

import pytest

from reconciler.model.tracing import TRACEPARENT
from reconciler.model.trailers import trailer_values
from reconciler.passes.commit_message import commit_message

HEADER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("message", "values"),
    [
        ("subject\n\nKey: one\nOther: two\nkey : three\n", ["one", "three"]),
        ("subject\n\nKey: one\n  and more\n", ["one and more"]),
        ("subject\n\nKey: one\nprose\n", []),
        ("Key: one\n", []),
        ("subject\n\nKey: one\n\nbody\n", []),
        ("", []),
    ],
)
def test_trailers_are_the_last_paragraph(message: str, values: list[str]) -> None:
    assert trailer_values(message, "Key") == values


def test_a_commit_on_the_status_branch_carries_on_the_trace_and_has_no_trailer_without_one() -> None:
    traced = commit_message("3f2c1ab", {}, HEADER)  # type: ignore[arg-type]
    assert trailer_values(traced, TRACEPARENT) == [HEADER]
    assert trailer_values(traced, "Revision") == ["3f2c1ab"]
    assert TRACEPARENT not in commit_message("3f2c1ab", {})  # type: ignore[arg-type]
