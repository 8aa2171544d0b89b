"""The options of `run --shadow`, and what they rule out."""

from __future__ import annotations

from typing import Annotated

import typer

ShadowOption = Annotated[
    bool,
    typer.Option(
        "--shadow",
        envvar="RECONCILER_SHADOW",
        help="Write nothing, whatever Git says: neither to members nor to the repository. What would be written is at /shadow.",
    ),
]
ShadowWindow = Annotated[
    str,
    typer.Option(
        "--shadow-window",
        envvar="RECONCILER_SHADOW_WINDOW",
        help="With --shadow: how long no member may differ before /shadow says go.",
        metavar="DURATION",
    ),
]


def refuse_writers(*, elects: bool, shards: bool, reverts: bool) -> None:
    """Raises BadParameter for options that make a process write, or share the work with others that do."""
    asked = {"--leader-elect": elects, "--sharding": shards, "--push-reverts": reverts}
    for option, given in asked.items():
        if given:
            message = f"--shadow writes nothing, no lease either, and needs no other process: leave out {option}"
            raise typer.BadParameter(message, param_hint=option)
