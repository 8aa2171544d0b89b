"""`tree`: one object of Git, down to its Pods on all members."""

from __future__ import annotations

from typing import Annotated

import typer

from reconciler.answers.arguments import kind_and_name
from reconciler.answers.kind_names import guessed_object
from reconciler.answers.short_names import possible_kinds
from reconciler.cli import exitcodes
from reconciler.cli.fleet_query import FleetQuery, asks_members, ended, opened_fleet
from reconciler.cli.options import Namespace, Object, TableFormat, TableOutput
from reconciler.cli.session import now, run_async
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.model.keys import ResourceKey
from reconciler.model.wording import first_few
from reconciler.present.object_tree import tree_document, tree_table
from reconciler.review.live.object_tree import ObjectTree, known_keys, read_tree, recall

All = Annotated[bool, typer.Option("--all", help="A line for each object, also where many are alike and Current.")]


@prints_tables
@asks_members
def run(
    query: FleetQuery,
    name: Object,
    namespace: Namespace = "",
    every: All = False,
    output: TableOutput = TableFormat.TABLE,
) -> None:
    """Shows where the template is, the policy that claims it, the members, and what each of them made of it, down to Pods, with
    health and reason as they are now. Of a member that does not answer it shows what the last sync recorded, and the exit code
    is 3. It is 1 if there is no such object.

    Example: reconciler tree deploy/web -n shop
    """
    kind, named = kind_and_name(name)
    tree, message = run_async(_tree(query, kind, named, namespace), "asking the members")
    if tree is None:
        print_remarks([message])
        raise typer.Exit(exitcodes.ANSWER_IS_NO)
    if output.document is not None:
        print_document(tree_document(tree), output.document)
    else:
        print_lines(tree_table(tree, room(wide=output is TableFormat.WIDE), everything=every))
    raise ended({branch.cluster: branch.problem for branch in tree.branches if not branch.answered})


async def _tree(query: FleetQuery, kind: str, name: str, namespace: str) -> tuple[ObjectTree | None, str]:
    """None and the reason where there is no such object. Raises BadParameter where there are several."""
    async with opened_fleet(query, folders=True) as opened:
        recorded = await opened.recorded()
        keys, kinds = known_keys(opened.desired, recorded), possible_kinds(kind)
        found = [key for key in keys if key.kind.lower() in kinds and key.name == name and namespace in ("", key.namespace)]
        if len(found) > 1:
            raise typer.BadParameter(f"{kind}/{name} means several objects: {first_few(found, 5)}. Choose the namespace with -n.")
        if not found:
            return None, _nothing(kind, name, namespace, keys)
        known = recall(found[0], opened.desired, recorded)
        clusters = [one for one in known.members if not query.clusters or one in query.clusters]
        return await read_tree(opened.fleet, known, clusters, now()), ""


def _nothing(kind: str, name: str, namespace: str, keys: list[ResourceKey]) -> str:
    where = f"in {namespace}" if namespace else "in any namespace"
    return f"No template and no recorded object {kind}/{name} {where}. {guessed_object(kind, name, keys)}".rstrip()
