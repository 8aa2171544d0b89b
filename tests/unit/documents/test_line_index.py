"""The lines of all values of a document."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.documents.line_index import Place, index_lines
from reconciler.documents.positions import line_of
from reconciler.documents.reader import read_stream

TEXT = """\
# a comment
first: 1
---

metadata: {name: web,
  labels: {on: x}}
data:
  a: |
    one
    two
  "b": "x
    y"
  folded: >-
    x
  below:
    |
    z
list:
- 1
-
  name: x
  deep:
  - [a,
     b]
? [odd, key]
: value
empty:
"""


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *[below for step, one in inside for below in paths(one, (*path, step))]]


def test_every_value_is_where_a_search_for_it_ends() -> None:
    text = TEXT.replace("? [odd, key]\n: value\n", "")
    for document in read_stream(text)[0]:
        index = index_lines(text, document.line)
        assert index.keys() == set(paths(document.value))
        for path, place in index.items():
            assert place.line == line_of(text, document.line, path), path


def test_a_key_that_is_no_text_does_not_confuse_the_others() -> None:
    index = index_lines(TEXT, 5)
    assert (index["list",].line, index["empty",].line) == (18, 27)


def test_only_a_block_that_begins_beside_its_key_is_literal() -> None:
    index = index_lines(TEXT, 5)
    assert [path for path, place in index.items() if place.literal] == [("data", "a")]
    assert index["data", "a"] == Place(8, literal=True)


@pytest.mark.parametrize(("text", "line"), [("a: 1\nb: [\n", 1), ("\u0000", 1), ('{"a": "\\/"}', 1), ("a: 1\n", 7)])
def test_what_cannot_be_read_is_left_out(text: str, line: int) -> None:
    assert isinstance(index_lines(text, line), dict)
