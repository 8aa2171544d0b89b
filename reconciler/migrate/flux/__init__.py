"""What objects of Flux become: `import flux`. Pure.

| File | What it is for |
|---|---|
| `importer.py` | the entrance: objects go in, files and remarks come out |
| `members.py` | the cluster that an object is for |
| `nested.py` | which objects others build |
| `objects.py` | Kustomizations and HelmReleases → templates |

What their fields mean is in `load/flux.py`, for what is imported and for what is expanded alike.
"""
