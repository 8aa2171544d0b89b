"""Empty keys of list items, which API servers do not fill in before they merge.

Server-side apply tells the items of such a list apart by keys. One key has a default: the protocol of a port, which is TCP. The
server merges before it turns an empty text into the default, so a port with `protocol: ""` is another port than the one that it
stored at the last apply, and every apply adds one more. An absent key is filled in before the merge. So an empty key is left out.

Source: Kubernetes, `x-kubernetes-list-map-keys` of its OpenAPI schemas; structured-merge-diff issue 130. A test reads from the
schemas that no other key of a list in a `spec` is optional and has a default that is not empty. For custom kinds an empty text is
a value of its own, which no default replaces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.interpreter.pod_references import POD_SPECS_WITHOUT_RULES
from reconciler.interpreter.registry import pod_spec_path
from reconciler.model.manifest import Manifest, get, gvk_of, sequence, with_value

CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
KEY = "protocol"
"""The key of `ports` in a container and in the `spec` of a Service."""


def without_empty_keys(configuration: Manifest) -> Manifest:
    """The configuration without the empty protocols of ports; the same one where there are none."""
    gvk = gvk_of(configuration)
    if (gvk.group, gvk.kind) == ("", "Service"):
        return _of_ports(configuration, ("spec",))
    pod = POD_SPECS_WITHOUT_RULES.get((gvk.group, gvk.kind)) or pod_spec_path(gvk.group, gvk.kind)
    if pod is None:
        return configuration
    for field in CONTAINERS:
        for place in range(len(sequence(configuration, *pod, field))):
            configuration = _of_ports(configuration, (*pod, field, place))
    return configuration


def _of_ports(configuration: Manifest, path: tuple[str | int, ...]) -> Manifest:
    ports = sequence(configuration, *path, "ports")
    if not any(_is_empty_key(port) for port in ports):
        return configuration
    changed = [{name: value for name, value in port.items() if name != KEY} if _is_empty_key(port) else port for port in ports]
    return with_value(configuration, (*path, "ports"), changed)  # type: ignore[no-any-return]


def _is_empty_key(port: Any) -> bool:
    return isinstance(port, Mapping) and get(port, KEY) == ""
