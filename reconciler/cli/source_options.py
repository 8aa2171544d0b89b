"""The options about what is kept elsewhere: charts, files and repositories, combined into one value."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.cli.options import DEFAULT_CACHE
from reconciler.repo.options import OutsideOptions
from reconciler.sources.options import SourceOptions

SourceCredentials = Annotated[
    Path | None,
    typer.Option(
        "--source-credentials",
        envvar="RECONCILER_SOURCE_CREDENTIALS",
        help="A folder with a folder of credentials, such as a mounted Secret, for each registry, chart repository or Git host.",
        metavar="FOLDER",
    ),
]
SourceCache = Annotated[
    Path | None,
    typer.Option(
        "--source-cache",
        envvar="RECONCILER_SOURCE_CACHE",
        help="The folder for charts and files from elsewhere; by default that for mirrors.",
        metavar="FOLDER",
    ),
]
PlainHttp = Annotated[
    list[str] | None,
    typer.Option(
        "--plain-http",
        envvar="RECONCILER_PLAIN_HTTP",
        help="Reach this registry, chart repository or Git host by http in place of https; may be repeated.",
        metavar="HOST[:PORT]",
    ),
]


def outside_options(
    source_credentials: SourceCredentials = None, source_cache: SourceCache = None, plain_http: PlainHttp = None
) -> OutsideOptions:
    return OutsideOptions(source_cache, source_credentials, frozenset(plain_http or ()))


reads_outside = grouped("outside", outside_options)
"""For options of which these are a part."""


@reads_outside
def source_options(outside: OutsideOptions) -> SourceOptions:
    return SourceOptions.of(outside, DEFAULT_CACHE)


fetches_sources = grouped("sources", source_options)
"""For a command that gets what the lock file pins, or pins it."""
