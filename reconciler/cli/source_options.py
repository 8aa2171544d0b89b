"""Options about what is outside of the repository: registries, chart repositories, other Git repositories."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.grouped_options import grouped
from reconciler.sources.options import SourceOptions

SourceCredentials = Annotated[
    Path | None,
    typer.Option(
        "--source-credentials",
        envvar="RECONCILER_SOURCE_CREDENTIALS",
        help="A folder with one folder for each host of a registry, chart repository or other Git repository, such as mounted "
        "Secrets.",
        metavar="FOLDER",
    ),
]
PlainHttp = Annotated[
    list[str],
    typer.Option(
        "--plain-http",
        envvar="RECONCILER_PLAIN_HTTP",
        help="A registry or chart repository that is reached by http in place of https; may be repeated.",
        metavar="HOST[:PORT]",
    ),
]


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """How this process reaches what is outside of the repository."""

    credentials: Path | None = None
    plain_http: frozenset[str] = frozenset()

    def options(self, cache: Path) -> SourceOptions:
        return SourceOptions(cache, self.credentials, self.plain_http)


def source_access(source_credentials: SourceCredentials = None, plain_http: PlainHttp = []) -> SourceAccess:  # noqa: B006
    return SourceAccess(source_credentials, frozenset(plain_http))


reaches_sources = grouped("sources", source_access)
