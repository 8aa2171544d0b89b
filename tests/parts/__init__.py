"""Real programs for the tests, built from their Go modules: API servers, Helm, a forge, a registry (`build.py`).

`modules/` has a Go module per program, or per group of programs, with a `go.sum` that pins each source by its digest.
"""
