"""Which lines pytest-cov counts: what an import of `reconciler` executes, and what unit tests and their fixtures do.

Counting is off everywhere else. It makes every line of Python slower, those of pytest too, and of 23,000 tests most are finished
in less time than pytest needs for them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest

import reconciler


class CountedLines:
    """Over the coverage object of this process; without one (no `--cov`) nothing happens.

    Modules are imported before tests are collected, so that their lines are counted and neither collecting nor pytest is slowed.
    Of several processes one does it, for all: it takes twelve seconds of CPU.
    """

    def __init__(self, config: pytest.Config) -> None:
        controller = getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
        self._coverage: Any = getattr(controller, "cov", None)
        self._counting = False
        if self._coverage is None:
            return
        if _is_the_first_with_tests(config):
            for module in pkgutil.walk_packages(reconciler.__path__, "reconciler."):
                import_module(module.name)
        self._coverage.stop()

    @contextmanager
    def of(self, place: str) -> Iterator[None]:
        """Counts during the block if it runs code of this folder or file of tests; a block within a block adds nothing."""
        if self._coverage is None or self._counting or not place.startswith("tests/unit"):
            yield
            return
        self._counting = True
        self._coverage.start()
        try:
            yield
        finally:
            self._coverage.stop()
            self._counting = False


def _is_the_first_with_tests(config: pytest.Config) -> bool:
    """The process that distributes runs none."""
    if hasattr(config, "workerinput"):
        return bool(config.workerinput["workerid"] == "gw0")
    return bool(config.getoption("dist", "no") == "no")
