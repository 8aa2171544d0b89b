"""A few random histories with every test run; see `machine.py`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.controlplane.start import running
from tests.promises.machine import Promises


# asyncio warns of a connection that a member broke off while it was being closed, when the garbage is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_promises_hold_in_random_histories() -> None:
    with running(("m1", "m2"), audit=True) as planes:
        Promises.control_planes = planes
        run_state_machine_as_test(
            Promises,
            settings=settings(
                max_examples=4,
                stateful_step_count=10,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],  # To shorten a history takes many minutes; `python -m tests.promises` does.
                suppress_health_check=list(HealthCheck),
            ),
        )
