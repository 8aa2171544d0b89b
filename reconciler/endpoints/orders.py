"""What a pass, and what it recorded, mean for the exchange."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from reconciler.cluster.member_protocol import MemberClient, MemberSlices
from reconciler.endpoints.exchange import Orders
from reconciler.endpoints.routes import Routes, routes_of, unread_files, unread_targets
from reconciler.endpoints.silent_providers import Silence, silent_providers
from reconciler.model.keys import ClusterName
from reconciler.model.memo import Memo
from reconciler.model.recorded import RecordedState
from reconciler.pipeline.compiled import Compiled


def orders_of(
    compiled: Compiled, recorded: RecordedState, now: datetime, only: Collection[str] | None = None, memo: Memo | None = None
) -> tuple[Orders, Silence]:
    """recorded: after the pass. only: the members that may be written to; None: all. memo: remembers what a revision says."""
    memo = memo or Memo()
    settings = compiled.desired.settings
    routes = memo(routes_of, compiled)
    silence = silent_providers(recorded.clusters, settings.endpoints_kept_for, now) if routes else Silence()
    halted = {name for name in compiled.cluster_names if compiled.halt.on(name) or (only is not None and name not in only)}
    unread = memo(unread_targets, compiled), memo(unread_files, compiled)
    return Orders(routes, settings.instance, silence.lost, silence.ailing, frozenset(halted), *unread), silence


def slices_of(clients: Mapping[ClusterName, MemberClient]) -> dict[ClusterName, MemberSlices]:
    """Of the members with an API server."""
    return {name: slices for name, client in clients.items() if (slices := client.endpoint_slices()) is not None}


def not_exchanged(routes: Routes, members: Collection[ClusterName]) -> list[ClusterName]:
    """The members of routes whose slices this process does not reach, sorted."""
    named = {name for of_target in routes.values() for route in of_target for name in (*route.providers, *route.consumers)}
    return sorted(named.difference(members))
