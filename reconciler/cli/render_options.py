"""The options for the programs that expand Charts and Kustomizes, combined into one value."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.expanding.programs import Programs

Helm = Annotated[
    Path | None,
    typer.Option(
        "--helm", envvar="RECONCILER_HELM", help="The helm that renders Charts; by default the one in PATH.", metavar="FILE"
    ),
]
Kustomize = Annotated[
    Path | None,
    typer.Option(
        "--kustomize",
        envvar="RECONCILER_KUSTOMIZE",
        help="The kustomize that builds Kustomize objects; by default the one in PATH.",
        metavar="FILE",
    ),
]
UnsafeRender = Annotated[
    bool,
    typer.Option(
        "--unsafe-render",
        envvar="RECONCILER_UNSAFE_RENDER",
        help="Run them also where nothing isolates them: only where every author may read what this process can read.",
    ),
]


def render_options(helm: Helm = None, kustomize: Kustomize = None, unsafe_render: UnsafeRender = False) -> Programs:
    return Programs(helm, kustomize, unsafe_render)


expands = grouped("programs", render_options)
"""For a command that makes the manifests of members."""
