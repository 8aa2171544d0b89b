"""Options that several commands share, spelled as in kubectl where they mean the same; each has a twin in the environment."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    YAML = "yaml"


Repo = Annotated[
    str,
    typer.Option("--repo", envvar="RECONCILER_REPO", help="The config repository: a folder or a URL.", metavar="PATH|URL"),
]
Revision = Annotated[str, typer.Argument(help="A commit, branch or tag.", metavar="REVISION")]
Output = Annotated[
    Format, typer.Option("--output", "-o", envvar="RECONCILER_OUTPUT", help="How to print the result.", case_sensitive=False)
]
Cluster = Annotated[
    list[str], typer.Option("--cluster", envvar="RECONCILER_CLUSTER", help="Only this member; may be repeated.", metavar="NAME")
]
Namespace = Annotated[
    str, typer.Option("--namespace", "-n", envvar="RECONCILER_NAMESPACE", help="Only this namespace.", metavar="NAME")
]
MemberRoot = Annotated[
    Path | None,
    typer.Option(
        "--member-root",
        envvar="RECONCILER_MEMBER_ROOT",
        help="The folder of directory members (apiEndpoint: file:NAME); by default <repository>.members, beside it.",
        metavar="FOLDER",
    ),
]
Cache = Annotated[
    Path,
    typer.Option("--cache", envvar="RECONCILER_CACHE", help="Where mirrors of repositories at a URL are kept.", metavar="FOLDER"),
]
DEFAULT_CACHE = Path("~/.cache/reconciler").expanduser()
