"""Histories for as long as one likes: `python -m tests.promises --minutes 60 [--seed 7] [--shorten]`.

A history that breaks a promise is printed. With the same seed the same history is drawn again; to shorten it takes minutes.
"""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Sequence

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.controlplane.start import running
from tests.promises.machine import Promises
from tests.support.program import isolated_git


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.promises", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="how long to go on; a history that has begun is finished")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 10**6, help="where to begin")
    parser.add_argument("--steps", type=int, default=12, help="steps of each history, at most")
    parser.add_argument("--shorten", action="store_true", help="look for a shorter history that breaks the same promise")
    options = parser.parse_args()
    ends, number, broken = time.monotonic() + options.minutes * 60, options.seed, 0
    with isolated_git(), running(("m1", "m2"), audit=True) as planes:
        Promises.control_planes = planes
        while time.monotonic() < ends:
            broken += not _holds(number, options.steps, [Phase.generate, *([Phase.shrink] if options.shorten else [])])
            number += 1
    print(f"{Promises.finished} histories with {Promises.steps} steps, seeds {options.seed} to {number - 1}: {broken} broken")
    raise SystemExit(1 if broken else 0)


def _holds(number: int, steps: int, phases: Sequence[Phase]) -> bool:
    """Whether the promises hold in a few histories, which the seed draws."""
    patient = settings(
        max_examples=4,
        stateful_step_count=steps,
        phases=phases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(number)(Promises), settings=patient)
    except Exception:
        print(f"--- seed {number} ---\n{traceback.format_exc(limit=0)}", flush=True)
        return False
    return True


if __name__ == "__main__":
    main()
