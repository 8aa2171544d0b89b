"""Hydrated branches: the rendered manifests of a member as files, for another tool or a person to apply.

The annotation `reconciler.dev/hydrate` of a Cluster names the branch, in this repository, or as `URL#BRANCH` in another one. Each
member has a folder with its name there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.branch_names import is_branch_name

HYDRATE = "reconciler.dev/hydrate"


@dataclass(frozen=True, slots=True, order=True)
class HydrationTarget:
    """Where the manifests of a member are written."""

    url: str
    """Of the repository; empty: the one that declares the member."""
    branch: str

    def __str__(self) -> str:
        return f"{self.url}#{self.branch}" if self.url else self.branch


class HydrationError(ValueError):
    """A value of the annotation that names no branch."""


def hydration_target(annotations: Mapping[str, str]) -> HydrationTarget | None:
    """Of a Cluster; None where it has none. Raises HydrationError."""
    value = annotations.get(HYDRATE, "")
    if not value:
        return None
    url, _, branch = value.rpartition("#")
    if not is_branch_name(branch) or ("#" in value and not url):
        raise HydrationError(f"{value!r} names no branch")
    return HydrationTarget(url, branch)
