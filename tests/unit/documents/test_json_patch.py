from typing import Any

import pytest

from reconciler.documents.json_patch import PatchError, apply_patch
from reconciler.model.overrides import PatchOperation


def patched(document: Any, *operations: tuple[Any, ...]) -> Any:
    return apply_patch(document, [PatchOperation(*operation) for operation in operations])


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({"a": 1}, ("add", "/b", 2), {"a": 1, "b": 2}),
        ({"a": 1}, ("add", "/a", 2), {"a": 2}),
        ({"a": 1}, ("add", "/b"), {"a": 1, "b": None}),
        ({"a": None}, ("replace", "/a", 1), {"a": 1}),
        ({"a": None}, ("remove", "/a"), {}),
        ({"a/b": 1, "t~x": 2}, ("replace", "/a~1b", 3), {"a/b": 3, "t~x": 2}),
        ({}, ("add", "/x~01y", 1), {"x~1y": 1}),
        ([1, 2], ("add", "/1", 9), [1, 9, 2]),
        ([1, 2], ("add", "/2", 9), [1, 2, 9]),
        ([1, 2], ("add", "/-", 9), [1, 2, 9]),
        ([1, 2], ("add", "/-1", 9), [1, 2, 9]),
        ([1, 2], ("add", "/-3", 9), [9, 1, 2]),
        ([1, 2], ("replace", "/-1", 9), [1, 9]),
        ([1, 2], ("replace", "/+1", 9), [1, 9]),
        ([1, 2], ("remove", "/01"), [1]),
        ({}, ("add", "/", 1), {"": 1}),
        ({}, ("replace", "/", 1), {"": 1}),
        ({"": 1}, ("remove", ""), {}),
        ({"a": 1}, ("replace", "", {"b": 1}), {"b": 1}),
        ({"a": 1}, ("add", "", [1]), [1]),
        (None, ("replace", "", {"b": 1}), {"b": 1}),
        ({"a": 1}, ("replace", "", None), None),
        ({"b": 1}, ("replace", "ignored/b", 2), {"b": 2}),
    ],
)
def test_an_operation_applies(document: Any, operation: tuple[Any, ...], expected: Any) -> None:
    assert patched(document, operation) == expected


@pytest.mark.parametrize(
    ("document", "operation"),
    [
        ({"a": 1}, ("replace", "/b", 2)),
        ({"a": 1}, ("remove", "/b")),
        ({"a": 1}, ("add", "/b/c", 2)),
        ({"a": "text"}, ("add", "/a/0", 2)),
        ({"a": None}, ("add", "/a/b", 2)),
        ({"a": {"": {}}}, ("add", "/a//b", 2)),
        ({"a": 1}, ("add", "a", 2)),
        ({"a": 1}, ("move", "/a", 2)),
        ([1], ("add", "/2", 9)),
        ([1], ("add", "/-3", 9)),
        ([1], ("replace", "/-", 9)),
        ([1], ("remove", "/1")),
        ([1], ("remove", "/-2")),
        ([1], ("replace", "/x", 9)),
        ([1], ("replace", "/1_0", 9)),
        ([], ("remove", "/-1")),
        (None, ("add", "/a", 1)),
        ({}, ("add", "", None)),
        ({}, ("add", "", 5)),
        ("text", ("replace", "", {})),
    ],
)
def test_an_operation_does_not_apply(document: Any, operation: tuple[Any, ...]) -> None:
    with pytest.raises(PatchError):
        patched(document, operation)


def test_operations_see_each_other_and_fail_together() -> None:
    document = {"a": {"b": [1]}}
    assert patched(document, ("add", "/c", {}), ("add", "/c/d", 1), ("remove", "/a/b/0")) == {"a": {"b": []}, "c": {"d": 1}}
    with pytest.raises(PatchError, match="remove '/x' does not apply"):
        patched(document, ("replace", "/a", 5), ("remove", "/x"))
    assert document == {"a": {"b": [1]}}


def test_what_no_operation_touches_is_shared() -> None:
    document: dict[str, Any] = {"a": {"b": [1]}, "c": {"d": 1}}
    result = patched(document, ("replace", "/c/d", 2))
    assert result["a"] is document["a"]
    assert result["c"] is not document["c"]


def test_no_value_is_in_the_message() -> None:
    with pytest.raises(PatchError) as caught:
        patched({"password": "hunter2"}, ("add", "/password/x", "hunter3"))
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("operation", "remedy"),
    [
        (("add", "/a/b", 1), "Add /a first."),
        (("replace", "/a/b/c", 1), "Correct the path."),
        (
            ("add", "/spec/labels/example.com/owner", "me"),
            "Write /spec/labels/example.com~1owner: in a JSON pointer, ~1 stands for the slash of a name.",
        ),
        (("add", "/spec/tempalte/x/y", 1), "Did you mean template? Otherwise add /spec/tempalte first."),
        (("replace", "/spec/replica", 1), "Did you mean replicas? Otherwise use add if it may be absent."),
        (("add", "/spec/replicas/x", 1), "/spec/replicas holds a single value. Correct the path."),
        (("replace", "/a", 1), "Use add if it may be absent."),
        (("remove", "/a/b"), "Correct the path, or remove the operation."),
        (("remove", "/a"), "Correct the path, or remove the operation."),
        (("add", "/items[0]/image", 1), "Write /items/0/image: in a JSON pointer, a position stands between slashes."),
        (("remove", "/items[0]"), "Write /items/0: in a JSON pointer, a position stands between slashes."),
        (("replace", "/items/1/image", 1), "Count from 0, and write - to append with add."),
        (("replace", "items[0].image", 1), "Begin the path with /, as in /items/0/image."),
        (("replace", "items/1", 1), "Begin the path with /, as in /items/1. What stands before the first / is ignored."),
    ],
)
def test_the_remedy_for_an_absent_value_can_help(operation: tuple[Any, ...], remedy: str) -> None:
    with pytest.raises(PatchError) as refused:
        patched({"spec": {"replicas": 2, "template": {}, "labels": {}}, "items": [{}]}, operation)
    assert refused.value.remedy == remedy
