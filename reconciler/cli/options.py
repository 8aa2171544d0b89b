"""Options that several commands share, spelled as in kubectl where they mean the same; each has a twin in the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from reconciler.present.document import Format

Repo = Annotated[
    str,
    typer.Option("--repo", envvar="RECONCILER_REPO", help="The config repository: a folder or a URL.", metavar="PATH|URL"),
]
Revision = Annotated[str, typer.Argument(help="A commit, branch or tag.", metavar="REVISION")]
At = Annotated[str, typer.Option("--revision", help="The revision to look at.", metavar="REVISION")]
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
        help="The folder of directory members and kubeconfig files; by default <repository>.members, beside it.",
        metavar="FOLDER",
    ),
]
HostKubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--host-kubeconfig",
        envvar="RECONCILER_HOST_KUBECONFIG",
        help="A kubeconfig of the cluster that keeps members' credentials (spec.secretRef).",
        metavar="FILE",
    ),
]
HostContext = Annotated[
    str,
    typer.Option("--host-context", envvar="RECONCILER_HOST_CONTEXT", help="Which context of that file.", metavar="NAME"),
]
InCluster = Annotated[
    bool,
    typer.Option("--in-cluster", envvar="RECONCILER_IN_CLUSTER", help="The host is the cluster in which this process is a Pod."),
]
HostMember = Annotated[
    str,
    typer.Option(
        "--host-member",
        envvar="RECONCILER_HOST_MEMBER",
        help="The one Cluster that is the host itself, reached by this process's own credential.",
        metavar="NAME",
    ),
]
AllowExec = Annotated[
    bool,
    typer.Option("--allow-exec", envvar="RECONCILER_ALLOW_EXEC", help="Let members' kubeconfig files run programs."),
]
AllowInsecure = Annotated[
    bool,
    typer.Option(
        "--allow-insecure",
        envvar="RECONCILER_ALLOW_INSECURE",
        help="Reach members by plain http, or without checking their certificates.",
    ),
]
Context = Annotated[
    str,
    typer.Option(
        "--context",
        envvar="RECONCILER_CONTEXT",
        help="The context of that kubeconfig. By default its current context.",
        metavar="NAME",
    ),
]
AccountNamespace = Annotated[
    str,
    typer.Option("--namespace", "-n", envvar="RECONCILER_ACCOUNT_NAMESPACE", help="The namespace of the account in the member."),
]
SecretNamespace = Annotated[
    str,
    typer.Option(
        "--secret-namespace", envvar="RECONCILER_SECRET_NAMESPACE", help="The namespace of the credential in the host cluster."
    ),
]
NoCommit = Annotated[bool, typer.Option("--no-commit", help="Edit the file, and do not commit it.")]
Cache = Annotated[
    Path,
    typer.Option("--cache", envvar="RECONCILER_CACHE", help="Where mirrors of repositories at a URL are kept.", metavar="FOLDER"),
]


def _default_cache() -> Path:
    """Below $XDG_CACHE_HOME, else below the home folder; in a container without either, in the current folder."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "reconciler"
    except RuntimeError:  # Nobody knows this user; most commands need no cache, so that is no reason to fail.
        return Path(".reconciler-cache")


DEFAULT_CACHE = _default_cache()
