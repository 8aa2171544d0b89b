"""The pure part of a pass: one revision and the recorded state in, every member's work out.

| File | What it is for |
|---|---|
| `pipeline.py` | claim → schedule → transition → render; the table of contents of the project |
| `compiled.py` | the result: what the stages said about each template, and the work of each member |
| `dependencies.py` | which templates follow others to their clusters, between `transition` and `render` |
| `compiler.py` | `load` and the pipeline with their memo; one Compiler for each repository |
| `revision.py` | from a commit to the desired state: the one place that feeds a compiler from Git |
| `process/` | where a compiler runs: in a thread, or in a worker process |
"""
