"""Options that several commands share. They have kubectl's names where they mean the same, and can be set in the environment."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.present.document import Format

Repo = Annotated[
    str,
    typer.Option("--repo", envvar="RECONCILER_REPO", help="The config repository: a folder or a URL.", metavar="PATH|URL"),
]
Revision = Annotated[str, typer.Argument(help="A commit, branch or tag, or semver:RANGE.", metavar="REVISION")]
At = Annotated[str, typer.Option("--revision", help="The revision to read.", metavar="REVISION")]
Output = Annotated[
    Format, typer.Option("--output", "-o", envvar="RECONCILER_OUTPUT", help="How to print the result.", case_sensitive=False)
]


class TableFormat(StrEnum):
    """Values of `--output` of a command that prints a table."""

    TABLE = "table"
    """As much as fits the terminal; all of it in a pipe."""
    WIDE = "wide"
    """All of it, and more columns where there are some."""
    JSON = "json"
    YAML = "yaml"

    @property
    def document(self) -> Format | None:
        """None where a table is printed."""
        return Format(self.value) if self in (TableFormat.JSON, TableFormat.YAML) else None


class ReportFormat(StrEnum):
    """Values of `--output` of a command that prints a table, and a page for a forge."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"

    @property
    def document(self) -> Format | None:
        """None where a table or Markdown is printed."""
        return Format(self.value) if self in (ReportFormat.JSON, ReportFormat.YAML) else None


ReportOutput = Annotated[
    ReportFormat,
    typer.Option(
        "--output",
        "-o",
        envvar="RECONCILER_OUTPUT",
        help="How to print the result; markdown fits the comment of a forge.",
        case_sensitive=False,
    ),
]
TableOutput = Annotated[
    TableFormat,
    typer.Option(
        "--output",
        "-o",
        envvar="RECONCILER_OUTPUT",
        help="How to print the result; wide shortens nothing, however narrow the terminal is.",
        case_sensitive=False,
    ),
]


class ReviewFormat(StrEnum):
    """Values of `--output` of a command that shows differences."""

    TABLE = "table"
    """Text for a terminal."""
    JSON = "json"
    YAML = "yaml"
    MARKDOWN = "markdown"
    """For the comment of a forge."""
    HTML = "html"
    """One file for a browser."""

    @property
    def document(self) -> Format | None:
        """None where text is printed."""
        return Format(self.value) if self in (ReviewFormat.JSON, ReviewFormat.YAML) else None


