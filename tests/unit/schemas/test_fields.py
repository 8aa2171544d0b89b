"""Every field of every policy kind is in one table, with what it does here."""

from __future__ import annotations

from collections import Counter

from tests.unit.schemas.fields import fields, row_of, rows

KNOWN = {(part, field): told for part, field, told in rows()}


def test_the_table_is_read() -> None:
    assert len(KNOWN) > 100
    assert len({kind for kind, _ in fields()}) == 13


def test_every_field_of_every_kind_has_a_row() -> None:
    assert [f"{kind}: {path}" for kind, path in fields() if row_of(kind, path, KNOWN) not in KNOWN] == []


def test_every_row_is_about_a_field() -> None:
    used = {row_of(kind, path, KNOWN) for kind, path in fields()}
    assert sorted(KNOWN.keys() - used) == []


def test_no_field_has_two_rows() -> None:
    assert [row for row, count in Counter((part, field) for part, field, _ in rows()).items() if count > 1] == []
