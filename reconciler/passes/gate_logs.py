"""The ends of the logs of gates that have ended: what a Job said tells more than that it failed. Each is read once.

They are recorded in Git, so values of the Secrets of the revision are masked in them, as their templates state them and as the
member gets them. Other Secrets are not known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from reconciler.model.health import HealthStatus
from reconciler.model.keys import ClusterName, ResourceKey
from reconciler.model.recorded import ClusterStatus
from reconciler.passes.reconciliation import Reconciliation
from reconciler.passes.survey import Survey
from reconciler.passes.waits import order_in
from reconciler.plan.mask_text import SecretValues, secret_values
from reconciler.record.next_state import Statuses

_ENDED = (HealthStatus.CURRENT, HealthStatus.FAILED)


async def with_logs(reconciliation: Reconciliation, survey: Survey, statuses: Statuses) -> Statuses:
    """The statuses, with the logs. Members of which nothing is new have the same statuses as before."""
    members = {
        name: await _of_member(reconciliation, survey, name, of_member)
        for name, of_member in statuses.items()
        if name in reconciliation.fleet.clients and order_in(reconciliation, survey.compiled, survey.works[name]).gates
    }
    return {**statuses, **members} if members else statuses


async def _of_member(
    reconciliation: Reconciliation, survey: Survey, name: ClusterName, statuses: Mapping[ResourceKey, ClusterStatus]
) -> Mapping[ResourceKey, ClusterStatus]:
    recorded, client = survey.compiled.recorded, reconciliation.fleet.clients[name]

    async def log(job: ResourceKey, key: ResourceKey, status: ClusterStatus) -> str:
        last = recorded.report_of(key).status_in(name)
        if last is not None and last.log and (last.digest, last.health.status) == (status.digest, status.health.status):
            return last.log
        return await client.job_log(job, lambda text: _known(survey, name).mask(text))

    ended = {
        one.declared: one.key
        for one in survey.works[name].manifests
        if one.template is not None
        if (status := statuses.get(one.declared)) is not None and status.applied and status.health.status in _ENDED
    }
    logs = await asyncio.gather(*[log(job, key, statuses[key]) for key, job in ended.items()])
    changed = {key: replace(statuses[key], log=said) for key, said in zip(ended, logs, strict=True) if said}
    return {**statuses, **changed} if changed else statuses


def _known(survey: Survey, name: ClusterName) -> SecretValues:
    templates, manifests = survey.compiled.desired.templates, survey.works[name].manifests
    return secret_values([*(one.manifest for one in templates), *(one.manifest for one in manifests)])
