"""Which fields of an object a query names (JSON pointers, JSONPath, jq), for `ignoreDifferences`; kubectl's templates, for `get`.

| File | What it is for |
|---|---|
| `locate.py` | the entrance: the locations that a query names in a document, and what is wrong with a query |
| `pointers.py` | JSON pointers |
| `jsonpath_queries.py` | JSONPath; the only module that imports python-jsonpath |
| `jq_queries.py` | jq; the only module that imports jq |
| `kubectl_syntax.py`, `kubectl_jsonpath.py` | templates of `kubectl -o jsonpath`: how they are read; what they come to |
| `kubectl_order.py` | the order of `kubectl --sort-by` |
| `go_text.py` | values as Go prints them |

Pure. A query may take for ever, so the program runs JSONPath and jq in a process of their own, which the kernel ends
(`pipeline/process/query_process.py`). Elsewhere: what is done with the fields is decided in `plan/`.
"""
