"""What is asked on the command line and by assistants, answered once for both: arguments as text go in, a value comes out.

An answer opens nothing and prints nothing: it gets a `Session`, and returns what `present/` makes into lines or a document.

| File | What it is for |
|---|---|
| `arguments.py` | what somebody wrote, checked: selectors, durations, points in time, names of members |
| `kind_names.py`, `short_names.py` | kinds as kubectl spells them; those that need no schema |
| `session.py` | one repository with its revisions, recorded state and compiler |
| `recorded_objects.py` | what the answers about the past share: the status branch, and the objects that a name means |
| `unread_members.py` | members that no sync has read yet |
| `validate.py` | all issues of a revision |
| `explain.py` | the decisions about the templates that a name means |
| `simulate.py` | what would move if the fleet were different |
| `status.py` | the recorded state of objects |
| `doctor.py` | why a Service is not reached from other clusters |
| `history.py` | which commit did what to them |
| `blame.py` | which commit and which rule wrote each line of a manifest |
| `get.py` | objects of any kind, as they are on the members now |

`diff` is answered by `review/diff.py` alone.
"""
