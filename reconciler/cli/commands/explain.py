"""`explain`: the decisions about one object."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli import exitcodes
from reconciler.cli.git_options import reads_git
from reconciler.cli.names import guessed_object
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, Namespace, Output, Repo
from reconciler.cli.render_options import expands
from reconciler.cli.session import now, refuse_unknown_clusters, run_async, session
from reconciler.cli.short_names import possible_kinds
from reconciler.cli.terminal import print_document, print_issues, print_lines, print_remarks
from reconciler.expanding.programs import Programs
from reconciler.model.issues import Issue
from reconciler.model.keys import ResourceKey
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.families import PROGRAM_MISSING
from reconciler.present.document import Format
from reconciler.present.explain import explanation
from reconciler.present.explain_text import explanation_lines
from reconciler.present.notices import COMMIT_FIRST, uncommitted_lines
from reconciler.repo.options import GitOptions
from reconciler.review.explain import explain

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
    kind, _, object_name = name.partition("/")
    if not object_name or "/" in object_name:
        raise typer.BadParameter(f"{name} is not KIND/NAME; write for example deployment/nginx")
    kinds = possible_kinds(kind)
    documents, templates, uncommitted, missing = run_async(
        _explain(repo, cache, git, programs, revision, cluster, lambda item: _matches(item, kinds, namespace, object_name)),
        "deciding",
    )
    if output is Format.TABLE:
        for document in documents:
            print_lines(explanation_lines(document))
    else:
        print_document(documents, output)
    print_issues(missing)
    print_remarks(uncommitted_lines(uncommitted, COMMIT_FIRST))
    if not documents:
        where = namespace or "any namespace"
        print_remarks([f"No template {name} in {where} of {revision}. {guessed_object(kind, object_name, templates)}".rstrip()])
        raise typer.Exit(exitcodes.ANSWER_IS_NO)


def _matches(item: CompiledTemplate, kinds: Collection[str], namespace: str, name: str) -> bool:
    key = item.template.key
    return key.kind.lower() in kinds and key.name == name and namespace in ("", key.namespace)


async def _explain(
    repo: str,
    cache: Path,
    git: GitOptions,
    programs: Programs,
    revision: str,
    names: Collection[str],
    is_requested: Callable[[CompiledTemplate], bool],
) -> tuple[list[dict[str, Any]], list[ResourceKey], tuple[str, ...], list[Issue]]:
    """The explanations, all templates, the files that were not looked at, and why charts were not expanded."""
    async with session(repo, cache, git, programs) as opened:
        commit, desired = await opened.load(revision)
        recorded = await opened.recorded(desired)
        compiled = await opened.compiler.compile(desired, recorded.state, now())
        refuse_unknown_clusters(names, compiled.cluster_names)
        clusters = [name for name in compiled.cluster_names if not names or name in names]
        documents = []
        for item in filter(is_requested, compiled.templates.values()):
            changed_by = await opened.repository.last_change(commit, item.template.origin.file)
            explained = explain(item, compiled, clusters)
            documents.append(explanation(explained, changed_by, clusters, with_manifest=bool(names)))
        missing = [issue for issue in compiled.issues if issue.reason == PROGRAM_MISSING]
        return documents, list(compiled.templates), await opened.uncommitted(commit, desired), missing
