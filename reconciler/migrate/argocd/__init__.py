"""What objects of Argo CD become: `import argocd`. Pure.

| File | What it is for |
|---|---|
| `importer.py` | the entrance: objects go in, files and remarks come out |
| `kinds.py` | which objects are read |
| `members.py` | the clusters: cluster Secrets, and what names them |
| `sets.py` | ApplicationSets → Applications |
| `generators.py` | … their generators → parameters |
| `path_globs.py` | … paths that a generator names |
| `set_template.py`, `go_template.py` | … their templates, filled |
| `applications.py` | Applications → templates |
| `counterparts.py` | fields that have no counterpart, or another one |

What the fields of a source mean is in `load/argocd.py`, for what is imported and for what is expanded alike.
"""
