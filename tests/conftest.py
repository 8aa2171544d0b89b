"""What holds for all tests: no example of Hypothesis is too slow, and the lines that unit tests run are counted.

A busy machine makes an example slow, not wrong.

Coverage in the ordinary run: the lines of `reconciler/` that the unit tests run, as one figure above pytest's closing line.

Only unit tests are counted. On Python 3.11 counting makes the same code half as slow again; the other folders have most of the
work, and many of their tests start the program as a process of its own, where nothing is counted anyway.
"""

from __future__ import annotations

from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

UNIT = Path(__file__).parent / "unit"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.pluginmanager.has_plugin("pytest_cov"):
        return
    for item in items:
        if not item.path.is_relative_to(UNIT):
            item.add_marker("no_cover")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    controller = getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
    if controller is None:
        return
    from coverage.exceptions import NoDataError

    with suppress(NoDataError):  # no test ran
        total = controller.cov.report(file=StringIO(), ignore_errors=True)
        terminalreporter.write_line(f"coverage: the unit tests of this run execute {total:.1f} % of the lines of reconciler/")
