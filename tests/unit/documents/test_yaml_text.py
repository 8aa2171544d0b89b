"""Patches of YAML text: what no operation names stays, character by character."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.documents.json_patch import PatchError
from reconciler.documents.reader import DocumentError, read_one
from reconciler.documents.yaml_text import patch_text
from reconciler.model.overrides import PatchOperation
from tests.unit.documents.test_edit import changes

TEXT = """\
# of the shop
point: {x: 1, y: 2}   # coordinates
on: {push: main}
countries: {no: Norway, se: Sweden}
id: 0123
version: 1.50
level: info # loud
servers:
  # the first one
  - name: a
    port: 80
  # the second one
  - name: b
    port: 0x50
tags: []
note: |
  one
   two
---
kind: second
level: info
...
"""


def patched(operator: str, path: str, value: Any = None, text: str = TEXT) -> str:
    return patch_text(text, (PatchOperation(operator, path, value),))


@pytest.mark.parametrize(
    ("operator", "path", "value", "expected"),
    [
        ("replace", "/level", "debug", ["- level: info # loud", "+ level: debug # loud"]),
        ("replace", "/point/y", 3, ["- point: {x: 1, y: 2}   # coordinates", "+ point: {x: 1, y: 3}   # coordinates"]),
        ("replace", "/point/true", 3, ["- point: {x: 1, y: 2}   # coordinates", "+ point: {x: 1, y: 3}   # coordinates"]),
        ("replace", "/countries/no", "no", ["- countries: {no: Norway, se: Sweden}", '+ countries: {no: "no", se: Sweden}']),
        ("replace", "/on", ["push"], ["- on: {push: main}", "+ on:", "+ - push"]),
        ("add", "/level", 1, ["- level: info # loud", "+ level: 1 # loud"]),
        ("add", "/more", {"a": [1]}, ["+ more:", "+   a:", "+   - 1"]),
        ("add", "/servers/-", {"name": "c"}, ["+   - name: c"]),
        ("add", "/servers/0", "z", ["+   - z"]),
        ("add", "/servers/1", "z", ["+   - z"]),
        ("add", "/servers/1/host", "h", ["+     host: h"]),
        ("replace", "/servers/-1/port", 81, ["-     port: 0x50", "+     port: 81"]),
        ("replace", "/servers/0", {"name": "z"}, ["-   - name: a", "-     port: 80", "+   - name: z"]),
        ("add", "/tags/-", "x", ["- tags: []", "+ tags: [x]"]),
        ("add", "/tags/0", {"a": "y"}, ["- tags: []", '+ tags: [{"a": "y"}]']),
        (
            "add",
            "/point/z",
            "a, b",
            ["- point: {x: 1, y: 2}   # coordinates", '+ point: {x: 1, y: 2, z: "a, b"}   # coordinates'],
        ),
        ("add", "/point/n", 5, ["- point: {x: 1, y: 2}   # coordinates", '+ point: {x: 1, y: 2, "n": 5}   # coordinates']),
        ("remove", "/point/x", None, ["- point: {x: 1, y: 2}   # coordinates", "+ point: {y: 2}   # coordinates"]),
        ("remove", "/point/y", None, ["- point: {x: 1, y: 2}   # coordinates", "+ point: {x: 1}   # coordinates"]),
        ("remove", "/on/push", None, ["- on: {push: main}", "+ on: {}"]),
        ("replace", "/point/x", [1], ["- point: {x: 1, y: 2}   # coordinates", "+ point: {x: [1], y: 2}   # coordinates"]),
        ("remove", "/servers/0/port", None, ["-     port: 80"]),
        ("remove", "/version", None, ["- version: 1.50"]),
        ("remove", "/on", None, ["- on: {push: main}"]),
        ("replace", "/id", "0123", ["- id: 0123", '+ id: "0123"']),
        ("replace", "/version", 1.5, ["- version: 1.50", "+ version: 1.5"]),
        ("replace", "/note", "one\n", ["-    two"]),
    ],
)
def test_an_operation_changes_what_it_names(operator: str, path: str, value: Any, expected: list[str]) -> None:
    assert sorted(changes(TEXT, patched(operator, path, value))) == sorted(expected)


def test_the_comment_of_a_neighbour_stays_with_it() -> None:
    lines = patched("add", "/servers/1", "z").splitlines()
    assert lines[lines.index("  - z") + 1] == "  # the second one"


def test_the_first_document_with_content_is_edited() -> None:
    assert patched("replace", "/a", 2, "# head\n---\n---\na: 1\n---\na: 1\n") == "# head\n---\n---\na: 2\n---\na: 1\n"
    assert patched("replace", "", {"b": 1}, "---\na: 1\n---\nc: 1\n") == "---\nb: 1\n---\nc: 1\n"
    with pytest.raises(PatchError, match="first of 2 documents"):
        patched("replace", "/kind", 1)


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        ("a: &x {k: 1}\nb: *x\n", ("replace", "/b/k", 2), {"a": {"k": 1}, "b": {"k": 2}}),
        ("a: &x {k: 1}\nb: *x\n", ("replace", "/a/k", 2), {"a": {"k": 2}, "b": {"k": 1}}),
        ("a: &x\n  k: 1\n  l: 1\nb:\n  <<: *x\n", ("replace", "/b/k", 2), {"a": {"k": 1, "l": 1}, "b": {"k": 2, "l": 1}}),
        ("a: &x [1]\nb: *x\n", ("add", "/b/-", 2), {"a": [1], "b": [1, 2]}),
        ("a: &x [1]\nb: *x\n", ("remove", "/b/0", None), {"a": [1], "b": []}),
    ],
)
def test_an_alias_is_edited_alone(text: str, operation: tuple[str, str, Any], expected: Any) -> None:
    assert read_one(patched(*operation, text=text)) == expected


def test_line_ends_and_a_missing_last_line_break_stay() -> None:
    assert patched("replace", "/a", 2, "a: 1\r\nb: 1\r\n") == "a: 2\r\nb: 1\r\n"
    assert patched("replace", "/b", 2, "a: 1\nb: 1") == "a: 1\nb: 2"
    assert patched("add", "/-", 2, "- 1") == "- 1\n- 2\n"


def test_the_next_document_never_takes_the_place_of_one_that_was_emptied() -> None:
    emptied = PatchOperation("replace", "", None)
    assert patch_text("a: 1\n---\nb: 1\n", (emptied,)) == "null\n---\nb: 1\n"
    with pytest.raises(PatchError):
        patch_text("a: 1\n---\nb: 1\n", (emptied, PatchOperation("add", "/c", 1)))
    for operator in ("add", "replace"):
        filled = PatchOperation(operator, "", {"c": 1})
        assert patch_text("a: 1\n---\nb: 1\n", (emptied, filled)) == "c: 1\n---\nb: 1\n"
        assert patch_text("a: 1\n---\nb: 1\n", (PatchOperation("add", "", None), filled)) == "c: 1\n---\nb: 1\n"


def test_a_line_separator_in_a_new_value_in_brackets_is_escaped() -> None:
    assert read_one(patched("add", "/a", ["\x85"], '{"a": null}\n')) == {"a": ["\x85"]}


def test_an_empty_path_removes_the_member_with_the_empty_name() -> None:
    operations = (PatchOperation("remove", "", None), PatchOperation("add", "/b", 1))
    assert read_one(patch_text("a: 1\n'': 2\n", operations)) == {"a": 1, "b": 1}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_text_cannot_be_patched(text: str) -> None:
    with pytest.raises(PatchError, match="there is no value at this path"):
        patched("add", "/a", 1, text)


def test_what_cannot_be_edited_alone_is_refused() -> None:
    with pytest.raises(DocumentError, match="would change other values too"):
        patched("replace", "/a", 3, "a: 1\na: 2\n")
