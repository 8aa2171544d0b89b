"""Kinds of other projects: one file per vendor, each ending with `RULES`, `Kind.group` → rule.

A new kind is one entry. `*` stands for every kind of a group, and a group that begins with `*.` for all below it.
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.interpreter.verdict.checks import Rule

_ALL: Mapping[str, Rule] = {}


def custom_rule(group: str, kind: str) -> Rule | None:
    """The rule for a kind: its own, else the one of its family of groups."""
    return _ALL.get(f"{kind}.{group}")
