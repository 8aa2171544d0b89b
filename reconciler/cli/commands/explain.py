"""`explain`: what the stages said about one object."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any

import typer

from reconciler.cli import exitcodes
from reconciler.cli.names import possible_kinds
from reconciler.cli.options import DEFAULT_CACHE, At, Cache, Cluster, Namespace, Output, Repo
from reconciler.cli.session import now, refuse_unknown_clusters, run_async, session
from reconciler.cli.terminal import print_document, print_lines
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.present.document import Format
from reconciler.present.explain import explanation
from reconciler.present.explain_text import explanation_lines
from reconciler.review.explain import explain

Object = Annotated[str, typer.Argument(help="The object, as KIND/NAME; kubectl's short kinds work.", metavar="KIND/NAME")]


def run(
    name: Object,
    revision: At = "HEAD",
    repo: Repo = ".",
    namespace: Namespace = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    output: Output = Format.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Where the template stands and who changed it last, which policies match it and why one has it, what every filter says of
    every cluster, the arithmetic of its replicas, what is in force meanwhile, and what each override rule found and wrote. With
    --cluster also the final manifest.

    Example: reconciler explain deploy/nginx -n default --cluster member1
    """
    kind, _, wanted = name.partition("/")
    if not wanted:
        raise typer.BadParameter(f"{name} names no object; write KIND/NAME, such as deployment/nginx")
    kinds = possible_kinds(kind)
    documents = run_async(_explain(repo, cache, revision, cluster, lambda item: _is_meant(item, kinds, namespace, wanted)))
    if output is Format.TABLE:
        for document in documents:
            print_lines(explanation_lines(document))
    else:
        print_document(documents, output)
    if not documents:
        typer.echo(f"No template {name} in {namespace or 'any namespace'} of {revision}.", err=True)
        raise typer.Exit(exitcodes.ANSWER_IS_NO)


def _is_meant(item: CompiledTemplate, kinds: Collection[str], namespace: str, name: str) -> bool:
    key = item.template.key
    return key.kind.lower() in kinds and key.name == name and namespace in ("", key.namespace)


async def _explain(
    repo: str, cache: Path, revision: str, asked: Collection[str], is_meant: Callable[[CompiledTemplate], bool]
) -> list[dict[str, Any]]:
    async with session(repo, cache) as opened:
        commit, desired = await opened.load(revision)
        recorded = await opened.recorded(desired)
        compiled = await opened.compiler.compile(desired, recorded.state, now())
        refuse_unknown_clusters(asked, compiled.cluster_names)
        clusters = [name for name in compiled.cluster_names if not asked or name in asked]
        documents = []
        for item in filter(is_meant, compiled.templates.values()):
            changed_by = await opened.repository.last_change(commit, item.template.origin.file)
            found = explain(item, compiled, clusters)
            documents.append(explanation(found, changed_by, clusters, with_manifest=bool(asked)))
        return documents
