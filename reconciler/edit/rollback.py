"""A commit that restores what an earlier commit declared: which files it concerns. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from reconciler.model.desired import DesiredState
from reconciler.model.tree import Tree


@dataclass(frozen=True, slots=True)
class Rollback:
    """What is restored."""

    blobs: dict[str, str | None]
    """Path → Git's id of the content that comes back; None for a file that goes. Sorted."""
    left: tuple[str, ...]
    """Files that differ, too, and stay as they are, because they declare members, the Configuration or Tenants. Sorted."""


def plan_rollback(before: DesiredState, now: DesiredState, old: Tree, head: Tree, paths: Collection[str] = ()) -> Rollback:
    """before, old: the commit to go back to. now, head: the newest commit. paths: files or folders; without any, all files that
    declare templates, policies or override policies in one of the two, and nothing that decides which members there are."""
    differing = sorted(path for path in {*old, *head} if old.get(path) != head.get(path))
    if paths:
        taken = [path for path in differing if any(_is_below(path, one) for one in paths)]
        left: list[str] = []
    else:
        declaring = _content_files(before) | _content_files(now)
        framing = _frame_files(before) | _frame_files(now)
        left = [path for path in differing if path in framing]
        taken = [path for path in differing if path in declaring and path not in framing]
    return Rollback({path: old[path].blob if path in old else None for path in taken}, tuple(left))


def _is_below(path: str, place: str) -> bool:
    place = place.strip("/")
    return place in ("", ".") or path == place or path.startswith(f"{place}/")


def _content_files(revision: DesiredState) -> set[str]:
    declared: Iterable[str] = (
        one.origin.file
        for items in (revision.templates, revision.policies, revision.override_policies, revision.customizations)
        for one in items
    )
    return {*declared, *(one.origin.file for one in revision.unknown)}


def _frame_files(revision: DesiredState) -> set[str]:
    files = {cluster.origin.file for cluster in revision.clusters} | set(revision.tenant_files)
    return files | ({revision.configuration} if revision.configuration else set())
