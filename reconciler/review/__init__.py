"""Questions about a revision that change nothing.

| File | What it is for |
|---|---|
| `diff.py` | two revisions compared by what they give to every member, offline |
| `diff_live.py` | a revision compared with what the members hold, by dry runs |
| `explain.py` | why one object is where it is and looks as it does |
| `simulate.py` | what would move if members were lost, tainted, added or changed |
| `lint.py` | what is allowed and probably not meant |
| `get.py` | objects of any kind, asked from all members |
"""
