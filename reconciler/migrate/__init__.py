"""How a repository is made of what another tool has: `import`.

An importer reads the objects of the other tool, from files or from an API server, and decides as plain functions: objects go in,
the files of a repository come out, and a remark about everything that has no counterpart. The work-tree editor (`edit/`) writes
the files. Nothing is written to the other tool, or to a member.

| File | What it is for |
|---|---|
| `imported.py` | what an importer returns: files, and remarks |
| `configuration.py` | … and what the Configuration has to say for it, such as whose objects are taken over |
| `file_edits.py` | … against the files of the repository |
| `karmada/` | the importer of a Karmada API server |
| `import_gitops.py` | `import argocd` and `import flux`, from reading to planned writes |
| `read_files.py`, `read_cluster.py` | … reads the objects: from a folder, from an API server |
| `declared.py` | … the objects with their places, and the files of the repository that they name |
| `argocd/` | … what objects of Argo CD become |
| `flux/` | … what objects of Flux become |
| `placed.py` | … one of them as a template on one cluster |
| `forms.py`, `plain_folder.py` | … as a Chart or Kustomize; as templates that are files already |
| `folding.py` | … the same template on several clusters as one, with overrides |
| `gitops.py`, `written.py` | … all of that together; as text |
"""
