"""What a Pod requests of a resource, in thousandths."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.autoscale.reading import Pod, PodName


class NoRequestError(ValueError):
    """A Pod requests nothing of the resource, so that there is no percentage: the message says which one."""


def requests_of(pods: Iterable[Pod], resource: str, container: str) -> dict[PodName, int]:
    """By Pod. container: the one that counts; empty for all of them. Raises NoRequestError."""
    return {pod.name: _request(pod, resource, container) for pod in pods}


def _request(pod: Pod, resource: str, container: str) -> int:
    """A request of the Pod as a whole counts before those of its containers (KEP-2837)."""
    if pod.of_pod is not None and not container:
        if resource not in pod.of_pod:
            raise NoRequestError(f"Pod {pod.name.name} of {pod.name.cluster} as a whole requests no {resource}")
        return pod.of_pod[resource]
    if container and container not in pod.requests:
        raise NoRequestError(f"Pod {pod.name.name} of {pod.name.cluster} has no container {container}")
    counted = [container] if container else list(pod.requests)
    for name in counted:
        if resource not in pod.requests[name]:
            raise NoRequestError(f"container {name} of Pod {pod.name.name} of {pod.name.cluster} requests no {resource}")
    return sum(pod.requests[name][resource] for name in counted)
