"""What is wrong in a ServiceImport, by the rules of its definition (multicluster.x-k8s.io): members may have it, and we need not.

From one with a mistake no Service could be derived, or one that API servers refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.load.admission.refusal import Path, refusal
from reconciler.load.schemas.explain_violations import Violation
from reconciler.model.keys import GroupVersionKind
from reconciler.model.manifest import Manifest, get
from reconciler.model.multi_cluster_api import GROUP, IMPORT_TYPES, SERVICE_IMPORT
from reconciler.model.spelling import did_you_mean

_PORTS: Path = ("spec", "ports")
_WITH_ADDRESS = IMPORT_TYPES[0]


def import_mistakes(document: Manifest, gvk: GroupVersionKind) -> Iterator[Violation]:
    """An error for each mistake; none for other kinds."""
    if (gvk.group, gvk.kind) != (GROUP, SERVICE_IMPORT):
        return
    kind, ports = get(document, "spec", "type"), get(document, *_PORTS)
    if kind not in IMPORT_TYPES:
        remedy = did_you_mean(str(kind), IMPORT_TYPES) or f"Write {IMPORT_TYPES[0]}, or {IMPORT_TYPES[1]} without an address."
        yield refusal(("spec", "type"), f"must be one of {', '.join(IMPORT_TYPES)}", remedy)
    if not isinstance(ports, list | None):
        yield refusal(_PORTS, "must be a list", "Write the ports of the exported Service.")
    elif not ports and kind == _WITH_ADDRESS:
        yield refusal(_PORTS, "must not be empty", "Write the ports of the exported Service.")
    else:
        yield from _port_mistakes(ports or [])


def _port_mistakes(ports: list[Any]) -> Iterator[Violation]:
    names: set[Any] = set()
    for index, port in enumerate(ports):
        number, name = get(port, "port"), get(port, "name")
        if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 65536:
            yield refusal((*_PORTS, index, "port"), "must be a number from 1 to 65535", "Write the port of the exported Service.")
        if len(ports) > 1 and not name:
            yield refusal((*_PORTS, index), "has no name, and there are several ports", "Name each as in the exported Service.")
        elif name and str(name) in names:
            yield refusal((*_PORTS, index, "name"), "is the name of another port, too", "Give it another name.")
        names.add(str(name))