ReviewOutput = Annotated[
    ReviewFormat,
    typer.Option(
        "--output",
        "-o",
        envvar="RECONCILER_OUTPUT",
        help="How to print the result: markdown fits the comment of a forge, html is one file without dependencies.",
        case_sensitive=False,
    ),
]
Cluster = Annotated[
    list[str], typer.Option("--cluster", envvar="RECONCILER_CLUSTER", help="Only this member; may be repeated.", metavar="NAME")
]
Namespace = Annotated[
    str, typer.Option("--namespace", "-n", envvar="RECONCILER_NAMESPACE", help="Only this namespace.", metavar="NAME")
]
Labels = Annotated[
    str, typer.Option("--selector", "-l", help="Only items with these labels, such as app=web,tier!=test.", metavar="SELECTOR")
]
MemberRoot = Annotated[
    Path | None,
    typer.Option(
        "--member-root",
        envvar="RECONCILER_MEMBER_ROOT",
        help="The folder of directory members and kubeconfig files; by default <repository>.members, next to the repository.",
        metavar="FOLDER",
    ),
]
HostKubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--host-kubeconfig",
        envvar="RECONCILER_HOST_KUBECONFIG",
        help="A kubeconfig of the host cluster, which stores the credentials of members (spec.secretRef).",
        metavar="FILE",
    ),
]
ProxyFromEnvironment = Annotated[
    bool,
    typer.Option(
        "--proxy-from-environment",
        envvar="RECONCILER_PROXY_FROM_ENVIRONMENT",
        help="Reach members and the host cluster through HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment.",
    ),
]
HostContext = Annotated[
    str,
    typer.Option("--host-context", envvar="RECONCILER_HOST_CONTEXT", help="The context of that file to use.", metavar="NAME"),
]
InCluster = Annotated[
    bool,
    typer.Option(
        "--in-cluster", envvar="RECONCILER_IN_CLUSTER", help="The host cluster is the one in which this process runs as a Pod."
    ),
]
HostMember = Annotated[
    str,
    typer.Option(
        "--host-member",
        envvar="RECONCILER_HOST_MEMBER",
        help="The Cluster that is the host cluster itself; it is reached with the credential of this process.",
        metavar="NAME",
    ),
]
AllowExec = Annotated[
    bool,
    typer.Option("--allow-exec", envvar="RECONCILER_ALLOW_EXEC", help="Allow exec plugins in kubeconfig files of members."),
]
AccessProviders = Annotated[
    Path | None,
    typer.Option(
        "--access-providers",
        envvar="RECONCILER_ACCESS_PROVIDERS",
        help="A file that names the programs by which members with a ClusterProfile are reached (KEP-5339); with --allow-exec.",
        metavar="FILE",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be written, and write nothing.")]
AllowInsecure = Annotated[
    bool,
    typer.Option(
        "--allow-insecure",
        envvar="RECONCILER_ALLOW_INSECURE",
        help="Allow plain http, and members whose certificates are not checked.",
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
OwnKubeconfig = Annotated[
    Path | None,
    typer.Option(
        "--kubeconfig",
        envvar="RECONCILER_OWN_KUBECONFIG",
        help="Reach members by your own contexts in this file, in place of the reconciler's credentials; by default, the context "
        "with the member's name. It may use exec plugins.",
        metavar="FILE",
    ),
]
ContextOf = Annotated[
    list[str],
    typer.Option(
        "--context-of",
        envvar="RECONCILER_CONTEXT_OF",
        help="The context of that file for a member, where it has another name. Can be repeated.",
        metavar="MEMBER=CONTEXT",
    ),
]
KubectlFile = Annotated[
    Path | None,
    typer.Option(
        "--kubectl",
        envvar="RECONCILER_KUBECTL",
        help="The kubectl to run; by default the one in PATH, else that of the extra `kubectl` of this program.",
        metavar="FILE",
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
HostNamespace = Annotated[
    str, typer.Option("--namespace", "-n", help="The namespace of the process, in the host cluster.", metavar="NAME")
]
StatusBranch = Annotated[
    str,
    typer.Option(
        "--status-branch",
        envvar="RECONCILER_STATUS_BRANCH",
        help="The status branch to read; by default the one that the Configuration names in HEAD.",
        metavar="BRANCH",
    ),
]
Object = Annotated[
    str, typer.Argument(help="The object as KIND/NAME; short names of kinds work, as in kubectl.", metavar="KIND/NAME")
]
Worktree = Annotated[bool, typer.Option("--worktree", help="Read the files of the work tree, committed or not, instead of HEAD.")]
NoCommit = Annotated[bool, typer.Option("--no-commit", help="Edit the file, and do not commit it.")]
Cache = Annotated[
    Path,
    typer.Option("--cache", envvar="RECONCILER_CACHE", help="The folder for mirrors of repositories at a URL.", metavar="FOLDER"),
]

GitCredentials = Annotated[
    Path | None,
    typer.Option(
        "--git-credentials",
        envvar="RECONCILER_GIT_CREDENTIALS",
        help="A mounted Secret with the credentials of the remote repository; it is read anew for each request.",
        metavar="FOLDER",
    ),
]
Blobless = Annotated[
    bool,
    typer.Option(
        "--blobless",
        envvar="RECONCILER_BLOBLESS",
        help="Fetch the contents of files when they are read: for a URL with a long history of large files.",
    ),
]
VerifyKeys = Annotated[
    Path | None,
    typer.Option(
        "--verify-keys",
        envvar="RECONCILER_VERIFY_KEYS",
        help="Public keys, GPG or SSH: a revision that none of them signed is not read, nor such a status branch.",
        metavar="FOLDER",
    ),
]
SigningKey = Annotated[
    Path | None,
    typer.Option(
        "--signing-key",
        envvar="RECONCILER_SIGNING_KEY",
        help="A private key without passphrase, GPG or SSH, that signs commits on the status branch.",
        metavar="FILE",
    ),
]
Author = Annotated[
    str,
    typer.Option(
        "--author",
        envvar="RECONCILER_AUTHOR",
        help="Author and committer on the status branch; by default Reconciler <reconciler@localhost>.",
        metavar="NAME <EMAIL>",
    ),
]


def _default_cache() -> Path:
    """Below $XDG_CACHE_HOME, or else below the home folder; if there is neither, in the current folder."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    try:
        return (Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache") / "reconciler"
    except RuntimeError:  # The user has no home folder, as in some containers. Most commands need no cache.
        return Path(".reconciler-cache")


DEFAULT_CACHE = _default_cache()
