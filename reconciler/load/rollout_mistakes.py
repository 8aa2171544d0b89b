"""Strategies of rollouts that contradict themselves: in a Configuration alone, without the rest of the revision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.load.schemas.explain_violations import Violation, field_path
from reconciler.model.issues import Severity
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, Path, get, mapping, sequence, text


def find_rollout_mistakes(document: Manifest, gvk: GroupVersionKind) -> list[Violation]:
    """Groups with one name, and groups that are never reached; empty for other kinds."""
    if (gvk.group, gvk.kind) != ("reconciler.dev", "Configuration"):
        return []
    places: list[Path] = [("spec", "rollout")] if "rollout" in mapping(document, "spec") else []
    places += [("spec", "rollouts", name) for name in mapping(document, "spec", "rollouts")]
    return [violation for place in places for violation in _of_groups(sequence(document, *place, "groups"), place)]


def _of_groups(groups: list[Any], place: Path) -> Iterator[Violation]:
    names: set[str] = set()
    catch_all = ""
    for index, group in enumerate(groups):
        path, name = (*place, "groups", index), text(group, "name")
        if name in names:
            message = f"{field_path(place)} has two groups with the name {name}"
            yield Violation((*path, "name"), Severity.ERROR, "DuplicateGroup", message, "Give each group a name of its own.")
        names.add(name)
        if catch_all:
            message = f"group {name} is never reached: {catch_all} before it takes all clusters that are left"
            remedy = f"Move group {name} before {catch_all}, or write clusters or clusterSelector for {catch_all}."
            yield Violation(path, Severity.WARNING, "NeverReached", message, remedy)
        elif takes_all(group):
            catch_all = f"group {name}"


def takes_all(group: Any) -> bool:
    """Whether a group takes every cluster that no group before it takes."""
    selector = get(group, "clusterSelector")
    return (not sequence(group, "clusters") and not (selector or {})) or selector == {}
