"""Tables out of what members with other versions say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.cluster.listing import Column, Listing, Row
from reconciler.model.keys import ClusterName, GroupVersionKind
from reconciler.present.objects import TableOptions, merge_columns, object_remarks, object_tables, objects_document
from reconciler.review.get import Block, GetResult

GVK = GroupVersionKind("example.com", "v1", "Widget")


def listing(columns: str, *rows: tuple[object, ...]) -> Listing:
    """columns: their names; those in brackets are wide."""
    told = tuple(Column(name.strip("()"), wide=name.startswith("(")) for name in columns.split())
    return Listing(GVK, True, told, tuple(Row(row, {"metadata": {"namespace": "shop", "name": str(row[0])}}) for row in rows))


def result(**listings: Listing) -> GetResult:
    block = Block("example.com", "Widget", True, {ClusterName(name): each for name, each in listings.items()})
    return GetResult((block,), {}, {}, (), ())


@pytest.mark.parametrize(
    ("all_columns", "united"),
    [
        (["Name Age"], "Name Age"),
        (["Name Age", "Name Ready Age"], "Name Ready Age"),
        (["Name Ready Age", "Name"], "Name Ready Age"),
        (["Name", "Name Status Age", "Name Ready Age"], "Name Ready Status Age"),
        (["Name (Node)", "Name Node"], "Name Node"),
        (["Name (Node)", "Name (Node)"], "Name (Node)"),
    ],
)
def test_columns_of_all_in_their_places(all_columns: list[str], united: str) -> None:
    assert merge_columns([listing(columns) for columns in all_columns]) == list(listing(united).columns)


def test_what_a_member_does_not_tell_is_unknown() -> None:
    found = result(m1=listing("Name Ready (Node)", ("a", True, "n1")), m2=listing("Name", ("b",)))
    assert [str(line) for line in object_tables(found, options=TableOptions(namespaces=True))] == [
        "CLUSTER   NAMESPACE   NAME   READY", "m1        shop        a      true", "m2        shop        b      <unknown>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), (3, "3"), (False, "false"), ("a\nb", "a..."), ("a\x1b[31mb", "a\\x1b[31mb"), ("", ""), ("grün", "grün")],
)
def test_a_cell_is_one_line_that_no_terminal_obeys(value: object, shown: str) -> None:
    found = result(m1=listing("Name Said Age", ("a", value, "1d")))
    row = str(object_tables(found)[1])
    assert row.removeprefix("m1        a      ").removesuffix("1d").rstrip() == shown


def test_secrets_of_one_name_are_masked_alike() -> None:
    def copy(value: str) -> Listing:
        secret = {"kind": "Secret", "metadata": {"name": "s", "managedFields": []}, "data": {"key": value}}
        return Listing(GroupVersionKind("", "v1", "Secret"), True, (), (Row((), secret),))

    items = objects_document(result(m1=copy("YQ=="), m2=copy("Yg=="), m3=copy("YQ==")))["items"]
    assert [item["manifest"]["data"]["key"] for item in items] == ["********", "******** (2)", "********"]
    assert all(item["manifest"]["metadata"] == {"name": "s"} for item in items)


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (result(m1=listing("Name")), ["No resources found in shop namespace."]),
        (
            replace(result(m1=listing("Name")), unanswered={ClusterName("m2"): "m2: why"}),
            ["No resources found in shop namespace on the members that answered.", "m2: why"],
        ),
        (GetResult((), {ClusterName("m2"): "m2: why"}, {}, (), ()), ["m2: why"]),
    ],
)
def test_nothing_is_said_of_members_that_did_not_answer(found: GetResult, says: list[str]) -> None:
    assert [str(line) for line in object_remarks(found, "shop")] == says
