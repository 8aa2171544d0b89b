"""Where a compiler runs.

| File | What it is for |
|---|---|
| `client.py` | the Protocol that callers await; a compiler in a thread of this process; a client that caches the last result |
| `process_compiler.py` | a compiler in a worker process: the side that sends requests |
| `worker.py` | the worker process: the side that answers |
| `script_process.py` | a process for Lua scripts, which the kernel ends when a script does not |
| `query_process.py` | the same for the JSONPath and jq of `ignoreDifferences` |
| `child.py` | starts such a process |
| `allocator.py` | makes the C library give freed memory back |
| `messages.py` | what both sides agree on: the length before each message, and trees as changes |
| `wire.py` | encodes messages so that each value is sent once |
| `pickling.py` | how `wire.py` writes and reads single values |
"""
