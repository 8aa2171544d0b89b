"""Changes that a command makes: planned as values first, carried out afterwards.

| File | What it is for |
|---|---|
| `planned_writes.py` | what a plan consists of, and the one place that carries a plan out; a dry run stops there |
| `work_tree.py` | edits of files in the work tree, judged as a whole before anything is written |
| `suspension_edits.py` | what `suspend` and `resume` edit |
| `promotion.py` | the template and the policy of an object that a member has |
| `rollback.py` | which files a commit restores that goes back to an earlier one |
| `revert.py` | which files a commit that takes back a rollout restores |
| `lock_edits.py` | the edit of `reconciler.lock` |
| `object_text.py` | edits of the fields of one object in the text of its file |
| `committed_edit.py` | the edit of one file, planned as a commit |
| `rollout_controls.py` | what people state about rollouts, as edits of the Configuration or a policy |
| `file_writes.py` | planned writes to the work tree: a file, and a commit of files |
| `object_writes.py` | planned writes to an API server: apply, delete |

How the text of a YAML or JSON file is edited is in `documents/edit.py`. Git itself is in `repo/`.
"""
