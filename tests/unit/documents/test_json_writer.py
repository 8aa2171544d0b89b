"""Documents as JSON."""

from __future__ import annotations

import orjson
import pytest

from reconciler.documents.json_writer import write_json


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**20, 123456789012345678901])
def test_an_integer_beyond_64_bits_is_written_as_a_float(number: int) -> None:
    assert orjson.loads(write_json({"a": [{"b": number}], "c": True})) == {"a": [{"b": float(number)}], "c": True}


def test_all_other_documents_are_written_as_they_are() -> None:
    document = {"b": [1, None, "x", 1.5, 2**64 - 1], "a": {}}
    assert write_json(document) == orjson.dumps(document)
    assert write_json(document, orjson.OPT_SORT_KEYS) == orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def test_what_is_not_a_document_is_an_error() -> None:
    with pytest.raises(orjson.JSONEncodeError):
        write_json({"a": object()})
