"""Printers: the same values as tables for people, JSON and YAML for machines, and diffs. `docs/output.md` documents the shapes."""
