"""What holds for all quantities."""

from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.quantity import Quantity, compare, total

_SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-2", "e12"]
_NUMBERS = st.from_regex(r"[+-]?[0-9]{1,25}(\.[0-9]{0,12})?", fullmatch=True)
quantities = st.builds(lambda number, suffix: Quantity.parse(number + suffix), _NUMBERS, st.sampled_from(_SUFFIXES))


@given(quantities)
def test_both_texts_mean_the_same_value(quantity: Quantity) -> None:
    for text in (quantity.canonical, str(quantity)):
        assert Quantity.parse(text) == quantity
    assert Quantity.parse(quantity.canonical).canonical == quantity.canonical


@given(quantities, quantities)
def test_subtracting_undoes_adding(a: Quantity, b: Quantity) -> None:
    assert a + b - b == a
    assert a + b == b + a
    assert a - a == Quantity()
    assert -(a - b) == b - a


@given(st.lists(quantities))
def test_a_sum_is_exact_and_does_not_depend_on_the_order(terms: list[Quantity]) -> None:
    assert total(terms).nanos == sum(term.nanos for term in terms)
    assert total(reversed(terms)) == total(terms)


@given(quantities, quantities)
def test_order_agrees_with_the_sign_of_the_difference(a: Quantity, b: Quantity) -> None:
    assert compare(a, b) == (a - b).sign == (a > b) - (a < b)


@given(quantities)
def test_rounding_goes_away_from_zero_by_less_than_one(quantity: Quantity) -> None:
    for rounded, unit in ((quantity.value, 10**9), (quantity.milli_value, 10**6)):
        assert 0 <= abs(rounded * unit) - abs(quantity.nanos) < unit
