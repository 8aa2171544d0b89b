import time
from difflib import ndiff
from typing import Any

import pytest

from reconciler.documents.edit import remove, remove_document, set_value
from reconciler.documents.reader import DocumentError
from reconciler.documents.round_trip import _indentation
from reconciler.model.manifest import Path

TEXT = """\
# a fleet
kind: Cluster   # of ours
metadata:
    name: "x"
    labels: {a: b, 'c': "d"}
    mode: 0644

    # taints follow
    taints:
      - key: a   # first
        effect: NoSchedule
      - key: b
    note: |
        one

        two
# about spec
spec:
    zones: []
    replicas: 1.50 # keep
# tail
---
kind: B
"""


def changes(before: str, after: str) -> list[str]:
    return [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("spec", "replicas"), 3, ["-     replicas: 1.50 # keep", "+     replicas: 3 # keep"]),
        (("metadata", "name"), "yes", ['-     name: "x"', '+     name: "yes"']),
        (("metadata", "name"), None, ['-     name: "x"', "+     name: null"]),
        (("metadata", "labels", "a"), "x, y", ["-     labels: {a: b, 'c': \"d\"}", '+     labels: {a: "x, y", \'c\': "d"}']),
        (("metadata", "labels", "n"), "1", ["-     labels: {a: b, 'c': \"d\"}", '+     labels: {a: b, \'c\': "d", "n": "1"}']),
        (("metadata", "taints", 1, "key"), "no", ["-       - key: b", '+       - key: "no"']),
        (("metadata", "taints", 0, "value"), "v", ["+         value: v"]),
        (("metadata", "annotations", "a/b"), "no", ["+     annotations:", '+       a/b: "no"']),
        (
            ("metadata", "note"),
            "a\nb",
            ["-         one", "- ", "-         two", "-     note: |", "+     note: |-", "+       a", "+       b"],
        ),
        (("spec", "zones"), ["a"], ["-     zones: []", "+     zones:", "+     - a"]),
        (("spec", "replicas"), 1.5, []),
    ],
)
def test_setting_a_value_changes_its_lines_only(path: Path, value: Any, expected: list[str]) -> None:
    assert sorted(changes(TEXT, set_value(TEXT, path, value))) == sorted(expected)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("spec", "replicas"), ["-     replicas: 1.50 # keep"]),
        (("metadata", "taints", 0), ["-       - key: a   # first", "-         effect: NoSchedule"]),
        (("metadata", "note"), ["-     note: |", "-         one", "- ", "-         two"]),
        (("metadata", "labels", "a"), ["-     labels: {a: b, 'c': \"d\"}", "+     labels: {'c': \"d\"}"]),
        (("metadata", "nothing"), []),
    ],
)
def test_removing_takes_its_lines_only(path: Path, expected: list[str]) -> None:
    assert sorted(changes(TEXT, remove(TEXT, path))) == sorted(expected)


def test_other_documents_and_line_ends_stay() -> None:
    assert changes(TEXT, set_value(TEXT, ("kind",), "C", 1)) == ["- kind: B", "+ kind: C"]
    assert set_value("a: 1\r\nb: 2\r\n", ("c",), 3) == "a: 1\r\nb: 2\r\nc: 3\r\n"
    assert remove("---\na: 1\n---\nb: 1\n", ("a",)) == "---\n{}\n---\nb: 1\n"
    assert set_value("a: 1", ("b",), 2) == "a: 1\nb: 2\n"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (0, "# head\n---\n# two\nb: 2\n---\n---\nc: 3 # three\n"),
        (1, "# head\n---\n# one\na: 1\n---\n---\nc: 3 # three\n"),
        (2, "# head\n---\n# one\na: 1\n---\n# two\nb: 2\n---\n"),
    ],
)
def test_a_document_goes_with_its_comments(document: int, expected: str) -> None:
    text = "# head\n---\n# one\na: 1\n---\n# two\nb: 2\n---\n---\nc: 3 # three\n"
    assert remove_document(text, document) == expected


def test_the_last_document_takes_the_file_along() -> None:
    assert remove_document("# of one cluster\na: 1\n---\n", 0) == ""
    with pytest.raises(DocumentError):
        remove_document("a: 1\n", 1)


@pytest.mark.parametrize(
    ("text", "path", "document"),
    [("a: 1\na: 2\n", ("b",), 0), ("a: 1\n", ("b",), 1), ("a: []\n", ("a", 3), 0)],
)
def test_an_edit_is_made_as_asked_or_not_at_all(text: str, path: Path, document: int) -> None:
    with pytest.raises(DocumentError):
        set_value(text, path, 5, document)


def test_the_indentation_of_a_long_line_is_found_in_time() -> None:
    began = time.process_time()
    assert _indentation("a" + ":#" * 60_000 + "\nb: # c: d\n    c: #\n    - x\n") == (4, 0)
    assert time.process_time() - began < 5
