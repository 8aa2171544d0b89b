"""Where a compiler runs.

| File | What it is for |
|---|---|
| `client.py` | the Protocol that callers await, and the compiler in a thread of this process |
| `worker.py` | the compiler in a process of its own, so that a large compile does not stop the event loop |
| `wire.py` | what the two processes send each other: only what changed |
"""
