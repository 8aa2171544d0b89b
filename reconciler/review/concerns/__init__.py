"""What a reviewer should look at twice: warnings about a change, each with its place in the repository. Pure.

They are issues, so that everything that prints issues can print them. What is as it was in BASE is not told.

| File | What it is for |
|---|---|
| `concerns.py` | the entrance: two revisions and their differences → warnings; the words for `diff --fail-on` |
| `outline_concerns.py` | what the outline says: recreated and refused changes, no replicas, removals that the prune guard holds |
| `emptied.py` | members that are left without objects |
| `one_cluster.py` | workloads that are left on one member |
| `new_lint.py` | what `validate` would newly warn about |
| `plain_secrets.py` | Secrets whose values the repository holds in plain text |
| `takeovers.py` | objects that are taken over from now on |

Elsewhere: warnings about one revision (`review/lint.py`, `pipeline/issues.py`), of which those that only HEAD has are told here.
"""
