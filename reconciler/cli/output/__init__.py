"""Printers: the same values as tables, diffs, JSON and YAML. `docs/output.md` documents the shapes."""
