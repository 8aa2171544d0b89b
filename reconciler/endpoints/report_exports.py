"""Writes the conditions of ServiceExports where they are: one list of exports and one of Services for each member."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconciler.cluster.member_protocol import MemberError, MemberSlices
from reconciler.endpoints.export_conditions import CONFLICT, Exported, conditions_of, with_conditions
from reconciler.endpoints.routes import ServiceName
from reconciler.model.keys import ClusterName
from reconciler.model.moments import time_text


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What the exports of all members have now."""

    conflicts: tuple[str, ...] = ()
    """A sentence for each Service whose exports are in conflict."""
    written: tuple[Exported, ...] = ()
    """The exports whose conditions were written, with these."""


async def report_exports(
    members: Mapping[ClusterName, MemberSlices], services: Collection[ServiceName], halted: Collection[ClusterName], now: datetime
) -> ExportReport:
    """A member that does not answer is left out: of what it exports nothing is known.

    services: those that the revision exports. halted: members to which nothing is written.
    """
    by_service = await _read(members, services) if services else {}
    written: list[Exported] = []
    conflicts: list[str] = []
    for service, exports in sorted(by_service.items()):
        conditions = conditions_of(exports)
        for one in exports:
            wanted = with_conditions(one.export, conditions[one.cluster], time_text(now))
            if wanted is not None and one.cluster not in halted and await _write(members[one.cluster], one, wanted):
                written.append(replace(one, export={**one.export, "status": {"conditions": wanted}}))
        said = {one.message for of_one in conditions.values() for one in of_one if (one.type, one.status) == (CONFLICT, "True")}
        conflicts += [f"{'/'.join(service)}: {message}" for message in sorted(said)]
    return ExportReport(tuple(conflicts), tuple(written))


async def _read(
    members: Mapping[ClusterName, MemberSlices], services: Collection[ServiceName]
) -> dict[ServiceName, list[Exported]]:
    names = sorted(members)
    read = await asyncio.gather(*[members[name].exports() for name in names], return_exceptions=True)
    by_service: defaultdict[ServiceName, list[Exported]] = defaultdict(list)
    for name, found in zip(names, read, strict=True):
        if isinstance(found, MemberError):
            continue
        if isinstance(found, BaseException):
            raise found
        for service, (export, live) in found.items():
            if service in services:
                by_service[service].append(Exported(name, export, live))
    return by_service


async def _write(member: MemberSlices, one: Exported, conditions: list[object]) -> bool:
    try:
        await member.report_export(one.export, conditions)
    except MemberError:  # It changed meanwhile, or the member is away: the next time tells.
        return False
    return True
