"""What the two sides of `admission_process.py` agree on."""

PROCESSOR_SECONDS = 2
"""For one policy and one object. A usual expression takes a hundred-thousandth of it."""
MEMORY = 1 << 30
"""Bytes of address space, besides what the process has when it starts."""
STARTED, DONE = b"+", b"="
"""The first byte of a message: a policy is applied now; the verdicts on one object."""
