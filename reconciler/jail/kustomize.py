"""How kustomize is called: `kustomize build`, with no plugin, no function, no helm."""

from __future__ import annotations

from pathlib import Path

from reconciler.jail.program import Program


def kustomize_build(kustomize: Path, folder: str = "") -> Program:
    """folder: of the kustomization, from the folder with the files."""
    return Program(kustomize, ("build", "--load-restrictor=LoadRestrictionsRootOnly", "--", folder or "."))
