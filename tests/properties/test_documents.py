"""What holds for all documents: what was written reads back, nothing but DocumentError comes out of a reader, edits edit."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.documents.edit import remove, set_value
from reconciler.documents.json_patch import PatchError, apply_patch
from reconciler.documents.json_reader import read_json
from reconciler.documents.json_text import patch_text, spell
from reconciler.documents.reader import read_one, read_stream
from reconciler.documents.scalars import as_json
from reconciler.documents.writer import dump
from reconciler.documents.yaml_text import patch_text as patch_yaml
from reconciler.model.manifest import with_value, without
from reconciler.model.overrides import PatchOperation
from tests.support.yamlfiles import dump_all

_ODD = [
    "y",
    "1",
    "<<",
    "=",
    "null",
    "12:30",
    "2001-01-01",
    "0x1F",
    "1e3",
    "- a",
    "a: b",
    "#",
    "a\n",
    "\n",
    "\n a",
    " a\nb",
    "\ufeff",
]
_TEXT = st.sampled_from(_ODD) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False).map(as_json)
_SCALARS = st.none() | st.booleans() | _NUMBERS | _TEXT


DOCUMENTS = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4), max_leaves=12
)
_OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "spec", "y", "1"]), DOCUMENTS, min_size=1, max_size=4)
_PIECES = [
    "a: ",
    "- ",
    "\n",
    "---\n",
    "{",
    "]",
    "&a ",
    "*a",
    "<<: ",
    '"',
    "|\n ",
    "!!int ",
    "%YAML 1.2\n",
    "\x00",
    "é",
    "?",
    "\\/",
]


@given(DOCUMENTS)
def test_what_was_written_reads_back(value: Any) -> None:
    assert same(read_one(dump(value)), value)


@given(st.lists(DOCUMENTS.filter(lambda value: value is not None), max_size=3))
def test_a_file_of_documents_reads_back(values: list[Any]) -> None:
    documents, errors = read_stream(dump_all(values))
    assert not errors
    assert same([document.value for document in documents], values)


def same(ours: Any, theirs: Any) -> bool:
    """Equality with types: true is not 1, 1.0 is not 1."""
    return json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)


@given(st.binary(max_size=60) | st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_a_reader_returns_whatever_it_is_given(data: bytes | str) -> None:
    for read in (read_stream, read_json):
        documents, errors = read(data)
        assert all(document.line >= 1 for document in documents)
        assert all(error.line >= 1 and error.reason for error in errors)


@given(st.lists(_OBJECTS, min_size=1, max_size=3), st.data())
def test_an_edit_changes_what_was_asked_and_nothing_else(values: list[Any], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(values) - 1))
    path = (data.draw(st.sampled_from(["a", "b", "new"])),)
    value = data.draw(_SCALARS | _OBJECTS)
    texts = [dump(item) for item in values]

    def with_text(text: str) -> str:
        return "---\n".join([*texts[:position], text, *texts[position + 1 :]])

    changed = read_stream(set_value(with_text(texts[position]), path, value, position))[0]
    assert same(
        [d.value for d in changed], [*values[:position], with_value(values[position], path, value), *values[position + 1 :]]
    )
    removed = read_stream(remove(with_text(texts[position]), path, position))[0]
    assert same([d.value for d in removed], [*values[:position], without(values[position], path), *values[position + 1 :]])


_OPERATIONS = st.builds(
    PatchOperation,
    st.sampled_from(["add", "replace", "remove"]),
    st.lists(st.sampled_from(["a", "b", "0", "-1", "-", "", "1"]), max_size=3).map(lambda steps: "".join(f"/{s}" for s in steps)),
    DOCUMENTS,
)


@given(_OBJECTS, st.lists(_OPERATIONS, max_size=3))
def test_a_patch_means_the_same_on_values_and_on_text_and_changes_no_input(document: Any, operations: list[Any]) -> None:
    before = spell(document)
    try:
        patched = spell(apply_patch(document, operations))
    except PatchError:
        patched = None
    assert spell(document) == before
    try:
        text = patch_text(before, operations)
    except PatchError:
        text = None
    assert (text is None) == (patched is None)
    assert text is None or patched is None or json.loads(text) == json.loads(patched)


@given(_OBJECTS, st.lists(_OPERATIONS, max_size=3), st.sampled_from([dump, spell]))
def test_a_patch_means_the_same_on_values_and_on_yaml_text(document: Any, operations: list[Any], write: Any) -> None:
    """write: in block style with the quotes of Kubernetes, or in flow style."""
    try:
        wanted = [apply_patch(document, operations)]
    except PatchError:
        wanted = []
    text = dump(document) if write is dump else f"{spell(document)}\n"
    assume(write is dump or (all(map(str.isprintable, text[:-1])) and same(read_one(text), document)))
    try:
        changed = patch_yaml(f"# head\n---\n{text}---\nnext: 1 # kept\n", operations)
    except PatchError:
        assert not wanted
        return
    documents, errors = read_stream(changed)
    assert not errors
    assert same([each.value for each in documents], [*(value for value in wanted if value is not None), {"next": 1}])
    assert changed.startswith("# head\n---\n")
    assert changed.endswith("---\nnext: 1 # kept\n")
