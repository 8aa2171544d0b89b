"""Encodes the messages between two processes so that each value is sent once.

Both sides remember each value that either of them sent, under a number. When a value is sent again, only its number is. So a
message costs what is new in it. As important, the receiver gets the same object as before: the project's memo (`model/memo.py`)
compares by identity, so it recognises what comes back, in either direction, and nothing is computed again because it was sent.

This is pickle with a memory that outlives the message (`pickling.py`). pickle's own memory would do that in one direction only,
and cannot forget. What gets a number is what the memo compares: our frozen nouns, and the tuples and sets that are their fields.

**Forgetting** follows the memo, too: at the end of a pass, a value is forgotten that was sent neither in this pass nor in the one
before, unless a value that is remembered holds it. Both sides decide this from the messages alone, so they come to the same
result. A forgotten value is sent in full again and becomes a new object there: this costs time, but is still correct.

The two sides take turns: a message is decoded before the next one is encoded. A message that could not be encoded changes
nothing. After a message that could not be decoded, the two codecs must not be used any more: their memories may differ.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from reconciler.model.policy import NOT_SUSPENDED
from reconciler.model.write_policy import WRITE_EVERYTHING
from reconciler.pipeline.process.pickling import Decoder, Encoder, Received, parts_of, sameness
from reconciler.schedule.dependencies import NOT_REQUIRED
from reconciler.schedule.workload_affinity import NO_WORKLOAD_AFFINITY
from reconciler.transition.suspension import FREE, NO_HALT

CONSTANTS = (FREE, NO_HALT, NOT_SUSPENDED, NOT_REQUIRED, NO_WORKLOAD_AFFINITY, WRITE_EVERYTHING)
"""Both sides know these from the start: the program compares them by identity (`is`)."""


class WireCodec:
    """One side's encoder and decoder, with its memory. Not safe for use by several threads."""

    def __init__(self, *, starts: bool) -> None:
        """starts: True on one side and False on the other, so that their numbers differ."""
        self._new_numbers = count(0 if starts else 1, 2)
        self._entries: dict[int, _Entry] = {}
        self._numbers: dict[Any, int] = {}
        """Sameness of a value → its number."""
        self._used: set[int] = set()
        self._used_in_last_pass: set[int] = set()
        self._remember({-number: constant for number, constant in enumerate(CONSTANTS, 1)}, ())
        for entry in self._entries.values():
            entry.holders = 1

    def encode(self, message: Any) -> bytes:
        """Raises what pickle raises for a value that cannot be sent; the memory is unchanged then."""
        buffer = io.BytesIO()
        encoder = Encoder(buffer, self._numbers, self._new_numbers)
        encoder.dump(message)
        self._remember(dict(encoder.new.values()), encoder.mentioned)
        return buffer.getvalue()

    def decode(self, message: bytes) -> Any:
        received = Received(lambda number: self._entries[number].value)
        value = Decoder(message, received).load()
        self._remember(received.new, received.mentioned)
        return value

    def next_pass(self) -> None:
        """Forgets what was used only before the last pass. Both sides must call it after the same message."""
        stale = self._used_in_last_pass - self._used
        self._used, self._used_in_last_pass = set(), self._used
        candidates = list(stale)
        while candidates:
            number = candidates.pop()
            entry = self._entries.get(number)
            if entry is None or entry.holders or number in self._used_in_last_pass:
                continue
            del self._entries[number], self._numbers[sameness(entry.value)]
            for part in entry.parts:
                self._entries[part].holders -= 1
            candidates.extend(entry.parts)

    @property
    def memory(self) -> Mapping[int, tuple[int, ...]]:
        """The number of each remembered value, and the numbers of its parts; equal on both sides."""
        return {number: entry.parts for number, entry in sorted(self._entries.items())}

    def _remember(self, new: Mapping[int, Any], mentioned: Iterable[int]) -> None:
        for number, value in new.items():
            self._entries[number] = _Entry(value)
            self._numbers[sameness(value)] = number
        for number in new:
            entry = self._entries[number]
            entry.parts = tuple(sorted(self._numbers[part] for part in parts_of(entry.value)))
            for part in entry.parts:
                self._entries[part].holders += 1
        self._used.update(new, mentioned)


@dataclass(slots=True)
class _Entry:
    value: Any
    """Kept alive, so that no other object can get its identity."""
    parts: tuple[int, ...] = ()
    """Numbers of the remembered values in it."""
    holders: int = 0
    """How many other entries have it as a part."""
