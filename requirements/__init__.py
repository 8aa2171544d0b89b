"""What is installed, and whether an advisory is known for it. `README.md` in this folder explains the files.

| File | What it is for |
|---|---|
| `run.txt` | lock of what the program needs |
| `image.txt`, `dev.txt` | locks of that and the extra `tracing`; of these and the tools of its developers |
| `build.txt` | lock of what builds the wheel in the `Containerfile` |
| `audit.txt` | lock of the tools that `make audit` and `make sbom` run |
| `go.txt` | lock of the Go toolchain that builds the API servers of the tests |
| `audit.py` | the audit |
"""
