"""What we say to an API server about an object, and whether it still stands there.

Server-side apply takes a statement, not an object: what we leave out stays with whoever owns it, what we leave out for the first
time is removed if nobody else owns it.
"""

from __future__ import annotations

import base64

from reconciler.interpreter.registry import replicas_path
from reconciler.model.managed_fields import FieldPath, deviations, other_owners, spelled
from reconciler.model.manifest import Manifest, get, is_secret, labels_of, mapping, with_value, without
from reconciler.model.wording import first_few
from reconciler.plan.equality import comparable

RETAIN_REPLICAS = "resourcetemplate.karmada.io/retain-replicas"
"""Karmada's label on a template: `"true"` leaves the number of replicas to the member."""


def stated(desired: Manifest, live: Manifest | None, *, autoscaled: bool) -> Manifest:
    """What is applied: `desired` without nulls, a Secret's `stringData` as the `data` that the server makes of it, in one line.

    autoscaled: the member decides the number of replicas. While nobody but us owns the field we state the live number, then we
    leave it out: forcing ours would undo the autoscaler, and dropping a field that only we own resets it.
    """
    statement: Manifest = without(comparable(desired), ("status",))
    if is_secret(desired):
        statement = _with_data(statement)
    path = replicas_path(desired)
    if live is not None and get(statement, *path) is not None and (autoscaled or _retains_replicas(desired)):
        number = get(live, *path)
        leave = number is None or other_owners(live, tuple(f"f:{name}" for name in path))
        statement = without(statement, path) if leave else with_value(statement, path, number)
    return statement


def changed_fields(statement: Manifest, live: Manifest) -> str:
    """What of the statement does not stand any more and who wrote there, as a phrase; empty when all of it stands."""
    paths = deviations(statement, live)
    return first_few([_told(path, live) for path in paths], _NAMED)


def _retains_replicas(desired: Manifest) -> bool:
    return labels_of(desired).get(RETAIN_REPLICAS) == "true"


def _with_data(secret: Manifest) -> Manifest:
    given = {name: "".join(value.split()) if isinstance(value, str) else value for name, value in mapping(secret, "data").items()}
    written = {name: base64.b64encode(str(value).encode()).decode() for name, value in mapping(secret, "stringData").items()}
    members: Manifest = without(secret, ("stringData",))
    return {**members, "data": {**given, **written}} if given or written else members


def _told(path: FieldPath, live: Manifest) -> str:
    owners = other_owners(live, path)
    return spelled(path) + (f" (by {', '.join(owners)})" if owners else "")


_NAMED = 3
"""Fields named in a sentence before the rest is counted."""
