"""Label and cluster matching, as predicates. (Placeholder shape; see the docstrings.)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import ReconcilerError
from reconciler.model.cluster import Cluster


class InvalidSelectorError(ReconcilerError):
    """A selector that Kubernetes would refuse."""


@dataclass(frozen=True, slots=True)
class Requirement:
    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelSelector:
    requirements: tuple[Requirement, ...] = ()
    valid: bool = True

    def matches(self, labels: Mapping[str, str]) -> bool:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class ClusterAffinity:
    label_selector: LabelSelector | None = None
    fields: tuple[Requirement, ...] = ()
    cluster_names: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def matches(self, cluster: Cluster) -> bool:
        raise NotImplementedError
