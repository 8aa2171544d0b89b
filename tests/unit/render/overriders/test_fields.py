"""fieldOverrider: where the text is, and that it is edited there."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.errors import ReconcilerError
from reconciler.model.overrides import FieldOverrider, PatchOperation
from reconciler.render.overriders.fields import override_field

ADD = (PatchOperation("add", "/k", "v"),)
GIVEN: dict[str, Any] = {"kind": "X", "data": {"a/b": "z: 1\n", "json": '{"z":1}', "empty": ""}, "l": ["z: 1\n"], "n": 5}


@pytest.mark.parametrize(
    ("path", "yaml", "json", "expected"),
    [
        ("/data/a~1b", ADD, (), "z: 1\nk: v\n"),
        ("/l/0", ADD, (), "z: 1\nk: v\n"),
        ("/data/json", (), ADD, '{"z":1,"k":"v"}'),
        ("/data/json", ADD, ADD, '{"z":1, "k": "v"}'),
        ("/data/json", (), (), ""),
        ("/data/empty", (), ADD, ""),
    ],
)
def test_text_is_edited_in_place(path: str, yaml: Any, json: Any, expected: str) -> None:
    edit = override_field(FieldOverrider(path, json, yaml), GIVEN)
    value: Any = edit.manifest
    for step in path.split("/")[1:]:
        value = value[int(step) if isinstance(value, list) else step.replace("~1", "/")]
    assert value == expected
    assert edit.paths == ((path,) if path != "/data/empty" else ())


def test_karmada_writes_the_first_document_again() -> None:
    given = {"kind": "X", "s": "# of us\nz: 1\non: 2\n---\nb: 1\n"}
    overrider = FieldOverrider("/s", (), ADD)
    assert override_field(overrider, given, karmada_exact=True).manifest["s"] == 'k: v\n"true": 2\nz: 1\n'
    assert override_field(overrider, given).manifest["s"] == "# of us\nz: 1\non: 2\nk: v\n---\nb: 1\n"


@pytest.mark.parametrize("path", ["", "data/json", "/data", "/n", "/data/nope", "/l/1", "/l/-1", "/l/x", "/n/x", "/data/empty"])
def test_a_pointer_that_leads_to_no_text_is_an_error(path: str) -> None:
    with pytest.raises(ReconcilerError):
        override_field(FieldOverrider(path, (), ADD), GIVEN)


def test_a_secret_text_that_cannot_be_read_is_not_repeated() -> None:
    for yaml, json in ((ADD, ()), ((), ADD)):
        with pytest.raises(ReconcilerError) as caught:
            override_field(FieldOverrider("/s", json, yaml), {"kind": "X", "s": "hunter2: [hunter2"})
        assert "hunter2" not in str(caught.value)
