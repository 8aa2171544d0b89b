"""`explain`: the decisions about one object."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from reconciler.answers.explain import Explained, explain_named
from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, Namespace, Output, Repo
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, run_async, session
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.expanding.programs import Programs
from reconciler.present.document import Format
from reconciler.present.explain_text import explanation_lines
from reconciler.present.notices import COMMIT_FIRST, uncommitted_lines
from reconciler.repo.options import GitOptions

Object = Annotated[
    str, typer.Argument(help="The object as KIND/NAME; short names of kinds work, as in kubectl.", metavar="KIND/NAME")
]


@expands
@reads_git
def run(
    git: GitOptions,
    programs: Programs,
    name: Object,
    revision: At = "HEAD",
    repo: Repo = ".",
    namespace: Namespace = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    output: Output = Format.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Shows where the template is and who changed it last, which policies match it and why one claims it, the result of every
    filter for every cluster, the arithmetic of its replicas, the placement that is in force, and the fields that each override
    rule changed. With --cluster, also shows the final manifest.

    Example: reconciler explain deploy/nginx -n default --cluster member1
    """
    explained = run_async(_explain(repo, cache, git, programs, name, revision, namespace, cluster), "deciding")
    if output is Format.TABLE:
        for document in explained.documents:
            print_lines(explanation_lines(document))
    else:
        print_document(list(explained.documents), output)
    print_issues(explained.missing)
    print_remarks(uncommitted_lines(explained.uncommitted, COMMIT_FIRST))
    if explained.nothing:
        print_remarks([explained.nothing])
        raise typer.Exit(exitcodes.ANSWER_IS_NO)


async def _explain(
    repo: str,
    cache: Path,
    git: GitOptions,
    programs: Programs,
    name: str,
    revision: str,
    namespace: str,
    clusters: Collection[str],
) -> Explained:
    async with session(repo, cache, git, programs) as opened:
        return await explain_named(opened, name, now(), revision=revision, namespace=namespace, clusters=clusters)
