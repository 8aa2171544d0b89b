"""Which objects of Argo CD are read. Pure."""

from __future__ import annotations

from reconciler.migrate.argocd.members import is_cluster_secret
from reconciler.migrate.declared import Declared

ARGO = "argoproj.io"
KINDS = ("Application", "ApplicationSet", "AppProject")


def is_of_argo_cd(one: Declared) -> bool:
    """Whether an importer of Argo CD reads it."""
    return (one.group == ARGO and one.kind in KINDS) or is_cluster_secret(one)
