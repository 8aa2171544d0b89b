"""The value of each seal, from the two texts of a file; nothing of them in any message."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.decrypt.run_sops import DecryptError, explain
from reconciler.decrypt.values import Plain, plain_of
from reconciler.model.sealed import Sealed, seal_of, seals_in, with_seals, with_values

LEAVES = st.one_of(st.text(), st.integers(-1000, 1000), st.booleans())
DOCUMENTS = st.dictionaries(
    st.text("abc", min_size=1),
    st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner), max_leaves=20),
    min_size=1,
)


def encrypt(value: Any, numbers: Any) -> Any:
    """As SOPS leaves a document: every value is another text, keys and form stay."""
    if isinstance(value, dict):
        return {name: encrypt(one, numbers) for name, one in value.items()}
    if isinstance(value, list):
        return [encrypt(one, numbers) for one in value]
    return f"ENC[AES256_GCM,data:{next(numbers)},iv:A=,tag:B=,type:str]"


def sealed(document: Any, path: str = "a.json") -> Sealed:
    return Sealed("blob", path, json.dumps(document).encode())


@given(DOCUMENTS)
def test_values_come_back_where_they_were(document: Any) -> None:
    encrypted = encrypt(document, iter(range(10_000)))
    plain = plain_of(sealed(encrypted), json.dumps(document).encode())
    seals = with_seals(encrypted)
    assert set(seals_in(seals)) == set(plain.values)
    assert with_values(seals, plain.values) == document


def test_a_representation_has_no_value() -> None:
    text = "ENC[AES256_GCM,data:A,iv:A=,tag:B=,type:str]"
    plain = plain_of(sealed({"a": text}), b'{"a": "hunter2"}')
    assert plain.values == {seal_of(text): "hunter2"}
    assert "hunter2" not in repr(plain) + str(plain)
    assert "hunter2" not in repr(Plain({"x": "hunter2"}, b"hunter2"))


@pytest.mark.parametrize("text", [b'{"a": "hunter2', b'hunter2: [}"', b'{"a": 1}\n{"hunter2": 2}'])
def test_a_text_that_cannot_be_read_is_not_quoted(text: bytes) -> None:
    with pytest.raises(DecryptError) as caught:
        plain_of(sealed({"a": "ENC[AES256_GCM,data:A,iv:A=,tag:B=,type:str]"}), text)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("code", "said", "part"),
    [
        (128, "Failed to get the data key", "its recipients are age1a"),
        (51, "MAC mismatch. File has AAA, computed BBB", "was changed after SOPS encrypted it"),
        (1, "yaml: line 3: hunter2", "exit code 1"),
    ],
)
def test_of_what_sops_says_nothing_is_quoted(code: int, said: str, part: str) -> None:
    message, remedy = explain(code, said, Sealed("b", "a.yaml", b"", ("age1a",)))
    assert part in message
    assert remedy
    assert "hunter2" not in message + remedy
