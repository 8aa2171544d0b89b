"""What holds for all tests: no example of Hypothesis is too slow, the lines that unit tests run are counted, and servers that
are dear are shared. Each is started when the first test of a process asks for it; `tests/support/distribution.py` says in which
processes.

A busy machine makes an example slow, not wrong.

Coverage in the ordinary run: the lines of `reconciler/` that the unit tests run, as one figure above pytest's closing line.

Only unit tests are counted (`tests/support/counted_lines.py`). On Python 3.11 counting makes code half as slow again; the
other folders have most of the work, and many of their tests start the program as a process of its own, where nothing is counted
anyway.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.controlplane.shared import WITH_CONTROLLERS, WITHOUT, SharedPlanes
from tests.controlplane.start import ControlPlane
from tests.forge.start import Forge
from tests.forge.start import running as running_forge
from tests.support.counted_lines import CountedLines

# The same examples in every run: a change is judged by what it does, and not by luck. Look for others without `derandomize`.
settings.register_profile("patient", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# As the program itself does (`collect_garbage_rarely`): what is collected here are a million objects that stay.
gc.set_threshold(50_000, 20, 100)

COUNTED = pytest.StashKey[CountedLines]()
SHARED = SharedPlanes()


@pytest.fixture(scope="module")
def planes() -> list[ControlPlane]:
    """Three API servers with controllers, so that Pods become Ready; with audit logs."""
    return SHARED.of(WITH_CONTROLLERS)


@pytest.fixture(scope="module")
def bare_planes() -> list[ControlPlane]:
    """Three without controllers, for tests that kill something: what they hold changes by nobody else's hand."""
    return SHARED.of(WITHOUT)


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    with running_forge() as started:
        yield started


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.support.distribution import ServersOnFew  # where pytest-xdist is used, not in each of its processes

    return ServersOnFew(config, log)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    session.config.stash[COUNTED] = CountedLines(session.config)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    with pyfuncitem.config.stash[COUNTED].of(pyfuncitem.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[None]:
    with request.config.stash[COUNTED].of(fixturedef.baseid):
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """In one of several processes, stops the shared servers that the next file does not use: `tests/support/distribution.py`
    gives it the files on the same servers one after the other."""
    if SHARED.started and nextitem is not None and item.path != nextitem.path and hasattr(item.config, "workerinput"):
        coming = (each for each in item.session.items if each.path == nextitem.path)
        SHARED.stop_all_but({name for each in coming for name in getattr(each, "fixturenames", ())})


def pytest_sessionfinish() -> None:
    SHARED.stop_all_but()


def pytest_collection_finish() -> None:
    """All that there is now stays to the end: no search for cycles walks through it again."""
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    controller = getattr(config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
    if controller is None:
        return
    from coverage.exceptions import NoDataError

    with suppress(NoDataError):  # no test ran
        total = controller.cov.report(file=StringIO(), ignore_errors=True)
        terminalreporter.write_line(f"coverage: the unit tests of this run execute {total:.1f} % of the lines of reconciler/")
