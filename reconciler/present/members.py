"""Members that did not answer, named below what the others said."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from reconciler.model.keys import ClusterName


def print_troubles(troubles: Mapping[ClusterName, str]) -> None:
    """To stderr; most reasons begin with the member's name."""
    for name, why in troubles.items():
        typer.echo(why if why.startswith((f"{name}: ", f"{name} ")) else f"{name}: {why}", err=True)
