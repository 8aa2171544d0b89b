"""Go's `sort.Sort`, needed for its order of equal elements (Go src/sort, pattern-defeating quicksort, unchanged since Go 1.19).

Karmada sorts clusters by weight with a sort that is not stable, and with Aggregated the order of equal clusters decides which of
them get replicas. Go sorts up to 12 entries by insertion, which is stable. For more entries, the order of equal elements depends
only on the algorithm: its "random" numbers are seeded with the length. To give Karmada's answer for more than 12 clusters, this
module must sort in exactly this way. Use it for nothing else: Python's own sort is stable and faster.

The algorithm is Orson Peters' pdqsort: a quicksort that detects sorted input, many equal keys and bad pivots, and falls back to
heapsort after too many bad pivots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

_INSERTION_AT_MOST = 12
_SHORTEST_NINTHER = 50
_SHORTEST_SHIFTING = 50
_MOST_SHIFTS = 5
_MOST_SWAPS = 4 * 3
_64_BITS = (1 << 64) - 1


def sorted_descending(items: Sequence[T], key: Callable[[T], int]) -> list[T]:
    """The items by descending key; equal items are in the order of Go's `sort.Sort`."""
    keys = [-key(item) for item in items]
    if keys == sorted(keys):
        return list(items)
    if len(items) <= _INSERTION_AT_MOST or len(set(keys)) == len(keys):
        return [items[place] for place in sorted(range(len(items)), key=keys.__getitem__)]
    sorting = _Sorting(keys)
    sorting.sort(0, len(keys), len(keys).bit_length())
    return [items[place] for place in sorting.places]


class _Sorting:
    """Sorts `keys` in ascending order in place; `places` holds the original index of each key."""

    def __init__(self, keys: list[int]) -> None:
        self.keys = list(keys)
        self.places = list(range(len(keys)))

    def swap(self, a: int, b: int) -> None:
        self.keys[a], self.keys[b] = self.keys[b], self.keys[a]
        self.places[a], self.places[b] = self.places[b], self.places[a]

    def sort(self, start: int, end: int, bad_pivots_left: int) -> None:
        balanced = partitioned = True
        while end - start > _INSERTION_AT_MOST:
            if bad_pivots_left == 0:
                self.heapsort(start, end)
                return
            if not balanced:
                self.break_patterns(start, end)
                bad_pivots_left -= 1
            pivot, rising = self.choose_pivot(start, end)
            if balanced and partitioned and rising and self.nearly_sorted(start, end):
                return
            if start > 0 and self.keys[start - 1] >= self.keys[pivot]:
                start = self.partition_equal(start, end, pivot)
                continue
            middle, partitioned = self.partition(start, end, pivot)
            left, right = middle - start, end - middle
            balanced = min(left, right) >= (end - start) // 8
            if left < right:
                self.sort(start, middle, bad_pivots_left)
                start = middle + 1
            else:
                self.sort(middle + 1, end, bad_pivots_left)
                end = middle
        self.insertion_sort(start, end)

    def insertion_sort(self, start: int, end: int) -> None:
        for place in range(start + 1, end):
            self.sink(place, start)

    def sink(self, place: int, start: int) -> None:
        """Moves an entry to the left until the one before it is not larger."""
        while place > start and self.keys[place] < self.keys[place - 1]:
            self.swap(place, place - 1)
            place -= 1

    def heapsort(self, start: int, end: int) -> None:
        length = end - start
        for root in range((length - 1) // 2, -1, -1):
            self.sift_down(root, length, start)
        for last in range(length - 1, -1, -1):
            self.swap(start, start + last)
            self.sift_down(0, last, start)

    def sift_down(self, root: int, end: int, first: int) -> None:
        keys = self.keys
        while (child := 2 * root + 1) < end:
            if child + 1 < end and keys[first + child] < keys[first + child + 1]:
                child += 1
            if keys[first + root] >= keys[first + child]:
                return
            self.swap(first + root, first + child)
            root = child

    def break_patterns(self, start: int, end: int) -> None:
        """Three swaps around the middle, with an xorshift that starts from the length."""
        length = end - start
        state, mask = length, (1 << length.bit_length()) - 1
        centre = start + length // 4 * 2
        for place in range(centre - 1, centre + 2):
            state ^= (state << 13) & _64_BITS
            state ^= state >> 7
            state ^= (state << 17) & _64_BITS
            other = state & mask
            self.swap(place, start + (other - length if other >= length else other))

    def choose_pivot(self, start: int, end: int) -> tuple[int, bool]:
        """The pivot's place, and whether the sample was in order; a sample in reverse order turns the range around first."""
        quarter = (end - start) // 4
        sample = [start + quarter, start + quarter * 2, start + quarter * 3]
        swaps = 0
        if end - start >= _SHORTEST_NINTHER:
            for position, place in enumerate(sample):
                sample[position], more = self.median(place - 1, place, place + 1)
                swaps += more
        pivot, more = self.median(*sample)
        swaps += more
        if swaps != _MOST_SWAPS:
            return pivot, swaps == 0
        self.keys[start:end] = self.keys[start:end][::-1]
        self.places[start:end] = self.places[start:end][::-1]
        return (end - 1) - (pivot - start), True

    def median(self, a: int, b: int, c: int) -> tuple[int, int]:
        """The place of the median of three, and how many swaps would bring them in order."""
        keys, swaps = self.keys, 0
        if keys[b] < keys[a]:
            a, b, swaps = b, a, swaps + 1
        if keys[c] < keys[b]:
            b, c, swaps = c, b, swaps + 1
        if keys[b] < keys[a]:
            a, b, swaps = b, a, swaps + 1
        return b, swaps

    def nearly_sorted(self, start: int, end: int) -> bool:
        """Whether the range is sorted after a few repairs, which are made in longer ranges only."""
        place = start + 1
        for _ in range(_MOST_SHIFTS):
            while place < end and self.keys[place] >= self.keys[place - 1]:
                place += 1
            if place == end:
                return True
            if end - start < _SHORTEST_SHIFTING:
                return False
            self.swap(place, place - 1)
            if place - start >= 2:
                self.sink(place - 1, 0)
            if end - place >= 2:
                self.rise(place + 1, end)
        return False

    def rise(self, place: int, end: int) -> None:
        """Moves the entry before `place` to the right while the next one is smaller."""
        while place < end and self.keys[place] < self.keys[place - 1]:
            self.swap(place, place - 1)
            place += 1

    def partition(self, start: int, end: int, pivot: int) -> tuple[int, bool]:
        """Smaller ones to the left of the pivot. Gives its new place, and whether nothing had to move."""
        keys = self.keys
        self.swap(start, pivot)
        low, high = start + 1, end - 1
        moved = False
        while True:
            while low <= high and keys[low] < keys[start]:
                low += 1
            while low <= high and keys[high] >= keys[start]:
                high -= 1
            if low > high:
                self.swap(high, start)
                return high, not moved
            self.swap(low, high)
            low, high, moved = low + 1, high - 1, True

    def partition_equal(self, start: int, end: int, pivot: int) -> int:
        """Those equal to the pivot to the left, where none is smaller. Gives the place of the first larger one."""
        keys = self.keys
        self.swap(start, pivot)
        low, high = start + 1, end - 1
        while True:
            while low <= high and keys[start] >= keys[low]:
                low += 1
            while low <= high and keys[start] < keys[high]:
                high -= 1
            if low > high:
                return low
            self.swap(low, high)
            low, high = low + 1, high - 1
