"""Limits, and that nothing is left after one, after a cancellation, or when this process is killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.jail import folder
from reconciler.jail.failures import InputError, Limit, LimitError
from reconciler.jail.isolation import Means
from reconciler.jail.jail import run
from reconciler.jail.probe import isolation_here
from reconciler.jail.program import MIB, Limits
from tests.e2e.jail.harness import ISOLATED, LIMITS, isolation, left_behind, python
from tests.support.program import PROJECT

by_each = pytest.mark.parametrize("means", [*ISOLATED, Means.NONE])


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    assert left_behind() == []
    yield
    assert left_behind() == []


async def reached(means: Means, code: str, limits: Limits) -> LimitError:
    with pytest.raises(LimitError) as raised:
        await run(python(code), {"a": b"1"}, limits=limits, isolation=isolation(means))
    return raised.value


@by_each
@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(1000)", "import signal; signal.pause()"])
async def test_time(means: Means, code: str) -> None:
    error = await reached(means, code, replace(LIMITS, seconds=0.7))
    assert error.limit is Limit.TIME
    assert "python was ended after 0.7 seconds" in error.message


@by_each
async def test_output_that_is_closed_does_not_end_the_time(means: Means) -> None:
    code = "import os, time; os.close(1); os.close(2); time.sleep(1000)"
    assert (await reached(means, code, replace(LIMITS, seconds=0.7))).limit is Limit.TIME


@by_each
async def test_memory_at_once(means: Means) -> None:
    """The kernel refuses it: it is not a question of how often someone looks."""
    error = await reached(means, "bytearray(400_000_000)", replace(LIMITS, memory=200 * MIB))
    assert error.limit is Limit.MEMORY
    assert "209,715,200 bytes" in error.message


@by_each
async def test_memory_by_and_by(means: Means) -> None:
    code = "kept = []\nwhile True: kept.append(bytearray(100_000))"
    assert (await reached(means, code, replace(LIMITS, memory=200 * MIB))).limit is Limit.MEMORY


@by_each
async def test_memory_that_is_shared(means: Means) -> None:
    """Anonymous shared memory is not bounded by RLIMIT_DATA: someone looks."""
    code = "import mmap, time\nm = mmap.mmap(-1, 400_000_000)\nm.write(b'x' * 400_000_000)\ntime.sleep(1000)"
    assert (await reached(means, code, replace(LIMITS, memory=200 * MIB, seconds=20))).limit is Limit.MEMORY


@by_each
async def test_output(means: Means) -> None:
    code = "import sys\nwhile True: sys.stdout.write('x' * 10000)"
    error = await reached(means, code, replace(LIMITS, output=MIB))
    assert error.limit is Limit.OUTPUT


@by_each
async def test_of_standard_error_the_ends_are_kept(means: Means) -> None:
    code = "import sys; sys.stderr.write('begin' + 'x' * 50_000_000 + 'end')"
    output = await run(python(code), {}, limits=LIMITS, isolation=isolation(means))
    assert output.stderr.startswith("begin")
    assert output.stderr.endswith("xend")
    assert len(output.stderr) < 70_000


@by_each
async def test_threads(means: Means) -> None:
    one = "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()"
    code = f"import threading, time\nfor _ in range(60): {one}\ntime.sleep(1000)"
    error = await reached(means, code, replace(LIMITS, threads=40))
    assert error.limit is Limit.PROCESSES
    assert "more than 40 threads" in error.message


@by_each
async def test_input_that_is_not_read(means: Means) -> None:
    output = await run(python("print(1)"), {}, limits=LIMITS, isolation=isolation(means), stdin=b"x" * 10_000_000)
    assert output.stdout == b"1\n"


async def test_a_file_of_a_gigabyte_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "values.yaml").open("wb") as file:
        file.truncate(1 << 30)
    for files in (tmp_path, {"values.yaml": bytes(1 << 30)}):
        with pytest.raises(InputError, match=r"values\.yaml: is too large"):
            await run(python("1"), files, limits=LIMITS, isolation=isolation(Means.LANDLOCK))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - it is the state of other processes
            await asyncio.sleep(0.01)


@by_each
async def test_a_cancellation_leaves_nothing(means: Means) -> None:
    task = asyncio.create_task(
        run(python("import time; time.sleep(1000)", "begun"), {"a": b"1"}, limits=LIMITS, isolation=isolation(means))
    )
    await until(lambda: any("begun" in path for path in command_lines()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left_behind() == []
    assert not any("begun" in line for line in command_lines())


@by_each
async def test_a_cancellation_at_any_moment_leaves_nothing(means: Means) -> None:
    """The moments are steps of the loop, from the first to the last of a whole run."""
    for steps in range(0, 60, 3):
        task = asyncio.create_task(run(python("1"), {"a": b"1"}, limits=LIMITS, isolation=isolation(means)))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert left_behind() == []


KILLED = """
import asyncio, sys
from reconciler.jail import folder
from reconciler.jail.isolation import Means
from tests.e2e.jail.harness import LIMITS, isolation, python, run
folder._PREFIX = sys.argv[2]
sleeps = python("import time; time.sleep(1000)", "orphan")
asyncio.run(run(sleeps, {"a": b"1"}, limits=LIMITS, isolation=isolation(Means(sys.argv[1]))))
"""


@by_each
async def test_no_process_outlives_this_one_and_the_next_one_removes_its_folder(means: Means) -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, means.value, folder._PREFIX, cwd=PROJECT)
    await until(lambda: any(line.endswith("orphan") and "reconciler" not in line for line in command_lines()))
    own = await asyncio.to_thread(folder.create)
    parent.kill()
    await parent.wait()
    await until(lambda: not any("orphan" in line for line in command_lines()))
    assert len(left_behind()) == 2
    await isolation_here()
    assert left_behind() == [str(own.path)]
    own.remove()


def command_lines() -> list[str]:
    lines = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                lines.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip())
        except OSError:
            continue
    return lines
