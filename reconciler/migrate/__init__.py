"""How a repository is made of what another tool has: `import`.

An importer reads the objects of the other tool, from files or from an API server, and decides as plain functions: objects go in,
the files of a repository come out, and a remark about everything that has no counterpart. The work-tree editor (`edit/`) writes
the files. Nothing is written to the other tool, or to a member.

| File | What it is for |
|---|---|
| `imported.py` | what an importer returns: files, and remarks |
| `adopting.py` | lets objects of the other tool be taken over |
| `file_edits.py` | … against the files of the repository |
| `karmada/` | the importer of a Karmada API server |
"""
