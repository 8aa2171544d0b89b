"""An event loop whose clock stands still while there is something to do, and jumps to the next timer when there is not.

Hours pass in milliseconds, and a busy machine changes nothing: what is due first happens first. For code that measures time by
`loop.time()`, sleeps by `asyncio.sleep`, and waits for nothing outside of the loop but for threads that the loop started
(`run_in_executor`, `asyncio.to_thread`): while one of them works, the clock stands still, too.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any


class _Jumping(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Waits for no time, but for threads: it tells the loop how far to jump."""

    now = 0.0
    threads: int = 0
    """How many work for the loop."""

    def select(self, timeout: float | None = None) -> Any:
        if self.threads:
            return super().select(None if timeout is None or timeout > 0 else 0)
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Any, function: Any, *arguments: Any) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, function, *arguments)
        self._jumping.threads += 1
        future.add_done_callback(self._landed)
        return future

    def _landed(self, _: object) -> None:
        self._jumping.threads -= 1


def in_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test function that runs in such a loop."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            runner.run(test(*arguments, **named))

    return run
