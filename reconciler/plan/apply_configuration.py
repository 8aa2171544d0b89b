"""The configuration that we apply to an object on an API server.

Server-side apply takes the fields that we decide about, not a whole object (Kubernetes: "apply configuration"). A field that we
leave out stays as its owner set it. A field that we applied before and now leave out is removed, unless another manager owns it.
"""

from __future__ import annotations

import base64

from reconciler.interpreter.deployment import RETAIN_REPLICAS_LABEL
from reconciler.interpreter.registry import replicas_path
from reconciler.model.managed_fields import other_owners
from reconciler.model.manifest import Manifest, get, is_secret, labels_of, mapping, with_value, without
from reconciler.plan.whole_object import comparable


def apply_configuration(desired: Manifest, live: Manifest | None, *, autoscaled: bool) -> Manifest:
    """`desired` without nulls and status; `stringData` of a Secret as the base64 `data` that the server makes of it.

    live: None where the object does not exist. autoscaled: whether an autoscaler decides the number of replicas. Where it does,
    or where the template has the label `RETAIN_REPLICAS_LABEL`, we apply the live number while we are its only owner, and leave
    the field out once another manager owns it: our own number would undo the autoscaler, and removing a field that only we own
    resets it.
    """
    configuration: Manifest = without(comparable(desired), ("status",))
    if is_secret(desired):
        configuration = _with_data(configuration)
    path = replicas_path(desired)
    if live is not None and get(configuration, *path) is not None and (autoscaled or _retains_replicas(desired)):
        number = get(live, *path)
        leave_out = number is None or other_owners(live, tuple(f"f:{name}" for name in path))
        configuration = without(configuration, path) if leave_out else with_value(configuration, path, number)
    return configuration


def _retains_replicas(desired: Manifest) -> bool:
    return labels_of(desired).get(RETAIN_REPLICAS_LABEL) == "true"


def _with_data(secret: Manifest) -> Manifest:
    data = {name: "".join(value.split()) if isinstance(value, str) else value for name, value in mapping(secret, "data").items()}
    encoded = {name: base64.b64encode(str(value).encode()).decode() for name, value in mapping(secret, "stringData").items()}
    members: Manifest = without(secret, ("stringData",))
    return {**members, "data": {**data, **encoded}} if data or encoded else members
