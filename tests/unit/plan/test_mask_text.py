"""Values of Secrets in a text that others wrote: each known spelling of them is replaced, and nothing else."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.plan.mask_text import SecretValues, secret_values
from tests.support.builders import config, manifest


def secret(*, data: Any = None, text: Any = None) -> dict[str, Any]:
    fields = {name: value for name, value in (("data", data), ("stringData", text)) if value is not None}
    return manifest("Secret", "db", **fields)


def encoded(value: str | bytes) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def known(*values: str) -> SecretValues:
    return secret_values([secret(data={str(place): encoded(value) for place, value in enumerate(values)})])


def test_a_value_is_masked_wherever_it_stands() -> None:
    line = "connect postgres://app:hunter2@db: hunter2 refused"
    assert known("hunter2").mask(line) == "connect postgres://app:********@db: ******** refused"
    assert secret_values([secret(text={"password": "hunter2"})]).mask("hunter2") == "********"
    assert known("hunter2").mask("migrated 3 tables") == "migrated 3 tables"


@pytest.mark.parametrize("spelled", [encoded, quote, lambda value: quote(value, safe=""), lambda value: json.dumps(value)[1:-1]])
def test_other_spellings_of_a_value(spelled: Any) -> None:
    value = 'p/s?"w\\ord ä'
    assert known(value).mask(f"got <{spelled(value)}>") == "got <********>"


def test_base64_without_padding_and_for_urls_and_of_a_longer_text() -> None:
    value = "~~>>hunter22"
    assert known(value).mask(base64.urlsafe_b64encode(value.encode()).decode()) == "********"
    assert known("hunter2x").mask(encoded("hunter2x").rstrip("=")) == "********"
    for user in ("a", "ad", "ada"):  # Basic authentication: the value begins at any place of a group of three bytes.
        shown = known("correct horse").mask(f"Basic {encoded(f'{user}:correct horse')}")
        assert "********" in shown
        assert len(shown.partition("********")[2]) <= 4
        assert encoded("horse")[:4] not in shown


def test_each_line_of_a_value_of_several_lines() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQE\n-----END KEY-----\n"
    assert known(key).mask("kqhkiG9w0BAQE\nend") == "********\nend"
    assert known("hunter2\n").mask(f"{encoded('hunter2')} {encoded('hunter2' + chr(10))}") == "******** ********"


def test_the_longest_value_counts_first() -> None:
    assert known("hunt", "hunter2").mask("hunter2 hunt") == "******** ********"


def test_short_values_and_other_kinds_are_left() -> None:
    assert known("abc", "", "    ").mask("abc    abc") == "abc    abc"
    assert secret_values([config("app", data={"value": "hunter2"})]).mask("hunter2") == "hunter2"
    assert known("****").mask("a ******** b") == "a ******** b", "masked text stays as it is"


def test_values_that_are_not_valid() -> None:
    found = secret_values([secret(data={"plain": "not base64!", "number": 12345}), secret(data=["x"], text="hunter2")])
    assert found.mask("not base64! 12345") == "******** 12345"


def test_a_value_that_is_no_text() -> None:
    value = b"\xff\xfe\x00key"
    assert secret_values([secret(data={"key": encoded(value)})]).mask(f"<{encoded(value)}>") == "<********>"


@given(value=st.text(min_size=4).filter(lambda one: len(one.strip()) >= 4 and not set(one.strip()) <= {"*"}), around=st.text())
def test_no_value_stays(value: str, around: str) -> None:
    raw = value.encode("utf-8", "surrogatepass")
    shown = secret_values([secret(data={"key": encoded(raw)}), secret(text={"key": value})]).mask(f"{around}{value}{around}")
    assert value not in shown.replace("********", "\0") or value in around.replace(value, "")
