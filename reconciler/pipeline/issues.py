"""What a compilation has to complain about: its own findings, and those of every stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reconciler.model.binding import Unschedulable
from reconciler.model.issues import Issue, error, warning
from reconciler.model.keys import ResourceKey
from reconciler.model.origin import Origin
from reconciler.model.wording import first_few
from reconciler.pipeline.compiled import CompiledTemplate
from reconciler.pipeline.snapshot import Snapshot
from reconciler.schedule.rebalance import unclaimed_workloads
from reconciler.transition.protection import overlaid


def issues_of(
    templates: Mapping[ResourceKey, CompiledTemplate], dependencies: Iterable[Issue], snapshot: Snapshot
) -> tuple[Issue, ...]:
    """Sorted, each once. dependencies: what following workloads found."""
    found = {*snapshot.desired.issues, *dependencies, *_departed(snapshot), *_overlaid(snapshot)}
    found.update(_not_rebalanced(templates, snapshot))
    for key, item in templates.items():
        found.update(_of_template(key, item))
    return tuple(sorted(found))


def _of_template(key: ResourceKey, item: CompiledTemplate) -> Iterator[Issue]:
    scheduling, place = item.decided.scheduling, item.template.origin
    if isinstance(scheduling, Unschedulable):
        remedy = f"{scheduling.remedy} Until then what was placed stays."
        yield error(scheduling.reason, f"{key}: {scheduling.message}", remedy, origin=place, subject=key)
    elif scheduling is None and not item.placed.required_by:
        remedy = "Add a policy that selects it, or leave the file out with spec.exclude of the Configuration."
        yield warning("Unclaimed", f"{key}: {item.decided.claim.reason}", remedy, origin=place, subject=key)
    yield from item.rendering.failed.values()


def _departed(snapshot: Snapshot) -> Iterator[Issue]:
    """Nobody empties a member whose Cluster file is removed; its owner should know."""
    members = snapshot.members
    for name, cluster in snapshot.recorded.clusters.items():
        if name not in members and cluster.objects:
            message = f"cluster {name} is not declared any more; the {cluster.objects} objects that it was to hold stay there"
            remedy = "To empty it, declare it again, let its policies place nothing there, sync, and then remove its file."
            yield warning("ClusterLeft", message, remedy, origin=Origin(cluster.file), subject=name)


def _overlaid(snapshot: Snapshot) -> Iterator[Issue]:
    for place, files in overlaid(snapshot.desired, snapshot.recorded).items():
        message = f"a link or submodule stands in the place of {first_few(files, 1)}; what was declared there stays as it was"
        remedy = "Put the files themselves here; or, if all that is to go, leave this path out with spec.exclude."
        yield error("NotLookedInto", message, remedy, origin=Origin(place), subject=place)


def _not_rebalanced(templates: Mapping[ResourceKey, CompiledTemplate], snapshot: Snapshot) -> list[Issue]:
    rebalancers = snapshot.desired.rebalancers
    if not rebalancers:
        return []
    claimed = frozenset(key for key, item in templates.items() if item.decided.claim.policy is not None)
    return unclaimed_workloads(rebalancers, snapshot.recorded.rebalanced, claimed)
