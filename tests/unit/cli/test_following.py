"""What `get -w` prints, in every form of output."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.cli.following import FollowedObjects
from reconciler.cli.get_output import parse_get_output
from reconciler.cluster.listing import Event, by_name
from reconciler.model.keys import ClusterName
from reconciler.model.manifest import gvk_of
from reconciler.present.objects import TableOptions
from reconciler.present.table import Room
from reconciler.review.follow import Change, Lost
from reconciler.review.get import Block, GetResult
from tests.support.fleet import config, secret

M1 = ClusterName("m1")


def listing(text: str):  # type: ignore[no-untyped-def]
    item = json.loads(text)
    return by_name(gvk_of(item), True, [item])


@pytest.mark.parametrize(
    ("output", "first", "later"),
    [
        ("table", "EVENT   CLUSTER   NAME\nADDED   m1        a\n", "DELETED   m1        b\n"),
        ("name", "m1 configmap/a\n", "m1 configmap/b\n"),
        ("jsonpath={.metadata.name}", "a\n", "b\n"),
        ("custom-columns=C:.cluster,N:.metadata.name", "C     N\nm1    a\n", "m1    b\n"),
    ],
)
def test_the_objects_and_then_each_change(capsys: pytest.CaptureFixture[str], output: str, first: str, later: str) -> None:
    result = GetResult((Block("", "ConfigMap", True, {M1: listing(config("a"))}),), {}, {}, (), ())
    followed = FollowedObjects(result, parse_get_output(output), Room(), TableOptions(events=True))
    followed.print_first()
    assert capsys.readouterr().out == first
    followed.print_change(Change(M1, Event.DELETED, listing(config("b"))))
    assert capsys.readouterr().out == later


def test_titles_come_again_where_the_kind_changes(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = Block("", "ConfigMap", True, {M1: listing(config("a"))}), Block("", "Secret", True, {M1: listing(secret("s"))})
    followed = FollowedObjects(GetResult(blocks, {}, {}, (), ()), parse_get_output("table"), Room(), TableOptions())
    followed.print_first()
    capsys.readouterr()
    for one in (secret("t"), config("b"), config("c")):
        followed.print_change(Change(M1, Event.ADDED, listing(one)))
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["m1", "secret/t"],
        ["CLUSTER", "NAME"],
        ["m1", "configmap/b"],
        ["m1", "configmap/c"],
    ]


@pytest.mark.parametrize("output", ["json", "yaml"])
def test_documents_have_the_event_and_no_secret(capsys: pytest.CaptureFixture[str], output: str) -> None:
    followed = FollowedObjects(GetResult((), {}, {}, (), ()), parse_get_output(output), Room(), TableOptions())
    followed.print_change(Change(M1, Event.ADDED, listing(secret("s", {"k": "hunter2"}))))
    out = capsys.readouterr().out
    assert "ADDED" in out
    assert "hunter2" not in out
    assert "********" in out


def test_a_table_that_began_empty_gets_its_titles_with_the_first_row(capsys: pytest.CaptureFixture[str]) -> None:
    empty = replace(listing(config("a")), rows=())
    result = GetResult((Block("", "ConfigMap", True, {M1: empty}),), {}, {}, (), ())
    followed = FollowedObjects(result, parse_get_output("table"), Room(), TableOptions())
    followed.print_first()
    assert capsys.readouterr().out == ""
    followed.print_change(Change(M1, Event.ADDED, listing(config("a"))))
    followed.print_change(Change(M1, Event.MODIFIED, listing(config("a"))))
    assert capsys.readouterr().out == "CLUSTER   NAME\nm1        a\nm1        a\n"


def test_members_that_go_and_come_are_named_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    followed = FollowedObjects(GetResult((), {}, {}, (), ()), parse_get_output("table"), Room(), TableOptions())
    for lost in (Lost(M1, "m1 does not answer"), Lost(M1, "no credential"), Lost(M1, "")):
        followed.print_change(lost)
    assert capsys.readouterr() == ("", "m1 does not answer\nm1: no credential\nm1 answers again\n")
