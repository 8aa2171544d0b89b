"""Options that `run` and `agent` share."""

from __future__ import annotations

from typing import Annotated

import typer

Interval = Annotated[
    str,
    typer.Option(
        "--interval",
        envvar="RECONCILER_INTERVAL",
        help="How often to read the repository, such as 30s; by default spec.interval of its Configuration.",
        metavar="DURATION",
    ),
]
Listen = Annotated[
    str,
    typer.Option(
        "--listen",
        envvar="RECONCILER_LISTEN",
        help="Where to serve /healthz, /readyz and /metrics; empty: nowhere.",
        metavar="HOST:PORT",
    ),
]
AllowPrune = Annotated[
    list[str],
    typer.Option("--allow-prune", help="Let this member lose more than spec.pruneGuard allows.", metavar="CLUSTER"),
]
AsJson = Annotated[bool, typer.Option("--log-json", envvar="RECONCILER_LOG_JSON", help="Log lines as JSON, for machines.")]
