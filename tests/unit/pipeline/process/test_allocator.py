"""Large blocks that were freed are no memory of the process any more."""

from __future__ import annotations

import subprocess
import sys

import pytest

_GROWTH = """
import sys
from pathlib import Path
from reconciler.pipeline.process.allocator import return_large_blocks

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1] == "returned":
    return_large_blocks()
bytearray(2_000_000)  # Frees one: from now on, glibc takes those of its size from the heap.
large, small = b"x" * 1_000_000, b"x" * 20_000
before = resident()
blocks, between = [], []
for _ in range(40):
    blocks.append(bytearray(large))
    between.append(bytearray(small))
del blocks
print((resident() - before) // 1_000_000)
"""


@pytest.mark.parametrize(("how", "stays"), [("returned", range(5)), ("as it is", range(30, 50))])
def test_what_stays_of_forty_large_blocks(how: str, stays: range) -> None:
    done = subprocess.run([sys.executable, "-c", _GROWTH, how], capture_output=True, text=True, check=True)
    assert int(done.stdout) in stays
