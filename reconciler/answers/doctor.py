"""Why a Service is not reached from other clusters."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from reconciler.answers.arguments import ArgumentError, kind_and_name, refuse_unknown_clusters
from reconciler.answers.get import asking_members
from reconciler.answers.session import Session
from reconciler.answers.short_names import possible_kinds
from reconciler.cluster.access import Access
from reconciler.passes.fleet import Fleet
from reconciler.review.doctor.facts import ServiceFacts
from reconciler.review.doctor.read_facts import concerned, declared_facts, exported_name, with_members


async def facts_about(
    opened: Session,
    access: Access,
    name: str,
    now: datetime,
    *,
    namespace: str,
    revision: str = "HEAD",
    clusters: Collection[str] = (),
) -> ServiceFacts:
    """name: `svc/NAME`. clusters: only these are asked; none for all that the Service concerns.

    Raises ArgumentError, ReconcilerError.
    """
    kind, service = kind_and_name(name)
    if "service" not in possible_kinds(kind):
        raise ArgumentError(f"{name} is no Service; write svc/NAME")
    _, desired = await opened.load(revision, check=())
    refuse_unknown_clusters(clusters, [cluster.name for cluster in desired.clusters])
    compiled = await opened.compiler.compile(desired, (await opened.recorded(desired)).state, now)
    facts = declared_facts((namespace, exported_name(service, namespace, compiled)), compiled, now)
    wanted = set(concerned(facts, compiled))
    chosen = [one for one in desired.clusters if one.name in wanted and (not clusters or one.name in clusters)]
    served = [one.name for one in chosen if not one.directory]
    if not served:
        return await with_members(facts, Fleet({}, {}), chosen)
    async with asking_members(opened, access, revision=revision, clusters=served, folders=False) as asked:
        return await with_members(facts, asked.fleet, chosen)
