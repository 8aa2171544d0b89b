"""The fields that may not change. `tests/e2e/kubernetes/test_immutability.py` asks a server about the same changes."""

from __future__ import annotations

import pytest

from reconciler.interpreter.immutability import IMMUTABLE_KINDS, changed_immutable_fields
from reconciler.model.keys import GroupVersionKind
from tests.support.immutable_changes import ROWS, Row, sides


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]}-{'-'.join(path for path, _ in row[3])}-{row[4] or 'allowed'}")
def test_the_fields_that_may_not_change(row: Row) -> None:
    before, after = sides(row, "a")
    assert changed_immutable_fields(before, after) == tuple(row[4].split())
    assert changed_immutable_fields(before, before) == changed_immutable_fields(after, after) == ()


def test_every_kind_with_a_rule_has_a_row() -> None:
    refused = {(GroupVersionKind.parse(api, kind).group, kind) for api, kind, _, _, field in ROWS if field}
    assert refused == set(IMMUTABLE_KINDS)
