"""Family `yaml`: a document's values as kubectl sees them; a key written twice is refused."""

from __future__ import annotations

from typing import Any

from reconciler.documents.reader import DocumentError, read_one
from tests.conformance.replay import cases, check


@cases("yaml")
def test_yaml(case: dict[str, Any]) -> None:
    if case.get("duplicate_key"):
        case = {**case, "expect_error": case["strict_error"]}
        del case["expect"]
    check(case, lambda: read_one(case["input"]["yaml"]), DocumentError)
    if "expect" in case:
        assert shape(read_one(case["input"]["yaml"])) == shape(case["expect"]), case["why"]


def shape(value: Any) -> Any:
    """The value with types for scalars: the general rule of comparison hides that 1.0 is sent as 1."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)
