"""What the two sides of `admission_process.py` agree on."""

PROCESSOR_SECONDS = 2
"""For one object. A usual policy takes a ten-thousandth of it."""
MEMORY = 1 << 30
"""Bytes of address space, besides what the process has when it starts."""
CLUSTER, CHUNK, CAREFULLY = "cluster", "chunk", "carefully"
"""What a request is: the objects of a cluster and the policies that are not applied; objects to judge; the same, step by step."""
STARTED, DONE = b"+", b"="
"""The first byte of a reply: a policy is applied now; the verdicts on the objects of a request."""
