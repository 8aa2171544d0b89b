"""Operations on a manifest, and the pointers of what they changed."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.model.overrides import PatchOperation, PlaintextOverrider
from reconciler.render.overriders.plaintext import apply_operations, override_plaintext

GIVEN = {"apiVersion": "v1", "kind": "X", "m": {"a/b": 1, "n": None}, "l": [1, 2]}


@pytest.mark.parametrize(
    ("operator", "path", "value", "changed"),
    [
        ("add", "/m/c", 1, "/m/c"),
        ("add", "/m/n", None, None),
        ("replace", "/m/a~1b", 2, "/m/a~1b"),
        ("replace", "/m/a~1b", 1, None),
        ("remove", "/m/n", None, "/m/n"),
        ("add", "/l/-", 2, "/l/2"),
        ("add", "/l/-1", 2, "/l/2"),
        ("add", "/l/0", 1, "/l/0"),
        ("replace", "/l/-1", 3, "/l/1"),
        ("replace", "/l/1", 2, None),
        ("remove", "/l/-2", None, "/l/0"),
        ("add", "/", 1, "/"),
    ],
)
def test_the_pointer_of_a_change(operator: str, path: str, value: Any, changed: str | None) -> None:
    before = {**GIVEN, "m": {**GIVEN["m"]}, "l": [*GIVEN["l"]]}
    edit = apply_operations(GIVEN, [PatchOperation(operator, path, value)])
    assert edit.paths == (() if changed is None else (changed,))
    assert before == GIVEN


@pytest.mark.parametrize(
    ("operator", "path", "value"),
    [
        ("remove", "/kind", None),
        ("replace", "/kind", ""),
        ("replace", "/kind", 5),
        ("replace", "/apiVersion", "a/b/c"),
        ("remove", "/nope", None),
        ("add", "/nope/x", "s3cret"),
        ("replace", "", ["s3cret"]),
    ],
)
def test_what_leaves_no_object_or_does_not_apply_is_an_error(operator: str, path: str, value: Any) -> None:
    with pytest.raises(ReconcilerError) as caught:
        override_plaintext(PlaintextOverrider((PatchOperation(operator, path, value),)), GIVEN)
    assert "s3cret" not in str(caught.value)


def test_operations_see_each_other() -> None:
    operations = [PatchOperation("add", "/o", {}), PatchOperation("add", "/o/p", 1), PatchOperation("remove", "/l/0")]
    edit = apply_operations(GIVEN, operations)
    assert (edit.manifest["o"], edit.manifest["l"], edit.paths) == ({"p": 1}, [2], ("/o", "/o/p", "/l/0"))
