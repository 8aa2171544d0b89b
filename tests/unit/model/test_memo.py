"""What the memo remembers, for how long, and how much it asks for anew."""

from __future__ import annotations

from collections import Counter

import pytest

from reconciler.model.memo import Memo


class Noun:
    """Compared by identity."""

    def __init__(self, number: int = 0) -> None:
        self.number = number


class Counted:
    """A pure function that counts its calls, and one that asks the memo for it."""

    def __init__(self) -> None:
        self.calls: Counter[int] = Counter()

    def compute(self, noun: Noun) -> Noun:
        self.calls[noun.number] += 1
        return Noun(noun.number)

    def ask(self, noun: Noun, *, memo: Memo) -> Noun:
        return memo(self.compute, noun)


@pytest.fixture
def counted() -> Counted:
    one = Counted()
    one.compute, one.ask = one.compute, one.ask  # type: ignore[method-assign]  # The same function object each time.
    return one


def test_a_result_is_remembered_until_a_pass_does_not_use_it(counted: Counted) -> None:
    memo, noun = Memo(), Noun(1)
    first = memo(counted.compute, noun)
    memo.next_pass()
    assert memo(counted.compute, noun) is first
    memo.next_pass()
    memo.next_pass()
    assert memo(counted.compute, noun) is not first


def test_rows_that_did_not_change_ask_for_nothing(counted: Counted) -> None:
    memo, nouns = Memo(), [Noun(number) for number in range(200)]
    first = memo.each(counted.ask, (nouns,), memo=memo)
    assert [one.number for one in first] == list(range(200))
    memo.next_pass()
    assert all(one is other for one, other in zip(memo.each(counted.ask, (nouns,), memo=memo), first, strict=True))
    assert set(counted.calls.values()) == {1}


def test_what_a_quiet_block_asked_for_is_remembered_as_long_as_its_results(counted: Counted) -> None:
    memo, nouns = Memo(), [Noun(number) for number in range(200)]
    first = memo.each(counted.ask, (nouns,), memo=memo)
    for _ in range(5):
        memo.next_pass()
        memo.each(counted.ask, (nouns,), memo=memo)
    memo.next_pass()
    nouns[70] = Noun(70)
    after = memo.each(counted.ask, (nouns,), memo=memo)
    assert [number for number, (one, other) in enumerate(zip(first, after, strict=True)) if one is not other] == [70]
    assert counted.calls.total() == 201


def test_blocks_that_are_gone_are_forgotten(counted: Counted) -> None:
    memo, nouns = Memo(), [Noun(number) for number in range(200)]
    memo.each(counted.ask, (nouns,), memo=memo)
    memo.next_pass()
    memo.next_pass()
    memo.each(counted.ask, (nouns,), memo=memo)
    assert set(counted.calls.values()) == {2}


def test_what_all_rows_share_counts(counted: Counted) -> None:
    def ask(noun: Noun, shared: Noun) -> tuple[int, int]:
        return noun.number, shared.number

    memo, nouns = Memo(), [Noun(number) for number in range(70)]
    assert memo.each(ask, (nouns,), Noun(1)) == [(number, 1) for number in range(70)]
    assert memo.each(ask, (nouns,), Noun(2)) == [(number, 2) for number in range(70)]


def test_an_error_in_a_row_leaves_the_memo_as_it_was(counted: Counted) -> None:
    def refuse(noun: Noun) -> None:
        raise ValueError(noun.number)

    memo, noun = Memo(), Noun(1)
    with pytest.raises(ValueError, match="1"):
        memo.each(refuse, ([noun],))
    with pytest.raises(ValueError, match="1"):
        memo(refuse, noun)
    memo(counted.compute, noun)
    memo.next_pass()
    memo.next_pass()
    memo(counted.compute, noun)
    assert counted.calls[1] == 2, "forgotten, as no block asked for it"


def test_the_same_items_give_the_same_blocks() -> None:
    memo, nouns = Memo(), [Noun(number) for number in range(130)]
    first = memo.blocks(nouns)
    assert [one for block in first for one in block] == nouns
    nouns[0] = Noun(0)
    assert [one is other for one, other in zip(memo.blocks(nouns), first, strict=True)] == [False, True, True]
