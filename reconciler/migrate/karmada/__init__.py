"""A repository made of a running Karmada: `import karmada`.

| File | What it is for |
|---|---|
| `import_karmada.py` | reads, decides, and plans the writes |
| `read_control_plane.py` | reads the Karmada API server, page by page |
| `control_plane.py` | what was read |
| `plan_import.py` | … as files and remarks; pure |
| `templates.py` | … which objects are resource templates; pure |
| `cleaned.py` | … objects without what servers and controllers add; pure |
| `decisions.py` | … bindings as recorded decisions; pure |
| `encrypted_secrets.py` | … Secrets, encrypted by SOPS |
| `differences.py` | … what has no counterpart; pure |
"""
