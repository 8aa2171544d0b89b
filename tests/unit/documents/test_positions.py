import pytest

from reconciler.documents.positions import line_of
from reconciler.model.manifest import Path

TEXT = """\
# first
kind: A
---
# second
metadata:
  name: x
  on: yes
  list:
  # a comment
  - a: 1
    b: {c: 2,
        d: 3}

  - &x
    e: 4
spec: *x
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 5),
        (("metadata", "name"), 6),
        (("metadata", "true"), 7),
        (("metadata", "list", 0), 10),
        (("metadata", "list", 0, "b", "d"), 12),
        (("metadata", "list", 1, "e"), 15),
        (("metadata", "list", 7), 8),
        (("metadata", "nothing", "here"), 5),
        (("spec", "e"), 16),
        (("metadata", "name", "x"), 6),
    ],
)
def test_the_line_of_a_value_or_its_nearest_ancestor(path: Path, line: int) -> None:
    assert line_of(TEXT.encode(), 5, path) == line


def test_what_is_broken_further_down_does_not_matter() -> None:
    assert line_of("a:\n  b: 1\n  c: [\n", 1, ("a", "b")) == 2
    assert line_of("a:\n  b: [\n", 1, ("a", "c")) == 1
    assert line_of('{"a":\n {"b": "\\/"}}', 1, ("a", "b")) == 2
