"""The configuration that we apply to an object on an API server.

Server-side apply takes the fields that we decide about, not a whole object (Kubernetes: "apply configuration"). A field that we
leave out stays as its owner set it. A field that we applied before and now leave out is removed, unless another manager owns it.
So what the member keeps (retention, an autoscaler's number of replicas) is left out with care: `leave_to_member.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from reconciler.interpreter.deployment import RETAIN_REPLICAS_LABEL
from reconciler.interpreter.precedence import BUILT_IN, Interpreter
from reconciler.interpreter.registry import replicas_path, without_controller_fields
from reconciler.model.managed_fields import FieldPath
from reconciler.model.manifest import Manifest, get, is_secret, labels_of, mapping, with_value, without
from reconciler.model.ownership import identified_as
from reconciler.model.write_policy import WritePolicy
from reconciler.plan.ignored_fields import ignored_fields, with_live_values, without_shared
from reconciler.plan.leave_to_member import leave_to_member
from reconciler.plan.list_keys import without_empty_keys
from reconciler.plan.whole_object import comparable


def apply_configuration(
    desired: Manifest,
    live: Manifest | None,
    *,
    autoscaled: bool,
    interpreter: Interpreter = BUILT_IN,
    ignored: Sequence[FieldPath] = (),
) -> Manifest:
    """`desired` without what is not ours to decide.

    These are left out: nulls and status; fields that a controller of Kubernetes fills by its own rule; empty keys of list items
    (`list_keys.py`); fields of the live object that the member keeps by the retention rule of its kind or because its write
    policy says so, and, where an autoscaler decides it or the template has the label `RETAIN_REPLICAS_LABEL`, the number of
    replicas. Of the last three, the live value is applied while we are its only owner. `stringData` of a Secret becomes the
    base64 `data` that the server makes of it.

    live: None where the object does not exist. autoscaled: whether an autoscaler decides the number of replicas. ignored: from
    `fields_to_ignore`.
    Raises MalformedObjectError where the retention rule cannot read one of the two objects.
    """
    configuration = _configuration(desired)
    if live is None:
        return configuration
    retained = retained_configuration(desired, live, autoscaled=autoscaled, interpreter=interpreter, ignored=ignored)
    if retained is None:
        return configuration
    configuration = without_shared(configuration, live, ignored)
    path = replicas_path(desired)
    if _leaves_replicas(desired, autoscaled) and get(configuration, *path) == get(live, *path):
        configuration = without(configuration, path)  # It is the member's also where both happen to be equal.
    return leave_to_member(configuration, retained, live)


def fields_to_ignore(desired: Manifest, live: Manifest, policy: WritePolicy) -> tuple[FieldPath, ...]:
    """As `ignored_fields`, of what we apply."""
    return ignored_fields(_configuration(desired), live, policy) if policy.ignores else ()


def retained_configuration(
    desired: Manifest,
    live: Manifest,
    *,
    autoscaled: bool,
    interpreter: Interpreter = BUILT_IN,
    ignored: Sequence[FieldPath] = (),
) -> Manifest | None:
    """The configuration with the live values of the fields that the member keeps; None where it keeps nothing.

    Arguments and errors as of `apply_configuration`.
    """
    kept = interpreter.retain(desired, live)
    scaled = _leaves_replicas(desired, autoscaled)
    if kept is desired and not scaled and not ignored:
        return None
    retained = with_live_values(_configuration(identified_as(kept, desired)), live, ignored)
    if not scaled:
        return retained
    path = replicas_path(desired)
    number = get(live, *path)
    with_number: Manifest = without(retained, path) if number is None else with_value(retained, path, number)
    return with_number


def _leaves_replicas(desired: Manifest, autoscaled: bool) -> bool:
    return autoscaled or _retains_replicas(desired)


def _configuration(manifest: Manifest) -> Manifest:
    configuration: Manifest = without(comparable(manifest), ("status",))
    configuration = without_empty_keys(without_controller_fields(configuration))
    return _with_data(configuration) if is_secret(manifest) else configuration


def _retains_replicas(desired: Manifest) -> bool:
    return labels_of(desired).get(RETAIN_REPLICAS_LABEL) == "true"


def _with_data(secret: Manifest) -> Manifest:
    data = {name: "".join(value.split()) if isinstance(value, str) else value for name, value in mapping(secret, "data").items()}
    encoded = {name: base64.b64encode(str(value).encode()).decode() for name, value in mapping(secret, "stringData").items()}
    members: Manifest = without(secret, ("stringData",))
    return {**members, "data": {**data, **encoded}} if data or encoded else members
