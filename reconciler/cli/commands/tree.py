"""`tree`: objects of Git, each down to its Pods on all members."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

import typer

from reconciler.answers.arguments import kind_and_name, label_selector
from reconciler.answers.kind_names import guessed_object
from reconciler.answers.short_names import possible_kinds
from reconciler.cli import exitcodes
from reconciler.cli.fleet_query import Everywhere, FleetQuery, asks_members, ended, opened_fleet
from reconciler.cli.options import Labels, Namespace, TableFormat, TableOutput
from reconciler.cli.session import now, run_async
from reconciler.cli.table_options import prints_tables
from reconciler.cli.terminal import print_document, print_lines, print_remarks, room
from reconciler.model.desired import DesiredState
from reconciler.model.keys import ResourceKey
from reconciler.model.manifest import labels_of
from reconciler.model.recorded import RecordedState
from reconciler.model.wording import first_few, plural
from reconciler.present.object_tree import tree_document, tree_table
from reconciler.review.live.object_tree import ObjectTree, known_keys, read_trees, recall

Target = Annotated[
    str,
    typer.Argument(
        help="The object as KIND/NAME, or a KIND with -l, -n or -A; short names of kinds work, as in kubectl.",
        metavar="KIND[/NAME]",
    ),
]
All = Annotated[
    bool, typer.Option("--all", help="All objects, and a line for each below them, also where many are alike and Current.")
]
_MOST = 20
"""Trees of one command, unless all are wanted."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which objects the trees are about."""

    kind: str
    """As it was typed."""
    name: str
    """Empty: all."""
    namespace: str
    """Empty: all."""
    labels: str
    is_one: bool
    """Whether it must be one object."""

    def keys(self, desired: DesiredState, recorded: RecordedState) -> list[ResourceKey]:
        """Sorted. Of what is only recorded, no labels are known."""
        kinds, selector = possible_kinds(self.kind), label_selector(self.labels)
        labelled = {one.key for one in desired.templates if selector.matches(labels_of(one.manifest))} if self.labels else ()
        return [
            key
            for key in known_keys(desired, recorded)
            if key.kind.lower() in kinds
            and self.name in ("", key.name)
            and self.namespace in ("", key.namespace)
            and (not self.labels or key in labelled)
        ]

    def nothing(self, keys: Collection[ResourceKey]) -> str:
        """What to say where there is none. keys: all."""
        where = f"in {self.namespace}" if self.namespace else "in any namespace"
        if self.labels:
            return f"No template of kind {self.kind} has the labels {self.labels} {where}."
        if not self.name:
            return f"No template and no recorded object of kind {self.kind} {where}."
        guess = guessed_object(self.kind, self.name, keys)
        return f"No template and no recorded object {self.kind}/{self.name} {where}. {guess}".rstrip()


@prints_tables
@asks_members
def run(
    query: FleetQuery,
    target: Target,
    namespace: Namespace = "",
    everywhere: Everywhere = False,
    labels: Labels = "",
    every: All = False,
    output: TableOutput = TableFormat.TABLE,
) -> None:
    """Shows where the template is, the policy that claims it, the members, and what each of them made of it, down to Pods, with
    health and reason as they are now. Of a member that does not answer it shows what the last sync recorded, and the exit code
    is 3. It is 1 if there is no such object. A KIND with -l, -n or -A shows the trees of all objects of the kind whose templates
    have the labels, 20 at most, or all with --all.

    Example: reconciler tree deploy/web -n shop
    """
    wanted = _wanted(target, "" if everywhere else namespace, labels, everywhere=everywhere)
    trees, more, message = run_async(_trees(query, wanted, None if every else _MOST), "asking the members")
    if not trees:
        print_remarks([message])
        raise typer.Exit(exitcodes.ANSWER_IS_NO)
    if output.document is not None:
        documents = [tree_document(tree) for tree in trees]
        print_document(documents[0] if wanted.is_one else {"items": documents, "omitted": more}, output.document)
    else:
        print_lines(tree_table(trees, room(wide=output is TableFormat.WIDE), everything=every))
    if more:
        print_remarks([f"{plural(more, 'more object')} left out. Choose fewer with -l or -n, or show all with --all."])
    raise ended({branch.cluster: branch.problem for tree in trees for branch in tree.branches if not branch.answered})


def _wanted(target: str, namespace: str, labels: str, *, everywhere: bool) -> _Wanted:
    """Raises BadParameter, ArgumentError."""
    label_selector(labels)
    if "/" not in target and (labels or namespace or everywhere):
        return _Wanted(target, "", namespace, labels, is_one=False)
    kind, name = kind_and_name(target)
    if labels:
        raise typer.BadParameter("name an object, or select objects by labels with -l, but not both")
    return _Wanted(kind, name, namespace, "", is_one=not everywhere)


async def _trees(query: FleetQuery, wanted: _Wanted, most: int | None) -> tuple[list[ObjectTree], int, str]:
    """The trees, how many more there are, and the reason where there is none. Raises BadParameter where there are several and one
    is wanted."""
    async with opened_fleet(query, folders=True) as opened:
        recorded = await opened.recorded()
        found = wanted.keys(opened.desired, recorded)
        if wanted.is_one and len(found) > 1:
            several = f"{wanted.kind}/{wanted.name} means several objects: {first_few(found, 5)}"
            raise typer.BadParameter(f"{several}. Choose the namespace with -n, or see all with -A.")
        if not found:
            return [], 0, wanted.nothing(known_keys(opened.desired, recorded))
        recalled = [recall(key, opened.desired, recorded) for key in found[:most]]
        return await read_trees(opened.fleet, recalled, query.clusters, now()), len(found) - len(recalled), ""
