"""The pause of a member that does not answer: for some time, requests to it fail at once.

So an unavailable member delays a pass once, and not once for each object. The pauses double from half a second to 30 seconds.
"""

from __future__ import annotations

import random
import time

from reconciler.cluster.member_protocol import MemberError, MemberUnreachableError

_PAUSES = (0.5, 30.0)
"""Seconds: the first, and the longest."""


class MemberBackoff:
    def __init__(self) -> None:
        self._until = 0.0
        self._seconds = 0.0
        self._failure = MemberError("")

    def refuse(self) -> None:
        """Raises MemberUnreachableError during a pause."""
        if time.monotonic() < self._until:
            raise MemberUnreachableError(self._failure.message, remedy=self._failure.remedy)

    def begin(self, failure: MemberError) -> None:
        """Begins a pause, twice as long as the one before."""
        first, longest = _PAUSES
        self._seconds = min(max(first, self._seconds * 2), longest)
        self._until = time.monotonic() + self._seconds * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        self._failure = failure

    def answered(self) -> None:
        """The next pause is a short one."""
        self._seconds = 0.0

    def end(self) -> None:
        """Ends a pause. The next one is twice as long nevertheless."""
        self._until = 0.0
