"""What people and programs see: the same values as tables, diffs, text, JSON and YAML. `docs/output.md` documents the shapes.

| File | What it is for |
|---|---|
| `table.py`, `style.py`, `document.py` | columns, colour, JSON and YAML |
| `issues.py` | complaints, in the form that editors and forges turn into links |
| `rollup.py` | recorded state as rows: `status`, `clusters` and the status branch |
| `diff.py` | differences between revisions |
| `explain.py`, `explain_text.py` | explanations |
| `sync.py` | plans and outcomes of a sync |
| `objects.py`, `members.py` | objects of members, and members that did not answer |
| `writes.py`, `progress.py` | what a command writes and does, as it happens |
"""
