"""The options of `run --shadow`, and what they rule out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer

from reconciler.answers.arguments import duration
from reconciler.cli.git_options import refuse_unsigned_records
from reconciler.cli.grouped_options import grouped
from reconciler.repo.options import GitOptions

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


@dataclass(frozen=True, slots=True)
class ShadowOptions:
    is_on: bool
    window: timedelta
    """How long no member may differ before a shadow says go."""

    def check(self, git: GitOptions, *, elects: bool, shards: bool, reverts: bool) -> None:
        """Raises BadParameter for options that make a shadow write, or share the work with processes that do; for any other
        process, as `refuse_unsigned_records`."""
        if not self.is_on:
            refuse_unsigned_records(git)
            return
        asked = {"--leader-elect": elects, "--sharding": shards, "--push-reverts": reverts}
        for option in (option for option, given in asked.items() if given):
            message = f"--shadow writes nothing, no lease either, and needs no other process: leave out {option}"
            raise typer.BadParameter(message, param_hint=option)


def shadow_options(shadow: ShadowOption = False, shadow_window: ShadowWindow = "24h") -> ShadowOptions:
    return ShadowOptions(shadow, duration(shadow_window))


may_shadow = grouped("shadow", shadow_options)
"""For a command that may write nothing."""
