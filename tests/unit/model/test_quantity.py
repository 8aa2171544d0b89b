from typing import Any

import pytest

from reconciler.model.quantity import ZERO, Format, Quantity, QuantityError, compare, total

parse = Quantity.parse


@pytest.mark.parametrize(
    ("text", "canonical", "form"),
    [
        ("0", "0", Format.DECIMAL_SI),
        ("1000m", "1", Format.DECIMAL_SI),
        ("0.1", "100m", Format.DECIMAL_SI),
        ("1.5", "1500m", Format.DECIMAL_SI),
        ("123000000", "123M", Format.DECIMAL_SI),
        ("0.9n", "1n", Format.DECIMAL_SI),
        ("-0.9n", "-1n", Format.DECIMAL_SI),
        ("1e10", "10e9", Format.DECIMAL_EXPONENT),
        ("1E-3", "1e-3", Format.DECIMAL_EXPONENT),
        ("1E", "1E", Format.DECIMAL_SI),
        ("1000E", "1e21", Format.DECIMAL_SI),
        ("1.5Gi", "1536Mi", Format.BINARY_SI),
        ("1023Ki", "1023Ki", Format.BINARY_SI),
        ("1.1Ki", "1126400m", Format.BINARY_SI),
        ("0.0001Ki", "102400u", Format.DECIMAL_SI),
        ("8Ei", "9223372036854775807", Format.BINARY_SI),
        ("-9Ei", "-9223372036854775807", Format.BINARY_SI),
        ("99999999999999999999", "99999999999999999999", Format.DECIMAL_SI),
        ("0Gi", "0", Format.BINARY_SI),
        ("1e100", "10e99", Format.DECIMAL_EXPONENT),
    ],
)
def test_parsing_and_printing(text: str, canonical: str, form: Format) -> None:
    assert (parse(text).canonical, parse(text).format) == (canonical, form)


@pytest.mark.parametrize("text", ["+1", "007", "1.", "1E3", "100m", "1Gi", "3Ki", "1500m"])
def test_text_that_is_good_enough_is_printed_as_it_stands(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(("text", "printed"), [("1.0", "1"), ("1000", "1k"), ("-0", "0"), ("1024Ki", "1Mi"), ("0.5", "500m")])
def test_other_text_is_rewritten(text: str, printed: str) -> None:
    assert str(parse(text)) == printed


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "1 Gi",
        "1K",
        "1gi",
        "1..5",
        "--1",
        "1e",
        "1e1.5",
        "0x1",
        "1,0",
        "inf",
        "1kk",
        "e-10",
        "\u0661",
        "1\n",
    ],
)
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(QuantityError):
        parse(text)


@pytest.mark.parametrize("text", ["1e99999999999999999999", "1e5000", "1" * 5000])
def test_absurd_sizes_are_refused_rather_than_computed(text: str) -> None:
    with pytest.raises(QuantityError, match="not a usable"):
        parse(text)


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(QuantityError) as refusal:
        parse("hunter2")
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (None, "0"),
        (1, "1"),
        (-2, "-2"),
        (0.5, "500m"),
        (1e16, "10P"),
        (1e-7, "100e-9"),
        (" 1Gi ", "1Gi"),
        (1e21, "1e21"),
    ],
)
def test_values_as_manifests_hold_them(value: Any, canonical: str) -> None:
    assert Quantity.from_json(value).canonical == canonical


@pytest.mark.parametrize("value", [True, [1], {"a": 1}, float("nan"), float("inf"), 1 << 5000])
def test_values_that_are_none(value: Any) -> None:
    with pytest.raises(QuantityError):
        Quantity.from_json(value)


@pytest.mark.parametrize(
    ("text", "value", "milli"),
    [("1500m", 2, 1500), ("-1500m", -2, -1500), ("1n", 1, 1), ("-1n", -1, -1), ("2Ki", 2048, 2048000), ("0", 0, 0)],
)
def test_whole_units_and_thousandths_round_away_from_zero(text: str, value: int, milli: int) -> None:
    assert (parse(text).value, parse(text).milli_value) == (value, milli)


@pytest.mark.parametrize(
    ("text", "expected"), [("0.3", 3 * 0.1), ("300m", 300 * 0.001), ("1.5Gi", 1610612736.0), ("1e400", float("inf"))]
)
def test_the_approximation_has_the_last_bit_of_kubernetes(text: str, expected: float) -> None:
    assert parse(text).approximate_float == expected


def test_equality_order_and_hash_ignore_the_format() -> None:
    assert parse("1") == parse("1000m") == parse("1e0")
    assert len({parse("1Ki"), parse("1024"), parse("1.024k")}) == 1
    assert sorted([parse("1Gi"), parse("1G"), parse("-1")], key=lambda q: q) == [parse("-1"), parse("1G"), parse("1Gi")]
    assert [compare(parse(a), parse(b)) for a, b in (("1", "2"), ("2", "1"), ("1", "1000m"))] == [-1, 1, 0]
    assert parse("1") != "1"


def test_sums_take_the_format_of_the_first_term_that_is_not_zero() -> None:
    assert total([]) == ZERO
    assert total([]).format is Format.NONE
    assert total(map(parse, ("0", "1Gi", "1G"))).format is Format.BINARY_SI
    assert (parse("1Gi") + parse("-1Gi") + parse("5")).format is Format.DECIMAL_SI
    assert (parse("0") - parse("1Gi")).canonical == "-1Gi"
