import math

import pytest

from reconciler.documents.scalars import Scalar, as_json, general, is_timestamp, key_text, needs_quotes, resolve, tagged


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0644", 420),
        ("0o17", 15),
        ("0B11", 3),
        ("-0b1", -1),
        ("0b-1", -1),
        ("0x_1F", 31),
        ("08", 8.0),
        ("1_000", 1000),
        ("+_1", 1),
        ("18446744073709551615", 2**64 - 1),
        ("+18446744073709551615", float(2**64 - 1)),
        ("-9223372036854775809", -9223372036854775808.0),
        ("9" * 5000, "9" * 5000),
        (".5_0", 0.5),
        ("._5", "._5"),
        ("1.e3", 1000.0),
        ("1e400", "1e400"),
        ("1e-400", 0.0),
        ("-.Inf", -math.inf),
        ("１", "１"),
        ("12:30", "12:30"),
        ("y", True),
        ("Off", False),
        ("~", None),
        ("tRue", "tRue"),
    ],
)
def test_plain_scalars(text: str, value: Scalar) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    ("tag", "text", "value"), [("int", "5", 5), ("float", "3", 3.0), ("str", "~", "~"), ("binary", "aGk=", "hi"), ("x", "1", "1")]
)
def test_tags(tag: str, text: str, value: Scalar) -> None:
    assert tagged(f"tag:yaml.org,2002:{tag}", text) == value


@pytest.mark.parametrize(("tag", "text"), [("int", "1.0"), ("null", "x"), ("bool", "1"), ("binary", "x"), ("timestamp", "5")])
def test_impossible_tags(tag: str, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        tagged(f"tag:yaml.org,2002:{tag}", text)


@pytest.mark.parametrize(("value", "sent"), [(1.0, 1), (-0.0, 0), (1e20, 10**20), (2.0**64, 18446744073709552000), (1e21, 1e21)])
def test_whole_floats_are_sent_as_integers(value: float, sent: float) -> None:
    assert as_json(value) == sent
    assert type(as_json(value)) is type(sent)


@pytest.mark.parametrize(
    ("value", "name"),
    [(True, "true"), (16, "16"), (1000.0, "1000"), (1e6, "1e+06"), (0.1, "0.1"), (math.inf, ".inf"), (None, None), (2**63, None)],
)
def test_keys_become_text(value: Scalar, name: str | None) -> None:
    assert key_text(value) == name


@pytest.mark.parametrize(("value", "text"), [(1.5, "1.5"), (1234567.5, "1.2345675e+06"), (1e-5, "1e-05"), (0.0001, "0.0001")])
def test_floats_as_go_prints_them(value: float, text: str) -> None:
    assert general(value) == text


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("2001-01-01", True),
        ("2001-1-1", True),
        ("2001-02-30", False),
        ("0000-02-29", True),
        ("2001-12-14t21:59:43,10Z", True),
        ("2001-12-14   21:59:43", True),
        ("2001-12-14 21:59:43Z", False),
        ("2001-12-14T24:00:00Z", False),
        ("2001-12-14T21:59:43", False),
    ],
)
def test_timestamps(text: str, taken: bool) -> None:
    assert is_timestamp(text) is taken
    assert needs_quotes(text) is taken
