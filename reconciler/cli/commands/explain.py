"""`explain`: what the stages said about one object."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli import exitcodes
from reconciler.cli.names import possible_kinds
from reconciler.cli.options import DEFAULT_CACHE, Cache, Cluster, Format, Namespace, Output, Repo
from reconciler.cli.output.document import print_document
from reconciler.cli.output.explain import explanation, print_explanation
from reconciler.cli.session import now, refuse_unknown_clusters, run_async, session
from reconciler.engine.pipeline import Compiled, Course

Object = Annotated[str, typer.Argument(help="The object, as KIND/NAME; kubectl's short kinds work.", metavar="KIND/NAME")]
At = Annotated[str, typer.Option("--revision", help="The revision to look at.", metavar="REVISION")]


def run(
    name: Object,
    revision: At = "HEAD",
    repo: Repo = ".",
    namespace: Namespace = "",
    cluster: Cluster = [],  # noqa: B006 -- typer reads it as "none given"
    output: Output = Format.TABLE,
    cache: Cache = DEFAULT_CACHE,
) -> None:
    """Where the template stands, which policy claims it and why, which clusters it goes to and why not to the others, what is in
    force meanwhile, and which override rules wrote what, each with file and line.

    Example: reconciler explain deploy/nginx -n default --cluster member1
    """
    kind, _, wanted = name.partition("/")
    if not wanted:
        raise typer.BadParameter(f"{name} names no object; write KIND/NAME, such as deployment/nginx")
    compiled = run_async(_compile(repo, cache, revision))
    refuse_unknown_clusters(cluster, compiled.works)
    kinds = possible_kinds(kind)
    courses = [course for course in compiled.courses.values() if _is_meant(course, kinds, namespace, wanted)]
    documents = [explanation(course, compiled, cluster) for course in courses]
    if output is Format.TABLE:
        for document in documents:
            print_explanation(document)
    else:
        print_document(documents, output)
    if not courses:
        typer.echo(f"No template {name} in {namespace or 'any namespace'} of {revision}.", err=True)
        raise typer.Exit(exitcodes.ANSWER_IS_NO)


def _is_meant(course: Course, kinds: Collection[str], namespace: str, name: str) -> bool:
    key = course.template.key
    return key.kind.lower() in kinds and key.name == name and namespace in ("", key.namespace)


async def _compile(repo: str, cache: Path, revision: str) -> Compiled:
    async with session(repo, cache) as opened:
        _, desired = await opened.load(revision)
        recorded = await opened.recorded(desired)
        return opened.compiler.compile(desired, recorded.state, now())
